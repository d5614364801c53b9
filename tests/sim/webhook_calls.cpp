#include "tests/sim/webhook_calls.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/providers/common/text.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using std::chrono::minutes;

constexpr std::string_view hosted_number = "+15551230000";
constexpr std::string_view webhook_path = "/api/webhooks/twilio/sms";
constexpr int most_tries = 8;

std::string form_of(const relay::providers::twilio::Fields& fields) {
  relay::providers::FormBody form;
  for (const auto& [name, value] : fields) form.add(name, value);
  return form.take();
}

}  // namespace

WebhookCalls::WebhookCalls(World& world) : world_(world), stream_(world.options.seed, "webhook_calls") {}

void WebhookCalls::start() {
  if (world_.options.bridge) keep_writing();
}

void WebhookCalls::keep_writing() {
  world_.after(stream_.about(world_.options.between_letters), [this] {
    if (finished_) return;
    write();
    keep_writing();
  });
}

void WebhookCalls::write() {
  const std::string from = concat(number_prefix, 3'000'000 + stream_.between(0, 49));
  const std::string text = concat("call ", ++letters_, " ", text_mark);
  std::array<char, 35> sid{};
  std::snprintf(sid.data(), sid.size(), "SM%032x", 0x40000000U + static_cast<unsigned>(letters_));
  // Not owed yet: what the bridge has not taken may be lost.
  world_.ledger.letters.push_back(
      {.from = from, .text = text, .at = world_.now(), .time_leaps_before = world_.box.time_leaps(), .owed = false});
  world_.note("call", concat(from, " ", text));
  world_.hit("webhook_call.letter");
  const auto call = std::make_shared<Call>();
  call->url = concat("https://bridge.example", webhook_path);
  call->fields = {{"AccountSid", std::string{twilio_account}},
                  {"MessageSid", sid.data()},
                  {"SmsStatus", "received"},
                  {"From", from},
                  {"To", std::string{hosted_number}},
                  {"Body", text},
                  {"NumMedia", "0"},
                  {"NumSegments", "1"}};
  call->on_taken = [this, index = world_.ledger.letters.size() - 1] { world_.ledger.letters[index].owed = true; };
  make(call);
}

void WebhookCalls::follow(const std::string& sid, std::size_t item, const std::string& callback, WorldTime at,
                          const std::string& last_status) {
  const auto tell = [this, sid, item, callback](WorldTime when, std::string status) {
    world_.after(std::max(when - world_.now(), Millis{0}),
                 [this, sid, item, callback, status = std::move(status)] { tell_status(sid, item, callback, status); });
  };
  const bool odd = world_.options.has(FaultClass::odd_webhooks);
  // "sent" may overtake the answer to the box's own request, and be overtaken by what follows it.
  tell(world_.now() +
           (odd ? stream_.between(Millis{0}, Millis{minutes{5}}) : stream_.between(Millis{200}, Millis{1'500})),
       "sent");
  if (last_status != "sent") tell(at, last_status);
}

void WebhookCalls::tell_status(const std::string& sid, std::size_t item, const std::string& callback,
                               std::string_view status) {
  auto& of = world_.ledger.items[item];
  // From now on the box may say so.
  if (status == "delivered" && !of.delivered) of.delivered = world_.now();
  world_.hit(concat("webhook_call.", status));
  const auto call = std::make_shared<Call>();
  call->url = callback;
  call->fields = {{"AccountSid", std::string{twilio_account}},
                  {"MessageSid", sid},
                  {"MessageStatus", std::string{status}},
                  {"To", of.to},
                  {"From", std::string{hosted_number}}};
  if (status == "undelivered") call->fields.emplace_back("ErrorCode", "30003");
  make(call);
}

void WebhookCalls::make(const std::shared_ptr<Call>& call) {
  const bool deaf = world_.options.has(FaultClass::odd_webhooks) && stream_.chance(0.1);
  const bool again = world_.options.has(FaultClass::odd_webhooks) && stream_.chance(0.1);
  ++call->tries;
  world_.bridge.post_form(target_of(call->url), relay::providers::twilio::sign(call->url, call->fields, twilio_token),
                          form_of(call->fields), [this, call, deaf, again](std::optional<HttpAnswer> answer) {
                            const int status = answer ? answer->status : 0;
                            world_.hit(concat("webhook_call.answer.", status));
                            if (status == 403 || status == 400 || status == 404)
                              return world_.violate("bridge", concat("a genuine call was refused with ", status));
                            if (status == 200 && !deaf && call->on_taken) std::exchange(call->on_taken, nullptr)();
                            const bool heard = status == 200 && !deaf;
                            if (heard && !again) return;
                            if (heard) world_.hit("webhook_call.repeated");
                            if (call->tries >= most_tries) return world_.hit("webhook_call.given_up");
                            world_.after(stream_.between(Millis{1'000}, Millis{minutes{10}}),
                                         [this, call] { make(call); });
                          });
}

}  // namespace sim
