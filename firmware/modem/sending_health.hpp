#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/modem/at/lines.hpp"
#include "relay/base/time.hpp"
#include "relay/message/vocabulary.hpp"

namespace modem {

/// Looks at how sends end, to find a modem that is "registered" and sends nothing: only a message that the service
/// centre took is a proof (user-complaints.md 1). Pure.
class SendingHealth {
 public:
  /// What to do after a send.
  enum class Advice : std::uint8_t {
    nothing,
    recover,    ///< A run of failures that a reset may cure.
    take_down,  ///< A run that no reset cures: the account, the operator.
  };
  static constexpr int account_run = 3;  ///< facts/modem.md 6: "ACC only if 3"

  explicit SendingHealth(int run) : run_(run) {}

  [[nodiscard]] Advice note(relay::Outcome outcome, const at::Final& final);
  /// Another SIM, or a fresh start.
  void forget() { failures_ = accounts_ = since_advice_ = 0; }

  [[nodiscard]] int failures() const { return failures_; }
  [[nodiscard]] bool account() const { return accounts_ >= account_run; }

 private:
  int run_;
  int failures_ = 0;
  int accounts_ = 0;      ///< Of those, the last ones that were the account's.
  int since_advice_ = 0;  ///< Failures since the last rung: each rung gets as many tries.
};

}  // namespace modem
