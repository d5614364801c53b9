#include "relay/providers/bridge/bridge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/json/json.hpp"
#include "relay/link/message_json.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/exchange.hpp"
#include "relay/providers/common/settings.hpp"

namespace relay::providers::bridge {
namespace {

constexpr auto table_settings = common_settings({"16", "0", "24h"});

/// One try to hand over. A second one on a connection of its own is free of risk, as the bridge knows the id.
constexpr Millis try_time{4'000};
constexpr Millis try_pause{300};
constexpr Millis look_up_time{10'000};

constexpr ErrorRow error_table[] = {
    {.code = link::problem_refused,
     .outcome = Outcome::refused,
     .meaning = "none of its providers can carry this message"},
    {.code = link::problem_recipient,
     .outcome = Outcome::recipient_refused,
     .meaning = "its providers do not take this recipient"},
    {.code = link::problem_opted_out,
     .outcome = Outcome::recipient_refused,
     .meaning = "the recipient has opted out",
     .opted_out = true},
    {.code = link::problem_no_chain,
     .outcome = Outcome::account,
     .meaning = "it has no chain for this tenant; set one with edge-bridgectl chain put"},
    {.code = link::problem_no_way_out,
     .outcome = Outcome::unavailable,
     .meaning = "none of its providers can be used now"},
};

/// "/problems/refused" gives "refused".
std::string problem_of(const http::ClientResponse& answer) {
  const std::string type = text_of(parse_json(answer.body), "type");
  return type.substr(type.rfind('/') + 1);
}

class BridgeProvider final : public Provider {
 public:
  struct Options {
    std::string url;
    std::string repeat_prefix;
  };
  BridgeProvider(Runtime runtime, Traits traits, Options options, std::unique_ptr<http::Client> client)
      : runtime_(std::move(runtime)),
        traits_(std::move(traits)),
        options_(std::move(options)),
        client_(std::move(client)) {}

  [[nodiscard]] const Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<SendResult> send(SendRequest request) override;
  [[nodiscard]] Task<Finding> look_up(const Message& message, const Attempt& attempt) override;

 private:
  [[nodiscard]] std::string url_of(const Message& message) const {
    return concat(options_.url, "/v1/link/messages/", message.id.text());
  }
  [[nodiscard]] SendResult read(const http::ClientResponse& answer) const;

  Runtime runtime_;
  Traits traits_;
  Options options_;
  std::unique_ptr<http::Client> client_;
};

/// Handed over again and again within the attempt's time, as long as no answer says what became of it.
Task<SendResult> BridgeProvider::send(SendRequest request) {
  link::Handover handover{.message = *request.message, .attempt = request.attempt, .life_left = request.life_left};
  if (request.mark_as_repeat) handover.repeat_prefix = options_.repeat_prefix;
  const SteadyTime began = runtime_.clock.steady();
  std::optional<SendResult> lost;  // an answer; the bridge may have the message since
  while (true) {
    const SteadyTime now = runtime_.clock.steady();
    handover.life_left = request.life_left - (now - began);
    if (lost && (now >= request.deadline || handover.life_left <= Millis{0})) co_return std::move(*lost);
    http::ClientRequest put{.method = "PUT",
                            .url = url_of(*request.message),
                            .headers = {{"Content-Type", "application/json"}},
                            .body = link::to_json(handover),
                            .deadline = std::min(request.deadline, now + try_time)};
    const Answer answer = co_await exchange(runtime_, *client_, std::move(put));
    SendResult result = answer ? read(*answer) : answer.error();
    if (result.outcome == Outcome::accepted) co_return result;
    if (result.outcome != Outcome::unknown) {
      // What refuses this try says nothing of the one before, whose answer was lost.
      if (!lost) co_return result;
    } else {
      lost = std::move(result);
    }
    co_await sleep_until(runtime_, std::min(request.deadline, runtime_.clock.steady() + try_pause));
  }
}

SendResult BridgeProvider::read(const http::ClientResponse& answer) const {
  if (answer.status == 200 || answer.status == 201) {
    auto progress = link::progress_from_json(answer.body);
    if (!progress) return unreadable_success("The bridge", answer);
    return accepted_as(std::move(progress->ref), answer, "The bridge has taken the message.");
  }
  const ProviderError error{.code = problem_of(answer), .reason = {}, .evidence = {}};
  return result_of_error("The bridge", answer, error, error_table, runtime_.clock.wall());
}

/// After "not taken" the bridge refuses this attempt, should its bytes still be under way.
Task<Finding> BridgeProvider::look_up(const Message& message, const Attempt& attempt) {
  http::ClientRequest get{.method = "GET",
                          .url = concat(url_of(message), "?attempt=", attempt.number),
                          .deadline = runtime_.clock.steady() + look_up_time};
  const Answer answer = co_await exchange(runtime_, *client_, std::move(get));
  Finding finding;
  if (!answer) {
    finding.code = answer.error().code;
    co_return finding;
  }
  finding.code = std::to_string(answer->status);
  if (answer->status == 404 && problem_of(*answer) == link::problem_not_taken) {
    finding.kind = Finding::Kind::not_sent;
    co_return finding;
  }
  auto progress = link::progress_from_json(answer->body);
  if (answer->status != 200 || !progress) co_return finding;
  if (progress->not_sent) {
    finding.kind = Finding::Kind::not_sent;
    co_return finding;
  }
  finding.kind = Finding::Kind::accepted;
  finding.receipt_refs = {progress->ref};
  finding.provider_ref = std::move(progress->ref);
  if (progress->state == State::delivered) finding.status = ReceiptStatus::delivered;
  if (progress->state == State::failed) finding.status = ReceiptStatus::failed;
  co_return finding;
}

}  // namespace

const config::Table& settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "bridge",
                                       .text =
                                           "SMS through the bridge of the table bridge, which has the credentials; "
                                           "the box needs none. Where the bridge finds no way out it gives the "
                                           "message back, and the next provider of the chain has it.",
                                       .settings = table_settings};
  return table;
}

const config::Table& whatsapp_settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "bridge-whatsapp",
                                       .text = "WhatsApp through the bridge, likewise.",
                                       .settings = table_settings};
  return table;
}

std::unique_ptr<Provider> make_bridge(Runtime runtime, const config::Section& section, std::string url,
                                      std::unique_ptr<http::Client> client) {
  const bool whatsapp = section.text("kind") == "bridge-whatsapp";
  Traits traits = traits_of(section, whatsapp ? "bridge-whatsapp" : "bridge");
  traits.channel = whatsapp ? Channel::whatsapp : Channel::sms;
  traits.can_look_up = true;
  traits.asks_for_receipts = false;  // the link brings them
  return std::make_unique<BridgeProvider>(
      std::move(runtime), std::move(traits),
      BridgeProvider::Options{.url = std::move(url), .repeat_prefix = section.text("repeat_prefix")},
      std::move(client));
}

}  // namespace relay::providers::bridge
