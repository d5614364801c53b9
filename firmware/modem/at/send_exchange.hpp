#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "firmware/modem/at/exchange.hpp"

namespace at {

/// Sends one TPDU by AT+CMGS (or stores it, by AT+CMGW) in PDU mode (27.005 clause 3.5.1, facts/modem.md 2.3). The hex
/// goes out only at the prompt; without one, ESC CR cancels and nothing was sent. From the 0x1A on, only the modem's
/// word decides; its silence is "unknown".
class SendExchange final : public Exchange {
 public:
  struct Request {
    std::string pdu;               ///< Upper-case hex, service centre's address included.
    int length = 0;                ///< Octets without the service centre's address.
    relay::Millis prompt_limit{};  ///< At most 10 s: after that there is none.
    relay::Millis answer_limit{};  ///< From the 0x1A.
    bool only_store = false;       ///< AT+CMGW (27.005 clause 3.5.3): nothing is sent whatever happens.
  };

  explicit SendExchange(Request request) : request_(std::move(request)) {}
  [[nodiscard]] Step resume(const Event& event) override;

  /// Nobody wants it any more: if the prompt has not come yet, the message will not be sent.
  void abandon() { abandoned_ = true; }
  /// Has the 0x1A been written (or handed to the line)?
  [[nodiscard]] bool submitted() const { return submitted_; }
  /// With submitted(): how it ended. Before: why there was no prompt (silence, an error).
  [[nodiscard]] const Final& final() const { return final_; }
  /// TP-MR, if the modem told it; with `only_store` the place in its store.
  [[nodiscard]] std::optional<int> reference() const { return reference_; }
  /// The modem has neither answered nor let go of the prompt: the line needs a resync before the next command.
  [[nodiscard]] bool out_of_sync() const { return out_of_sync_; }

 private:
  enum class State : std::uint8_t { prompt, answer, cancelling, checking };

  [[nodiscard]] std::string command() const;
  [[nodiscard]] Step take_incoming(const Incoming& incoming);
  [[nodiscard]] Step take_answer_line(const Incoming& line);
  [[nodiscard]] Step at_prompt();
  [[nodiscard]] Step cancel(Final why);
  [[nodiscard]] Step passed_deadline();
  [[nodiscard]] Step end(Final::Kind kind);

  Request request_;
  State state_ = State::prompt;
  bool abandoned_ = false;
  bool submitted_ = false;
  bool out_of_sync_ = false;
  std::optional<int> reference_;
  bool reference_line_ = false;  ///< "+CMGS:" came; only the OK is missing.
  Final final_;
};

}  // namespace at
