#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/ussd.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace modem {

/// How a modem answered a command that was sent by hand.
struct AtReply {
  std::vector<std::string> lines;  ///< Its information lines, as they came.
  std::string final;               ///< "OK", "ERROR", "CME 10", "timeout"
};

/// What somebody wants of a modem besides messages: done between two of these, one at a time. Shared by who waits and
/// the session.
struct Errand {
  static constexpr std::size_t max_waiting = 4;

  enum class Kind : std::uint8_t { command, ussd, end_ussd };
  explicit Errand(const relay::Runtime& runtime) : ended(runtime) {}

  Kind kind = Kind::command;
  std::string text;      ///< The command, or what to send by USSD.
  bool balance = false;  ///< The session's own question for the balance: nobody waits.

  std::optional<relay::Result<AtReply>> at;      ///< With `command`.
  std::optional<relay::Result<UssdReply>> ussd;  ///< With the others.
  relay::Notification ended;
  [[nodiscard]] bool done() const { return at.has_value() || ussd.has_value(); }
};
using ErrandPtr = std::shared_ptr<Errand>;

}  // namespace modem
