#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/message/message.hpp"

namespace relay::providers {

/// One attempt to be made. The dispatcher has journalled and committed it before it calls `send`.
struct SendRequest {
  const Message* message = nullptr;  ///< Lives until send() returns.
  std::int32_t attempt = 1;          ///< Number of this attempt within the message.
  bool mark_as_repeat = false;       ///< A copy may be out already, and the class wants that said in the text.
  SteadyTime deadline{};  ///< The attempt's time budget ends here: send() returns by then, by its own effort.
  Millis life_left{};     ///< Until the message's expiry: handed to the provider as its validity.
};

/// What an attempt came to. `outcome` decides everything; the rest is for the record and for later matching.
struct SendResult {
  Outcome outcome = Outcome::unknown;
  std::string provider_ref;               ///< For people: "SM…", a UUID, "17,18".
  std::vector<std::string> receipt_refs;  ///< What later receipts will name, one per part; empty: no receipts can come.
  std::string code;                       ///< Raw: HTTP status or provider's code, "CMS 38", "timeout".
  std::string detail;                     ///< A sentence. Never the text of the message, never a secret.
  std::string cost;
  std::optional<Millis> retry_after;  ///< throttled: the provider's own wish, capped at 1 h by the dialect.
  bool opted_out = false;             ///< With recipient_refused: the person said STOP (ends as blocked).
  bool channel_refused = false;       ///< With refused: no other provider of the channel can carry it either.
};

/// What asking about an earlier attempt brought to light.
struct Finding {
  enum class Kind : std::uint8_t {
    accepted,   ///< Proof that the provider took it (`receipt_refs` as in SendResult).
    not_sent,   ///< Proof that it never did.
    no_answer,  ///< Nothing learned; may be asked again.
  };
  Kind kind = Kind::no_answer;
  std::string provider_ref;
  std::vector<std::string> receipt_refs;
  std::optional<ReceiptStatus> status;  ///< With `accepted`: how far it has come, if the provider says.
  std::string code;
  std::string cost;              ///< Known later than the acceptance: "0.00790 USD", empty when not (yet) known.
  bool refused = false;          ///< With status `failed`: as Outcome::refused, only later (outbox::Receipt::refused).
  bool channel_refused = false;  ///< As SendResult::channel_refused.
};

/// What the chain needs to know of a provider, fixed at start.
struct Traits {
  std::string name;  ///< Unique on the box: the name of its settings table.
  std::string kind;  ///< "twilio", "twilio-whatsapp", "aws-sms", "aws-sns", "aws-whatsapp", "bridge",
                     ///< "bridge-whatsapp", "modem", "modem-pool", "console", "demo".
  Channel channel = Channel::sms;
  bool needs_uplink = true;       ///< Skipped at once while the uplink is down.
  int max_in_flight = 1;          ///< Concurrent attempts, as long as capacity() says nothing else.
  double rate_per_second = 0;     ///< 0: unbounded. Attempts started per second, as a token bucket one second deep.
  Millis receipt_window{};        ///< How long to wait for a receipt; 0: none will come (accepted ends as unconfirmed).
  bool can_look_up = false;       ///< look_up() can settle an `unknown`
  bool asks_for_receipts = true;  ///< and, if this says so, is asked for receipts; else they come by themselves.
};

/// A way out. All calls on the loop's thread; several send() at a time up to capacity().
class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual const Traits& traits() const = 0;

  /// Attempts that it can use at a time, at least 1; asked after each of them, for a provider that learns its own pace.
  [[nodiscard]] virtual int capacity() const { return traits().max_in_flight; }

  /// Makes the attempt. Never throws, never outlives `request.deadline` by more than its own clean-up. Cancelling it
  /// (stop of the daemon) leaves the attempt open in the journal, so that the next start settles it.
  [[nodiscard]] virtual Task<SendResult> send(SendRequest request) = 0;

  /// Why a send would certainly be `unavailable` now ("modem not registered"), or nothing. Costs nothing, touches
  /// nothing.
  [[nodiscard]] virtual std::optional<std::string> not_ready() const { return std::nullopt; }

  /// Asks the provider what became of an attempt (traits().can_look_up). Never sends anything.
  [[nodiscard]] virtual Task<Finding> look_up(const Message& message, const Attempt& attempt) {
    (void)message;
    (void)attempt;
    co_return Finding{};
  }
};

}  // namespace relay::providers
