#include "firmware/console/printable.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;

TEST_GROUP(Printable){};

TEST(Printable, whatATerminalObeysBecomesVisible) {
  struct {
    std::string in;
    const char* out;
  } const table[] = {
      {"plain text 123", "plain text 123"},
      {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
      {"a\nOK\r", "a\\x0aOK\\x0d"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\x9b31m"},  // CSI as one C1 character
      {"\xe2\x80\xae"
       "gnp",
       "\\u202egnp"},                       // right to left from here
      {"\xff\xc3(", "\\xff\\xc3("},         // no UTF-8
      {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // half a surrogate
      {"Hyv\xc3\xa4\xc3\xa4 \xe2\x82\xac", "Hyv\xc3\xa4\xc3\xa4 \xe2\x82\xac"},
  };
  for (const auto& row : table) STRCMP_EQUAL(row.out, printable(row.in).c_str());
}

TEST(Printable, ourOwnLinesStayLines) { STRCMP_EQUAL("one\ntwo\\x0d\n", printable_lines("one\ntwo\r\n").c_str()); }

TEST(Printable, everyByteStringComesOutHarmless) {
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) {
      state = state * 1664525U + 1013904223U;
      bytes += static_cast<char>(state >> 24U);
    }
    std::string_view out_view;
    const std::string out = printable(bytes);
    out_view = out;
    while (!out_view.empty()) {
      char32_t c = 0;
      const std::size_t size = decode_utf8(out_view, c);
      CHECK_TRUE(size > 0);
      CHECK_TRUE(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
      out_view.remove_prefix(size);
    }
  }
}
