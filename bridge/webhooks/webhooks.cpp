#include "bridge/webhooks/webhooks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/api/problem.hpp"
#include "relay/base/concat.hpp"
#include "relay/link/event_json.hpp"
#include "relay/providers/aws/sns_events.hpp"
#include "relay/providers/twilio/webhook.hpp"

namespace bridge::webhooks {
namespace {

namespace aws = relay::providers::aws;
namespace twilio = relay::providers::twilio;
using relay::Task;
using relay::api::to_response;
using relay::http::header_value;
using relay::http::ServerRequest;
using relay::http::ServerResponse;
using relay::providers::WebhookEvent;

enum class Route : std::uint8_t { twilio, sns, any };
struct Path {
  std::string_view path;
  Route route;
};
constexpr std::string_view base = "/api/webhooks/";
constexpr std::array<Path, 6> paths{{{"twilio/sms", Route::twilio},
                                     {"twilio/whatsapp", Route::twilio},
                                     {"aws-sns", Route::sns},
                                     {"aws-whatsapp", Route::sns},
                                     {"sms", Route::any},
                                     {"whatsapp", Route::any}}};
constexpr relay::Millis confirm_time{5'000};
constexpr relay::Millis retry_after{20'000};

/// What Twilio takes as "nothing to say in return".
ServerResponse empty_twiml() {
  return {.status = 200, .headers = {{"Content-Type", "text/xml"}}, .body = "<Response/>"};
}

ServerResponse done() { return {.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "ok\n"}; }

std::string box_named_in(std::string_view query) {
  for (auto& [name, value] : relay::http::parse_form(query)) {
    if (name == "box") return value;
  }
  return {};
}

}  // namespace

store::NewEvent to_row(const tenants::Destination& to, const WebhookEvent& event) {
  const bool receipt = event.kind == WebhookEvent::Kind::receipt;
  return {.tenant = to.tenant,
          .box = to.box,
          .fingerprint = event.fingerprint,
          .subject = receipt ? relay::concat(event.provider, "/", event.ref) : "",
          .rank = event.rank,
          .ours = event.ours,
          .type = std::string{receipt ? relay::link::receipt_type : relay::link::inbound_type},
          .data = relay::link::to_json(event),
          .at = event.at};
}

Webhooks::Webhooks(Parts parts, WebhookSettings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      certificates_(parts_.runtime, parts_.sns_client, settings_.sns_roots) {}

bool Webhooks::owns(std::string_view path) { return path.starts_with(base); }

Task<ServerResponse> Webhooks::answer(const Request& request) {
  const auto name = std::string_view{request.path}.substr(base.size());
  const auto* found = std::ranges::find(paths, name, &Path::path);
  if (found == paths.end()) co_return to_response(relay::api::not_found("docs/bridge.md lists the webhooks"));
  Route route = found->route;
  if (route == Route::any) {
    const bool is_sns = !header_value(request.headers, "x-amz-sns-message-type").empty();
    route = is_sns ? Route::sns : Route::twilio;
  }
  if (route == Route::twilio) {
    if (request.method != "POST" && request.method != "GET")
      co_return to_response(relay::api::method_not_allowed("GET, POST"));
    co_return co_await answer_twilio(request);
  }
  if (request.method != "POST") co_return to_response(relay::api::method_not_allowed("POST"));
  co_return co_await answer_sns(request);
}

/// Until the signature is proven only the form's fields are split and the account is looked up: whose token it is.
Task<ServerResponse> Webhooks::answer_twilio(const Request& request) {
  twilio::WebhookCall call{
      .method = request.method,
      .url = settings_.public_url + request.path + (request.query.empty() ? "" : "?" + request.query),
      .content_type = std::string{header_value(request.headers, "Content-Type")},
      .body = request.body,
      .signature = std::string{header_value(request.headers, "X-Twilio-Signature")}};
  if (call.signature.empty()) co_return refuse("twilio", "it is not signed", request);
  const auto fields = twilio::fields_of(call);
  if (!fields) co_return refuse("twilio", "its form has too many fields", request);
  const auto secret = parts_.directory.secret("twilio", twilio::account_of(call, *fields));
  if (!secret) co_return refuse("twilio", "no tenant has its account", request);
  if (!twilio::is_genuine(call, *fields, secret->value))
    co_return refuse("twilio", "the signature is wrong: is public_url the URL that Twilio calls?", request);

  auto event = twilio::read_event(call, *fields, parts_.runtime.clock.wall());
  if (!event) {
    parts_.runtime.log.warning("webhook_unusable", {{"provider", "twilio"}, {"reason", event.error().message}});
    co_return to_response(relay::api::request_invalid("", event.error().message));
  }
  std::vector<WebhookEvent> events;
  events.push_back(std::move(*event));
  co_return co_await keep(secret->tenant, box_named_in(request.query), std::move(events), empty_twiml());
}

Task<ServerResponse> Webhooks::answer_sns(const Request& request) {
  if (!header_value(request.headers, "x-amz-sns-rawdelivery").empty())
    co_return refuse("aws", "raw delivery is not signed: switch it off for this subscription", request);
  const auto envelope = aws::parse_envelope(request.body);
  if (!envelope) co_return refuse("aws", envelope.error().message, request);
  const auto* topic = parts_.directory.topic(envelope->topic_arn);
  if (topic == nullptr) co_return refuse("aws", "no tenant has its topic", request);
  const store::Route route = *topic;  // the directory may change while the certificate is fetched
  const auto now = parts_.runtime.clock.wall();
  if (!aws::is_fresh(*envelope, now, settings_.sns_window)) co_return refuse("aws", "it is stale", request);
  if (!aws::is_certificate_url(envelope->certificate_url, aws::parse_topic(envelope->topic_arn)))
    co_return refuse("aws", "its certificate is not at Amazon's", request);
  const auto certificate = co_await certificates_.get(envelope->certificate_url);
  if (!certificate && certificate.error().code != relay::ErrorCode::unavailable)
    co_return refuse("aws", certificate.error().message, request);
  if (!certificate) co_return come_again("aws", certificate.error().message);
  const auto genuine = aws::check_signature(*envelope, *certificate, now);
  if (!genuine) co_return refuse("aws", genuine.error().message, request);

  switch (envelope->type) {
    case aws::SnsEnvelope::Type::subscription_confirmation:
      co_return co_await confirm(*envelope);
    case aws::SnsEnvelope::Type::unsubscribe_confirmation:
      // Not undone by itself: whoever ended it may have meant it.
      parts_.runtime.log.warning("topic_unsubscribed", {{"tenant", route.tenant}, {"topic", route.value}});
      co_return done();
    case aws::SnsEnvelope::Type::notification:
      break;
  }
  auto events = aws::read_events(*envelope);
  if (events.empty()) {
    parts_.runtime.log.info("webhook", {{"provider", "aws"}, {"tenant", route.tenant}, {"events", 0}});
    co_return done();
  }
  co_return co_await keep(route.tenant, route.box, std::move(events), done());
}

/// The URL is made here, of the topic that is allowed and the token: nothing that was sent is fetched.
Task<ServerResponse> Webhooks::confirm(const aws::SnsEnvelope& envelope) {
  const auto topic = aws::parse_topic(envelope.topic_arn);
  relay::http::ClientRequest request{
      .method = "GET",
      .url = relay::concat(
          "https://sns.", topic.region, ".amazonaws.com", topic.partition == "aws-cn" ? ".cn" : "",
          "/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=", relay::http::percent_encode(envelope.topic_arn),
          "&Token=", relay::http::percent_encode(envelope.token)),
      .deadline = parts_.runtime.clock.steady() + confirm_time};
  const auto answer = co_await parts_.sns_client.perform(std::move(request));
  if (!answer) co_return come_again("aws", "the subscription cannot be confirmed: " + answer.error().message);
  if (answer->status != 200)
    co_return come_again("aws", relay::concat("the subscription cannot be confirmed: HTTP status ", answer->status));
  parts_.runtime.log.info("topic_subscribed", {{"topic", topic.name}, {"region", topic.region}});
  co_return done();
}

Task<ServerResponse> Webhooks::keep(std::string tenant, std::string box, std::vector<WebhookEvent> events,
                                    Response kept_answer) {
  const std::string provider = events.front().provider;
  std::vector<store::NewEvent> rows;
  for (const auto& event : events) {
    bool taken = false;
    if (event.kind == WebhookEvent::Kind::receipt) {
      const auto own = co_await parts_.take_receipt(tenant, event);
      if (!own) co_return come_again(provider, own.error().message);
      taken = *own;
    }
    if (!taken) rows.push_back(to_row(parts_.directory.destination(tenant, box, event.ours), event));
  }
  if (rows.empty()) co_return kept_answer;
  const auto kept = co_await parts_.store.keep(std::move(rows));
  if (!kept) co_return come_again(provider, kept.error().message);
  figures_.stored += static_cast<std::uint64_t>(kept->stored);
  figures_.repeated += static_cast<std::uint64_t>(kept->repeated);
  figures_.stale += static_cast<std::uint64_t>(kept->stale);
  parts_.runtime.log.info("webhook", {{"provider", provider},
                                      {"tenant", tenant},
                                      {"events", events.size()},
                                      {"stored", kept->stored},
                                      {"repeated", kept->repeated},
                                      {"stale", kept->stale},
                                      {"ref", events.front().ref},
                                      {"status", events.front().status}});
  for (const auto& one : kept->boxes) parts_.on_stored(one);
  co_return kept_answer;
}

ServerResponse Webhooks::refuse(std::string_view provider, const std::string& why, const Request& request) {
  ++figures_.refused;
  parts_.runtime.log.warning("webhook_refused", {{"provider", provider}, {"peer", request.peer}, {"reason", why}});
  return to_response({.status = 403,
                      .type = "not-genuine",
                      .title = "The call is not proven to be the provider's",
                      .detail = "the log of the bridge says why"});
}

ServerResponse Webhooks::come_again(std::string_view provider, const std::string& why) {
  ++figures_.failed;
  parts_.runtime.log.error("webhook_not_stored", {{"provider", provider}, {"reason", why}});
  return to_response({.status = 503,
                      .type = "unavailable",
                      .title = "The bridge cannot keep this now",
                      .detail = "send it again",
                      .retry_after = retry_after});
}

}  // namespace bridge::webhooks
