#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/console/keys.hpp"
#include "firmware/console/line_editor.hpp"
#include "hal/serial_port.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// What a session may change about its terminal.
struct TerminalSettings {
  std::size_t width = 80;
  std::size_t length = 24;  ///< Lines of a page; 0: no pager.
  bool dumb = false;
  bool batch = false;  ///< No echo, no prompt, no pager: for scripts.
};

/// A person at the other end of a byte channel: keys in, text out. Bytes are taken in at all times, so that Ctrl-C and
/// a hang-up are seen while a command runs; what is typed ahead waits (up to 64 KiB, then the line itself must).
class Terminal {
 public:
  Terminal(relay::Runtime runtime, std::unique_ptr<hal::SerialPort> port);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  [[nodiscard]] relay::Task<> stop();

  TerminalSettings settings;

  /// The line is gone; nothing will come any more.
  [[nodiscard]] bool hung_up() const { return hung_up_; }
  /// Errors: timeout, io (hung up), cancelled.
  [[nodiscard]] relay::Task<relay::Result<char>> byte(relay::SteadyTime deadline);
  /// All that has come, at least one. Errors: as byte().
  [[nodiscard]] relay::Task<relay::Result<std::string>> bytes(relay::SteadyTime deadline);
  [[nodiscard]] relay::Task<relay::Result<Key>> key(relay::SteadyTime deadline);
  /// One line, edited, with `prompt` before it. `idle` is allowed between two keys. Errors: as key(); cancelled for
  /// Ctrl-C and Ctrl-D.
  [[nodiscard]] relay::Task<relay::Result<std::string>> ask(std::string prompt, LineEditor::Echo echo,
                                                            relay::Millis idle);

  /// Bytes as they are: what a line editor made. An error is kept as hung_up().
  [[nodiscard]] relay::Task<> send(std::string bytes);
  /// Text of ours: control characters become visible (printable_lines), line ends become CR LF.
  [[nodiscard]] relay::Task<> print(std::string text);
  /// The same, page by page: space for the next one, Enter for a line, / to look for a text, q or Ctrl-C to leave.
  /// Without a pager Ctrl-C leaves too.
  [[nodiscard]] relay::Task<> page(std::string text, relay::Millis idle);

  /// From now on Ctrl-C is no key, but wakes interrupted(); so does a hang-up.
  void watch_interrupt(bool on);
  /// True for Ctrl-C and a hang-up, false when cancelled.
  [[nodiscard]] relay::Task<bool> interrupted();
  /// While on, Ctrl-C is a byte like any other: for a file on the line.
  void take_bytes_as_they_are(bool on) { transparent_ = on; }
  /// Forgets what was typed ahead.
  void discard();
  /// The same, and what still comes until the line was still for `quiet`: the rest of something that nobody wants any
  /// more, which must not be read as commands. Ends after two minutes in any case.
  [[nodiscard]] relay::Task<> discard_until_still(relay::Millis quiet);

 private:
  relay::Task<> pump();
  relay::Task<relay::Result<void>> arrival(relay::SteadyTime deadline);
  relay::Task<> print_until_interrupted(const std::deque<std::string>& lines);
  relay::Task<std::size_t> show_lines(const std::deque<std::string>& lines, std::size_t from, std::size_t rows);
  [[nodiscard]] std::size_t rows_of(const std::string& line) const;

  relay::Runtime runtime_;
  std::unique_ptr<hal::SerialPort> port_;
  std::deque<char> received_;
  KeyDecoder decoder_;
  bool hung_up_ = false;
  bool watching_ = false;
  bool transparent_ = false;
  bool interrupt_asked_ = false;
  relay::Notification arrived_;
  relay::Notification room_;
  relay::Notification interrupt_;
  relay::TaskGroup tasks_;
};

}  // namespace firmware::console
