#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "firmware/console/keys.hpp"

namespace firmware::console {

/// Edits one line on a plain terminal: a value that turns key presses into bytes for the terminal and never reads or
/// writes itself (docs/decisions/0023-console-line-editor.md). It sends as little as it can: what is already on the
/// screen stays, so that 9600 baud feel like 115200. Long lines scroll sideways by half a screen at a time.
class LineEditor {
 public:
  static constexpr std::size_t max_length = 1024;  ///< Characters in a line.
  static constexpr std::size_t max_history = 50;   ///< Lines.

  struct Screen {
    std::size_t width = 80;
    bool dumb = false;  ///< No escape sequences at all: backspaces and blanks only.
  };
  enum class Echo : std::uint8_t { shown, hidden };
  enum class Event : std::uint8_t {
    none,
    line,          ///< Enter: line() is complete.
    interrupt,     ///< Ctrl-C.
    end_of_input,  ///< Ctrl-D on an empty line.
    complete,      ///< Tab.
    help,          ///< A question mark outside of quotes.
  };
  struct Reaction {
    std::string output;
    Event event = Event::none;
  };

  explicit LineEditor(Screen screen) : screen_(screen) {}

  /// A new, empty line after `prompt` (one line of printable text). Returns what to send.
  [[nodiscard]] std::string begin(std::string prompt, Echo echo = Echo::shown);
  [[nodiscard]] Reaction press(const Key& key);
  /// Puts `text` in at the cursor, as completion does.
  [[nodiscard]] std::string insert(std::string_view text);
  /// Prompt and line once more, after something else was printed or the line was garbled.
  [[nodiscard]] std::string repaint();

  [[nodiscard]] std::string line() const;
  [[nodiscard]] std::string before_cursor() const;
  /// Keeps a line for Up and Down; the same one twice in a row is kept once.
  void remember(std::string line);
  void resize(Screen screen) { screen_ = screen; }

 private:
  [[nodiscard]] bool edit(const Key& key);  ///< False: the key does nothing here.
  [[nodiscard]] bool edit_control(char32_t letter);
  void recall(std::size_t position);
  void replace(const std::u32string& text);
  [[nodiscard]] bool in_quotes() const;
  [[nodiscard]] std::string paint();
  [[nodiscard]] std::string move(std::size_t from, std::size_t to) const;

  Screen screen_;
  std::string prompt_;
  Echo echo_ = Echo::shown;
  std::u32string text_;
  std::size_t cursor_ = 0;
  std::size_t offset_ = 0;  ///< The first character in the window.
  std::u32string shown_;    ///< What stands after the prompt on the screen.
  std::size_t at_ = 0;      ///< Where in it the terminal's cursor stands.
  std::deque<std::u32string> history_;
  std::size_t recalled_ = 0;  ///< 0: the line being written; n: the n-th last one of the history.
  std::u32string draft_;
};

}  // namespace firmware::console
