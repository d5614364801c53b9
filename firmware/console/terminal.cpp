#include "firmware/console/terminal.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "firmware/console/printable.hpp"

namespace firmware::console {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr std::size_t most_ahead = 64 * 1024;
constexpr relay::Millis longest_remainder{120'000};
constexpr std::size_t lines_at_once = 8;  ///< 0.7 s at 9600 baud: so soon Ctrl-C is obeyed.
constexpr char control_c = 0x03;
constexpr std::string_view more = "--More--";

std::string with_line_ends(std::string_view text) {
  std::string out;
  for (const char c : printable_lines(text)) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

}  // namespace

Terminal::Terminal(relay::Runtime runtime, std::unique_ptr<hal::SerialPort> port)
    : runtime_(runtime),
      port_(std::move(port)),
      arrived_(runtime),
      room_(runtime),
      interrupt_(runtime),
      tasks_(runtime) {
  tasks_.spawn("console.terminal", pump());
}

Terminal::~Terminal() = default;

Task<> Terminal::stop() {
  port_->close();
  co_await tasks_.stop();
}

Task<> Terminal::pump() {
  std::array<char, 512> buffer{};
  while (!hung_up_) {
    auto size = co_await port_->read_some(buffer);
    if (!size) {
      hung_up_ = true;
      interrupt_.notify();
      arrived_.notify();
      co_return;
    }
    for (std::size_t i = 0; i < *size; ++i) {
      if (watching_ && !transparent_ && buffer[i] == control_c) {
        received_.clear();
        interrupt_asked_ = true;
        interrupt_.notify();
      } else {
        received_.push_back(buffer[i]);
      }
    }
    arrived_.notify();
    while (received_.size() >= most_ahead && !hung_up_) co_await room_.wait();
  }
}

Task<Result<void>> Terminal::arrival(relay::SteadyTime deadline) {
  while (received_.empty()) {
    if (hung_up_) co_return fail(ErrorCode::io, "the line is gone");
    const bool arrived = co_await arrived_.wait_until(deadline);
    if (!arrived && runtime_.clock.steady() >= deadline) co_return fail(ErrorCode::timeout, "no key was pressed");
    if (!arrived) co_return fail(ErrorCode::cancelled, "stopped");
  }
  co_return Result<void>{};
}

Task<Result<std::string>> Terminal::bytes(relay::SteadyTime deadline) {
  auto arrived = co_await arrival(deadline);
  if (!arrived) co_return std::unexpected(arrived.error());
  std::string all(received_.begin(), received_.end());
  discard();
  co_return all;
}

void Terminal::discard() {
  received_.clear();
  room_.notify();
}

Task<> Terminal::discard_until_still(relay::Millis quiet) {
  const auto latest = runtime_.clock.steady() + longest_remainder;
  while (runtime_.clock.steady() < latest) {
    discard();
    auto more_came = co_await arrival(runtime_.clock.steady() + quiet);
    if (!more_came) co_return;
  }
}

Task<Result<char>> Terminal::byte(relay::SteadyTime deadline) {
  auto arrived = co_await arrival(deadline);
  if (!arrived) co_return std::unexpected(arrived.error());
  const char first = received_.front();
  received_.pop_front();
  room_.notify();
  co_return first;
}

Task<Result<Key>> Terminal::key(relay::SteadyTime deadline) {
  while (true) {
    auto next = co_await byte(deadline);
    if (!next) co_return std::unexpected(next.error());
    if (const auto key = decoder_.feed(*next)) co_return *key;
  }
}

Task<Result<std::string>> Terminal::ask(std::string prompt, LineEditor::Echo echo, relay::Millis idle) {
  LineEditor editor({settings.width, settings.dumb});
  co_await send(editor.begin(printable(prompt), echo));
  while (true) {
    auto pressed = co_await key(runtime_.clock.steady() + idle);
    if (!pressed) co_return std::unexpected(pressed.error());
    auto reaction = editor.press(*pressed);
    co_await send(std::move(reaction.output));
    if (reaction.event == LineEditor::Event::line) co_return editor.line();
    if (reaction.event == LineEditor::Event::interrupt || reaction.event == LineEditor::Event::end_of_input) {
      co_return fail(ErrorCode::cancelled, "stopped by Ctrl-C");
    }
    if (reaction.event == LineEditor::Event::help) co_await send(editor.insert("?"));
  }
}

Task<> Terminal::send(std::string bytes) {
  if (bytes.empty() || hung_up_) co_return;
  auto written = co_await port_->write(bytes);
  if (!written && written.error().code != ErrorCode::cancelled) {
    hung_up_ = true;
    interrupt_.notify();
    arrived_.notify();
  }
}

Task<> Terminal::print(std::string text) { co_await send(with_line_ends(text)); }

std::size_t Terminal::rows_of(const std::string& line) const {
  return std::max<std::size_t>(1, (columns(line) + settings.width - 1) / settings.width);
}

/// Prints lines while `rows` last; returns the first that did not fit.
Task<std::size_t> Terminal::show_lines(const std::deque<std::string>& lines, std::size_t from, std::size_t rows) {
  std::string out;
  std::size_t used = 0;
  while (from < lines.size()) {
    used += rows_of(lines[from]);
    if (used > rows && !out.empty()) break;
    out += lines[from++] + "\n";
  }
  co_await print(std::move(out));
  co_return from;
}

Task<> Terminal::print_until_interrupted(const std::deque<std::string>& lines) {
  watch_interrupt(true);
  std::string out;
  for (std::size_t i = 0; i < lines.size() && !hung_up_ && !interrupt_asked_; ++i) {
    out += lines[i] + "\n";
    if ((i + 1) % lines_at_once != 0 && i + 1 != lines.size()) continue;
    co_await print(std::exchange(out, {}));
  }
  watch_interrupt(false);
}

Task<> Terminal::page(std::string text, relay::Millis idle) {
  std::deque<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  if (settings.length == 0 || settings.batch) co_return co_await print_until_interrupted(lines);
  const std::size_t page_rows = std::max<std::size_t>(settings.length - 1, 2);
  std::size_t at = co_await show_lines(lines, 0, page_rows);
  while (at < lines.size() && !hung_up_) {
    co_await send(std::string{more});
    auto pressed = co_await key(runtime_.clock.steady() + idle);
    co_await send("\r" + std::string(more.size(), ' ') + "\r");
    if (!pressed || is_control(*pressed, U'c') || is_control(*pressed, U'd')) co_return;
    if (pressed->kind == Key::Kind::character && pressed->character == U'q') co_return;
    if (pressed->kind == Key::Kind::enter) {
      at = co_await show_lines(lines, at, 1);
    } else if (pressed->kind == Key::Kind::character && pressed->character == U'/') {
      auto wanted = co_await ask("/", LineEditor::Echo::shown, idle);
      if (!wanted) co_return;
      const auto found = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(at), lines.end(),
                                      [&](const auto& line) { return line.find(*wanted) != std::string::npos; });
      if (found == lines.end()) {
        co_await print("not found below: " + *wanted + "\n");
        continue;
      }
      at = co_await show_lines(lines, static_cast<std::size_t>(found - lines.begin()), page_rows);
    } else if (pressed->kind == Key::Kind::character && pressed->character == U' ') {
      at = co_await show_lines(lines, at, page_rows);
    }
  }
}

void Terminal::watch_interrupt(bool on) {
  watching_ = on;
  interrupt_asked_ = false;
}

Task<bool> Terminal::interrupted() {
  while (!hung_up_ && !interrupt_asked_) {
    const auto never = relay::SteadyTime::max();
    const bool notified = co_await interrupt_.wait_until(never);
    if (!notified) co_return false;  // cancelled: the command was faster
  }
  co_return true;
}

}  // namespace firmware::console
