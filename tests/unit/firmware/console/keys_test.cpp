#include "firmware/console/keys.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

using namespace firmware::console;
using Kind = Key::Kind;

namespace {

std::vector<Key> keys_of(std::string_view bytes) {
  KeyDecoder decoder;
  std::vector<Key> keys;
  for (const char byte : bytes) {
    if (const auto key = decoder.feed(byte)) keys.push_back(*key);
  }
  return keys;
}

Key letter(char32_t c) { return {Kind::character, c}; }

}  // namespace

TEST_GROUP(Keys){};

TEST(Keys, bytesOfATerminalAreKeys) {
  CHECK(keys_of("a\x7f\x08\t") == (std::vector<Key>{letter(U'a'), {Kind::backspace}, {Kind::backspace}, {Kind::tab}}));
  CHECK(keys_of("\x1b[A\x1bOB\x1b[C\x1b[D\x1b[H\x1b[F\x1b[1~\x1b[3~\x1b[4~") == (std::vector<Key>{{Kind::up},
                                                                                                  {Kind::down},
                                                                                                  {Kind::right},
                                                                                                  {Kind::left},
                                                                                                  {Kind::home},
                                                                                                  {Kind::end},
                                                                                                  {Kind::home},
                                                                                                  {Kind::remove},
                                                                                                  {Kind::end}}));
  CHECK(keys_of("\x01\x1d") == (std::vector<Key>{{Kind::control, U'a'}, {Kind::control, U']'}}));
  CHECK(keys_of("\xc3\xa4") == (std::vector<Key>{letter(U'\u00e4')}));
}

TEST(Keys, eachLineEndIsOneEnter) {
  CHECK_EQUAL(1, keys_of("\r").size());
  CHECK_EQUAL(1, keys_of("\n").size());
  CHECK_EQUAL(1, keys_of("\r\n").size());
  CHECK_EQUAL(2, keys_of("\r\r").size());
  CHECK_EQUAL(2, keys_of("\n\n").size());
}

TEST(Keys, lineNoiseIsNoKey) {
  CHECK_EQUAL(0, keys_of(std::string_view("\0\xff\xfe\x80\xc0", 5)).size());
  CHECK(keys_of("\xc3x") == (std::vector<Key>{letter(U'x')}));     // a character cut off
  CHECK(keys_of("\x1bq") == (std::vector<Key>{letter(U'q')}));     // an escape with nothing behind it
  CHECK(keys_of("\x1b[12345678901234A").size() <= 6);              // a sequence that does not end
  CHECK_EQUAL(0, keys_of("\x1b[31m").size());                      // one that means nothing here
  CHECK(keys_of("\x1b[\r") == (std::vector<Key>{{Kind::enter}}));  // and one that a new line cuts off
}
