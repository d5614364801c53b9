#include "firmware/console/line_editor.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;

namespace {

/// As much of a VT100 as the editor uses: one row, a cursor, BS, CR, CUF, CUB, EL.
struct Screen {
  std::string row;
  std::size_t at = 0;
  std::size_t bytes = 0;

  void write(std::string_view out) {
    bytes += out.size();
    while (!out.empty()) {
      const char c = out.front();
      out.remove_prefix(1);
      if (c == '\b') {
        CHECK_TRUE(at > 0);
        --at;
      } else if (c == '\r') {
        at = 0;
      } else if (c == '\n') {
        row.clear();
      } else if (c == '\x1b') {
        out.remove_prefix(1);  // [
        std::size_t number = 0;
        while (out.front() >= '0' && out.front() <= '9') {
          number = number * 10 + static_cast<std::size_t>(out.front() - '0');
          out.remove_prefix(1);
        }
        if (out.front() == 'K') row.resize(std::min(row.size(), at));
        if (out.front() == 'C') at += number;
        if (out.front() == 'D') at -= number;
        out.remove_prefix(1);
      } else if (c != '\a') {
        if (row.size() <= at) row.resize(at + 1, ' ');
        row[at++] = c;
      }
    }
  }
  [[nodiscard]] std::string shown() const {
    std::string out = row;
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }
};

}  // namespace

TEST_GROUP(LineEditor) {
  LineEditor editor{{}};
  Screen screen;
  KeyDecoder decoder;
  LineEditor::Event last = LineEditor::Event::none;

  void setup() override { screen.write(editor.begin("box> ")); }
  void type(std::string_view bytes) {
    for (const char byte : bytes) {
      const auto key = decoder.feed(byte);
      if (!key) continue;
      auto reaction = editor.press(*key);
      last = reaction.event;
      screen.write(reaction.output);
    }
  }
  void shows(const char* line, std::size_t cursor) {
    STRCMP_EQUAL(line, screen.shown().c_str());
    CHECK_EQUAL(cursor, screen.at);
  }
};

TEST(LineEditor, aTypedCharacterCostsOneByte) {
  const std::size_t before = screen.bytes;
  type("show status");
  CHECK_EQUAL(11, screen.bytes - before);
  shows("box> show status", 16);
}

TEST(LineEditor, editsInTheMiddle) {
  type("show status\x01X\x05Y\x1b[D\x1b[D\x7f");
  STRCMP_EQUAL("Xshow statsY", editor.line().c_str());
  shows("box> Xshow statsY", 15);
}

TEST(LineEditor, killsWordsAndLines) {
  type("queue retry 0abc\x17");
  shows("box> queue retry", 17);
  type("\x01\x1b[C\x1b[C\x0b");
  shows("box> qu", 7);
  type("\x15");
  shows("box>", 5);
}

TEST(LineEditor, remembersLines) {
  editor.remember("show status");
  editor.remember("show queue");
  editor.remember("show queue");
  type("half\x1b[A");
  shows("box> show queue", 15);
  type("\x1b[A\x1b[A");
  shows("box> show status", 16);
  type("\x1b[B\x1b[B");
  shows("box> half", 9);
}

TEST(LineEditor, longLinesScrollSideways) {
  const std::string text(200, 'x');
  type(text);
  CHECK_TRUE(screen.row.size() <= 79);
  type("\x01");
  CHECK_EQUAL(5, screen.at);
  type("A");
  CHECK_EQUAL('A', screen.row[5]);
  STRCMP_EQUAL(("A" + text).c_str(), editor.line().c_str());
}

TEST(LineEditor, aPasswordIsNotShown) {
  screen = {};
  screen.write(editor.begin("password: ", LineEditor::Echo::hidden));
  type("s3cret?\x7f");
  STRCMP_EQUAL("password:", screen.shown().c_str());
  STRCMP_EQUAL("s3cret", editor.line().c_str());
  type("\x1b[A\t");
  CHECK(last == LineEditor::Event::none);
}

TEST(LineEditor, keysThatEndALineSaySo) {
  type("show \t");
  CHECK(last == LineEditor::Event::complete);
  type("?");
  CHECK(last == LineEditor::Event::help);
  STRCMP_EQUAL("show ", editor.line().c_str());
  type("\"what?");
  STRCMP_EQUAL("show \"what?", editor.line().c_str());
  type("\x03");
  CHECK(last == LineEditor::Event::interrupt);
  screen.write(editor.begin("box> "));
  type("\x04");
  CHECK(last == LineEditor::Event::end_of_input);
}

TEST(LineEditor, aDumbTerminalGetsNoEscapes) {
  editor = LineEditor{{.width = 80, .dumb = true}};
  std::string all = editor.begin("box> ");
  for (const char c : std::string_view("a long enough line\x01\x05\x17 and more\x15")) {
    if (const auto key = decoder.feed(c)) all += editor.press(*key).output;
  }
  CHECK_TRUE(all.find('\x1b') == std::string::npos);
  screen = {};
  screen.write(all);
  shows("box>", 5);
}

/// Whatever is pressed, the screen shows the line and the cursor where the editor has them.
TEST(LineEditor, theScreenIsAlwaysWhatTheLineIs) {
  const std::string_view keys[] = {"a",      "b",      " ",      "\x7f",   "\x01",    "\x05",  "\x17", "\x0b", "\x15",
                                   "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[3~", "word ", "c",    "d",    "e"};
  std::uint32_t state = 7;
  editor.remember("an old line of some length to be recalled");
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525U + 1013904223U;
    type(keys[(state >> 16U) % std::size(keys)]);
    if (editor.line().size() > 70) type("\x15\x0b");
    std::string wanted = "box> " + editor.line();
    CHECK_EQUAL(5 + editor.before_cursor().size(), screen.at);
    while (wanted.back() == ' ') wanted.pop_back();
    STRCMP_EQUAL(wanted.c_str(), screen.shown().c_str());
  }
}

TEST(LineEditor, aLineHasABound) {
  type(std::string(LineEditor::max_length + 50, 'y'));
  CHECK_EQUAL(LineEditor::max_length, editor.line().size());
}
