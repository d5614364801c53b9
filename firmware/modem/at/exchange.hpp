#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/at/command.hpp"
#include "firmware/modem/at/lines.hpp"
#include "firmware/modem/at/receiver.hpp"
#include "relay/base/time.hpp"

namespace at {

/// What an exchange is told.
struct Event {
  enum class Kind : std::uint8_t {
    start,
    incoming,     ///< `incoming` is set.
    deadline,     ///< The limit of the last step that set one has passed.
    interrupted,  ///< The modem restarted.
    lost,         ///< The line is gone.
  };
  Kind kind = Kind::start;
  const Incoming* incoming = nullptr;
};

/// What is to be done next.
struct Step {
  bool taken = true;  ///< false: this line is not part of the exchange (an unasked one, or nobody's).
  bool done = false;
  bool await_prompt = false;           ///< From now on a '>' is the prompt.
  std::string write;                   ///< Bytes to write now.
  std::optional<relay::Millis> limit;  ///< A new time limit, from now; none: the last one runs on.
};

/// One exchange with the modem, from its first byte to its end: a state machine without IO and without a clock. One at
/// a time on a line.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual Step resume(const Event& event) = 0;
};

/// How a command was answered.
struct Answer {
  Final final;
  std::vector<Incoming> lines;  ///< Its information lines, at most CommandExchange::max_lines.

  [[nodiscard]] bool ok() const { return final.ok(); }
  /// The modem is still there: it said something final.
  [[nodiscard]] bool heard() const { return final.kind < Final::Kind::silence; }
  [[nodiscard]] std::string first() const { return lines.empty() ? std::string{} : lines.front().text; }
};

/// A command and its answer.
class CommandExchange final : public Exchange {
 public:
  static constexpr std::size_t max_lines = 1024;

  explicit CommandExchange(Command command) : command_(std::move(command)) {}
  [[nodiscard]] Step resume(const Event& event) override;
  [[nodiscard]] Answer& answer() { return answer_; }

 private:
  [[nodiscard]] Step take_line(const Incoming& line);
  [[nodiscard]] bool belongs(const Incoming& line) const;
  [[nodiscard]] Step end(Final::Kind kind);

  Command command_;
  Answer answer_;
};

/// Brings a line of unknown state back to "answers AT": ESC and CR (leaves a prompt without sending), then AT up to
/// three times (facts/modem.md 2.3, rung 0 of 4). Never 0x1A.
class ResyncExchange final : public Exchange {
 public:
  static constexpr int tries = 3;
  [[nodiscard]] Step resume(const Event& event) override;
  [[nodiscard]] bool in_sync() const { return in_sync_; }

 private:
  int sent_ = 0;  ///< How many AT are out; 0: still draining after ESC.
  bool in_sync_ = false;
};

}  // namespace at
