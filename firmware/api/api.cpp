#include "firmware/api/api.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "firmware/api/alarms.hpp"
#include "firmware/api/message_json.hpp"
#include "firmware/api/modem_metrics.hpp"
#include "firmware/api/query.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view messages_path = "/v1/messages";
constexpr std::size_t max_key_length = 255;
constexpr relay::Millis probe_life{5'000};

/// The header Idempotency-Key, quoted (a structured-field string) or bare. An outer empty: none given; an inner error:
/// unusable.
std::expected<std::optional<std::string>, Problem> idempotency_key_of(const ServerRequest& request) {
  std::string_view value = relay::http::header_value(request.headers, "Idempotency-Key");
  if (value.empty()) return std::optional<std::string>{};
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  const bool printable = std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7f; });
  if (value.empty() || value.size() > max_key_length || !printable) {
    return std::unexpected(Problem{.status = 400,
                                   .type = "idempotency-key-invalid",
                                   .title = "The idempotency key cannot be used",
                                   .detail = "it must have 1 to 255 printable ASCII characters without spaces",
                                   .field = "Idempotency-Key"});
  }
  return std::optional<std::string>{std::string{value}};
}

/// The id in an answer to a submission.
std::string id_of(const std::string& answer) {
  const auto parsed = nlohmann::json::parse(answer, nullptr, false);
  return parsed.is_object() ? parsed.value("id", "") : std::string{};
}

/// Why the store did not take a submission that admission let pass.
std::optional<Problem> refusal_in(const relay::outbox::SubmitResult& result) {
  switch (result.kind) {
    case relay::outbox::SubmitResult::Kind::key_reused:
      return Problem{.status = 422,
                     .type = "idempotency-key-reused",
                     .title = "The idempotency key was used for another payload",
                     .detail = "use a new key for a new submission; a key lives 24 hours",
                     .field = "Idempotency-Key"};
    case relay::outbox::SubmitResult::Kind::opted_out:
      return Problem{.status = 422,
                     .type = "recipient-opted-out",
                     .title = "The recipient wants no messages",
                     .detail = "the number is on the box's opt-out list; GET /v1/opt-outs/{number} tells since when",
                     .field = "to"};
    case relay::outbox::SubmitResult::Kind::stored:
    case relay::outbox::SubmitResult::Kind::replayed:
      break;
  }
  return std::nullopt;
}

ServerResponse plain(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(body)};
}

}  // namespace

Task<ServerResponse> Api::answer(const ServerRequest& request) {
  auto response = co_await route(request);
  co_return response;
}

Task<ServerResponse> Api::route(const ServerRequest& request) {
  auto health = co_await answer_health(request);
  if (health) co_return std::move(*health);
  if (!request.path.starts_with("/v1/")) co_return to_response(not_found("see docs/api.md for the paths of this API"));

  const auto verdict = parts_.keys.check(relay::http::header_value(request.headers, "Authorization"), request.peer);
  if (verdict.kind == KeyRing::Verdict::Kind::too_many_failures) {
    co_return to_response({.status = 429,
                           .type = "too-many-failures",
                           .title = "Too many requests with a wrong key",
                           .detail = "wait a minute, then send a valid key",
                           .retry_after = relay::Millis{60'000}});
  }
  if (verdict.kind == KeyRing::Verdict::Kind::refused) co_return to_response(unauthorized());
  const relay::outbox::Application application = *verdict.application;

  if (request.path == messages_path) {
    if (request.method == "POST") co_return co_await submit(request, application);
    if (is_read(request)) co_return co_await list(request, application.id);
    co_return to_response(method_not_allowed("GET, POST"));
  }
  if (request.path.starts_with("/v1/messages/")) co_return co_await one_message(request, application.id);
  if (request.path == "/v1/inbound") {
    if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
    co_return co_await list_inbound(request);
  }
  if (request.path.starts_with("/v1/opt-outs")) co_return co_await opt_outs(request, application.name);
  if (request.path == "/v1/modems" || request.path.starts_with("/v1/modems/"))
    co_return co_await answer_modems(request, Viewer::application);
  if (request.path == "/v1/events") {
    if (request.method != "GET") co_return to_response(method_not_allowed("GET"));
    co_return co_await stream_events(request, application.id);
  }
  if (request.path == "/v1/webhooks/replay") {
    if (request.method != "POST") co_return to_response(method_not_allowed("POST"));
    co_return co_await replay_webhooks(request, application.id);
  }
  if (request.path == "/v1/usage") {
    if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
    co_return usage(application.id);
  }
  co_return to_response(not_found("see docs/api.md for the paths of this API"));
}

Task<std::optional<ServerResponse>> Api::answer_health(const ServerRequest& request) {
  const std::string& path = request.path;
  if (path != "/livez" && path != "/readyz" && path != "/v1/health" && path != "/health/messaging" &&
      path != "/metrics") {
    co_return std::nullopt;
  }
  if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
  if (path == "/livez") co_return plain(200, "alive\n");
  if (path == "/readyz") {
    const bool storing = co_await can_store();
    co_return storing ? plain(200, "ready\n") : plain(503, "cannot store\n");
  }
  HealthReport report = parts_.health.health();
  if (path == "/metrics") {
    auto oldest = co_await parts_.outbox.oldest_queued();
    auto response = plain(
        200, parts_.metrics.render(report, parts_.outbox.counters(),
                                   oldest.value_or(std::array<std::optional<relay::TimelineTime>, 5>{}),
                                   parts_.outbox.timeline().now(), parts_.server_figures()) +
                 render_modem_metrics(parts_.modems) +
                 render_usage(parts_.keys.applications(), parts_.outbox.counters(), parts_.outbox.timeline().now()));
    response.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  }
  report.storing = co_await can_store();
  const auto alarms = alarms_of(report);
  const int status = verdict(alarms) == "fail" ? 503 : 200;
  if (path == "/health/messaging") co_return json_response(status, render_messaging_health(report, alarms));
  co_return json_response(status, render_health(report, alarms, parts_.outbox.counters()));
}

/// Asks the store at most every few seconds: a probe is a commit, and flash wears.
Task<bool> Api::can_store() {
  const auto now = parts_.runtime.clock.steady();
  if (probed_at_ == relay::SteadyTime::min() || now - probed_at_ >= probe_life) {
    probed_at_ = now;
    const auto probed = co_await parts_.outbox.probe();
    probe_result_ = probed.has_value();
  }
  co_return probe_result_;
}

relay::admission::Load Api::load_of(relay::AppId app) const {
  const auto& counters = parts_.outbox.counters();
  const auto of_app = counters.queued_by_app.find(app);
  relay::admission::Load load{.queued = counters.queued(),
                              .queued_by_app = of_app == counters.queued_by_app.end() ? 0 : of_app->second,
                              .free_disk_bytes = parts_.health.free_disk_bytes()};
  const relay::TimelineTime now = parts_.outbox.timeline().now();
  if (counters.over_limit(app, now)) load.over_limit_for = relay::outbox::end_of_day(now) - now;
  return load;
}

Task<ServerResponse> Api::submit(const ServerRequest& request, relay::outbox::Application application) {
  const auto refuse = [this](const Problem& problem) {
    parts_.metrics.refused(problem.type);
    return to_response(problem);
  };
  auto key = idempotency_key_of(request);
  if (!key) co_return refuse(key.error());
  auto wish = parse_submission(request.body);
  if (!wish) co_return refuse(wish.error());
  if (!wish->callback_url.empty() && !parts_.callback_allowed(wish->callback_url)) {
    co_return refuse(
        {.status = 400,
         .type = "callback-url-not-allowed",
         .title = "The callback URL leads to a place that is not allowed",
         .detail = "the box's operator must set [webhooks] secret and name the URL's host in [webhooks] allow",
         .field = "callback_url"});
  }
  auto admitted = parts_.admission.admit(*wish, application.id, application.default_class, load_of(application.id),
                                         parts_.outbox.timeline(), parts_.runtime.clock.wall());
  if (!admitted && admitted.error().status == 503 && relay::planted(relay::PlantedFault::full_queue_drops_silently)) {
    co_return json_response(202, R"({"id":")" + parts_.outbox.next_id().text() + R"("})");
  }
  if (!admitted) co_return refuse(from_refusal(admitted.error()));

  relay::outbox::Submission submission;
  submission.app = application.id;
  submission.messages = std::move(*admitted);
  const auto& policy = relay::policy_of(submission.messages.front().message_class);
  // No suspension between next_id() and submit(): ids are given in commit order.
  for (auto& message : submission.messages) {
    message.id = parts_.outbox.next_id();
    message.batch = submission.messages.front().id;
  }
  submission.answer = render_accepted(submission.messages);
  submission.render_answer = render_accepted;
  submission.urgency = policy.lane == relay::Lane::rest ? relay::outbox::Urgency::paced : relay::outbox::Urgency::now;
  submission.replaces_older = policy.order == relay::MessageOrder::newest_per_recipient;
  if (*key) submission.idempotency = relay::outbox::IdempotencyKey{**key, payload_digest(request.body)};
  const auto message_class = submission.messages.front().message_class;
  const std::size_t count = submission.messages.size();
  const relay::MessageId first_id = submission.messages.front().id;

  auto stored = co_await parts_.outbox.submit(std::move(submission));
  if (!stored) {
    parts_.runtime.log.error("submission_not_stored", {{"app", application.name}, {"reason", stored.error().message}});
    co_return refuse(from_error(stored.error()));
  }
  if (const auto problem = refusal_in(*stored)) co_return refuse(*problem);
  for (int i = 0; i < stored->blocked; ++i) parts_.metrics.moved(message_class, relay::State::blocked);
  const bool replayed = stored->kind == relay::outbox::SubmitResult::Kind::replayed;
  if (!replayed) parts_.metrics.submitted(message_class, count);
  // A replayed answer names the messages of the first submission, not of this one.
  const std::string id = replayed ? id_of(stored->answer) : first_id.text();
  auto response = json_response(202, std::move(stored->answer));
  response.headers.push_back({"Location", std::string{messages_path} + "/" + id});
  if (replayed) response.headers.push_back({"Idempotent-Replayed", "true"});
  co_return response;
}

Task<ServerResponse> Api::list(const ServerRequest& request, relay::AppId app) {
  auto filter = read_filter(request.query);
  if (!filter) co_return to_response(filter.error());
  filter->app = app;
  const int limit = filter->limit;
  auto messages = co_await parts_.outbox.list(std::move(*filter));
  if (!messages) co_return to_response(from_error(messages.error()));
  co_return json_response(200, render_list(*messages, limit, parts_.outbox.timeline()));
}

Task<ServerResponse> Api::one_message(const ServerRequest& request, relay::AppId app) {
  const auto id = relay::MessageId::parse(std::string_view{request.path}.substr(messages_path.size() + 1));
  if (!id) co_return to_response(not_found("a message's id has 13 characters, as the submission was answered with"));
  if (is_read(request)) {
    auto record = co_await parts_.outbox.find(*id, app);
    if (!record) co_return to_response(from_error(record.error()));
    co_return json_response(200, render_record(*record, parts_.outbox.timeline()));
  }
  if (request.method != "DELETE") co_return to_response(method_not_allowed("GET, DELETE"));
  auto cancelled = co_await parts_.outbox.cancel(*id, app);
  if (!cancelled) co_return to_response(from_error(cancelled.error()));
  parts_.metrics.moved(cancelled->message_class, relay::State::cancelled);
  co_return json_response(200, render_record({*cancelled, {}}, parts_.outbox.timeline()));
}

/// Server-sent events. A browser's EventSource and most libraries send Last-Event-ID by themselves when they come back.
Task<ServerResponse> Api::stream_events(const ServerRequest& request, relay::AppId app) {
  std::string last_seen{relay::http::header_value(request.headers, "Last-Event-ID")};
  for (const auto& [name, value] : relay::http::parse_form(request.query)) {
    if (name != "last_event_id") co_return to_response(request_invalid(name, "known is last_event_id"));
    if (last_seen.empty()) last_seen = value;
  }
  const auto after = to_integer(last_seen);
  if (!last_seen.empty() && (!after || *after < 0)) {
    co_return to_response(request_invalid("Last-Event-ID", "it must be the id of an event, or 0 for all that is kept"));
  }
  auto stream = co_await parts_.streams.open(app, after);
  if (!stream && stream.error().code == relay::ErrorCode::full) {
    co_return to_response({.status = 503,
                           .type = "too-many-streams",
                           .title = "Too many streams of events are open",
                           .detail = stream.error().message,
                           .retry_after = relay::Millis{30'000}});
  }
  if (!stream) co_return to_response(from_error(stream.error()));
  co_return ServerResponse{.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}},
                           .source = std::move(*stream)};
}

Task<ServerResponse> Api::list_inbound(const ServerRequest& request) {
  std::optional<std::int64_t> after;
  int limit = default_page;
  for (const auto& [name, value] : relay::http::parse_form(request.query)) {
    if (const auto id = to_integer(value); name == "after" && id) {
      after = *id;
    } else if (const auto most = page_limit(value); name == "limit" && most) {
      limit = *most;
    } else {
      co_return to_response(
          request_invalid(name, "known are after (the id of the last one seen) and limit (1 to 500)"));
    }
  }
  auto messages = co_await parts_.outbox.list_inbound(after, limit);
  if (!messages) co_return to_response(from_error(messages.error()));
  co_return json_response(200, render_inbound(*messages, after.value_or(0)));
}

}  // namespace firmware::api
