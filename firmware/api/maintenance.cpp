// What an operator asks and orders over the Unix socket. Who may connect is decided by the socket's permissions; who
// did it stands in the log.

#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "firmware/api/message_json.hpp"
#include "firmware/api/query.hpp"

namespace firmware::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using relay::Result;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view messages_path = "/v1/admin/messages";
constexpr std::string_view provider_path = "/v1/admin/providers/";
constexpr relay::AppId the_box = 0;
constexpr int purge_batch = 200;
constexpr std::int64_t most_minutes = 240;
constexpr std::size_t longest_name = 80;

/// A whole number of minutes in the member `name` of the body; nothing when it is not that or out of bounds.
std::optional<relay::Millis> minutes_in(const json& body, const char* name, std::int64_t least) {
  if (!body.is_object() || !body.contains(name) || !body[name].is_number_integer()) return std::nullopt;
  const auto minutes = body[name].get<std::int64_t>();
  if (minutes < least || minutes > most_minutes) return std::nullopt;
  return std::chrono::minutes{minutes};
}

ServerResponse done_or(const Result<void>& result) {
  return result ? json_response(200, "{}") : to_response(from_error(result.error()));
}

/// Settings that the file has wrong are the asker's business: the sentence says which.
ServerResponse settings_refused(const relay::Error& error) {
  return to_response({.status = error.code == relay::ErrorCode::unavailable ? 503 : 422,
                      .type = "settings-refused",
                      .title = "The settings in effect stay",
                      .detail = error.message});
}

}  // namespace

Task<std::optional<ServerResponse>> Api::answer_maintenance(const ServerRequest& request) {
  const std::string& path = request.path;
  if (path == messages_path) co_return co_await operator_messages(request);
  if (path.starts_with("/v1/admin/messages/"))
    co_return co_await operator_message(request, path.substr(messages_path.size() + 1));
  if (path.starts_with(provider_path) && request.method == "PATCH")
    co_return change_provider(request, path.substr(provider_path.size()));
  if (request.method != "POST") co_return std::nullopt;
  if (path == "/v1/admin/test-messages") co_return co_await send_test(request);
  if (path == "/v1/admin/queue") co_return change_queue(request);
  if (path == "/v1/admin/uplink") co_return change_uplink(request);
  if (path == "/v1/admin/reload") {
    const auto reloaded = parts_.maintenance.reload();
    if (!reloaded) co_return settings_refused(reloaded.error());
    note_order(request, "reload", "");
    co_return json_response(200, json{{"needs_restart", *reloaded}}.dump());
  }
  if (path == "/v1/admin/restart") {
    note_order(request, "restart", "");
    co_return done_or(parts_.maintenance.restart());
  }
  co_return std::nullopt;
}

void Api::note_order(const ServerRequest& request, std::string_view order, std::string_view of) {
  const auto who = relay::http::header_value(request.headers, "X-Edge-Relay-User").substr(0, longest_name);
  parts_.runtime.log.info("order", {{"order", order}, {"of", of}, {"by", request.peer}, {"user", who}});
}

Task<ServerResponse> Api::operator_messages(const ServerRequest& request) {
  if (request.method == "DELETE") co_return co_await purge(request);
  if (!is_read(request)) co_return to_response(method_not_allowed("GET, DELETE"));
  auto filter = read_filter(request.query);
  if (!filter) co_return to_response(filter.error());
  const int limit = filter->limit;
  auto messages = co_await parts_.outbox.list(std::move(*filter));
  if (!messages) co_return to_response(from_error(messages.error()));
  co_return json_response(200, render_list_masked(*messages, limit, parts_.outbox.timeline()));
}

/// GET: one message with its attempts. DELETE: cancels it. POST .../retry: its next try is now.
Task<ServerResponse> Api::operator_message(const ServerRequest& request, std::string rest) {
  const bool retry = rest.ends_with("/retry");
  if (retry) rest.resize(rest.size() - std::string_view{"/retry"}.size());
  const auto id = relay::MessageId::parse(rest);
  if (!id) co_return to_response(not_found("a message's id has 13 characters, as the submission was answered with"));
  if (retry && request.method == "POST") {
    auto retried = co_await parts_.maintenance.retry_now(*id);
    if (!retried) co_return to_response(from_error(retried.error()));
    note_order(request, "retry", id->text());
    co_return json_response(200, "{}");
  }
  if (!retry && request.method == "DELETE") {
    auto cancelled = co_await parts_.outbox.cancel(*id, std::nullopt);
    if (!cancelled) co_return to_response(from_error(cancelled.error()));
    parts_.metrics.moved(cancelled->message_class, relay::State::cancelled);
    note_order(request, "cancel", id->text());
    co_return json_response(200, render_record_masked({*cancelled, {}}, parts_.outbox.timeline()));
  }
  if (retry || !is_read(request)) co_return to_response(method_not_allowed("GET, DELETE, POST .../retry"));
  auto record = co_await parts_.outbox.find(*id, std::nullopt);
  if (!record) co_return to_response(from_error(record.error()));
  co_return json_response(200, render_record_masked(*record, parts_.outbox.timeline()));
}

/// Cancels queued messages of one class, the newest first, a bounded number at a time: ask again while `more`.
Task<ServerResponse> Api::purge(const ServerRequest& request) {
  auto filter = read_filter(request.query);
  if (!filter) co_return to_response(filter.error());
  if (!filter->message_class) co_return to_response(request_invalid("class", "say which class of messages to cancel"));
  filter->state = relay::State::queued;
  filter->limit = purge_batch;
  auto queued = co_await parts_.outbox.list(std::move(*filter));
  if (!queued) co_return to_response(from_error(queued.error()));
  int cancelled = 0;
  for (const auto& message : *queued) {
    const auto gone = co_await parts_.outbox.cancel(message.id, std::nullopt);
    if (!gone) continue;  // it has just been taken: it is under way
    ++cancelled;
    parts_.metrics.moved(gone->message_class, relay::State::cancelled);
  }
  note_order(request, "purge", std::to_string(cancelled) + " messages");
  const bool more = static_cast<int>(queued->size()) == purge_batch && cancelled > 0;
  co_return json_response(200, json{{"cancelled", cancelled}, {"more", more}}.dump());
}

/// A message of the box itself: class otp, so that it is soon over and a copy is at most one; by one provider if
/// wished.
Task<ServerResponse> Api::send_test(const ServerRequest& request) {
  const auto body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("to") || !body["to"].is_string())
    co_return to_response(request_invalid("to", R"(send {"to": "+...", "text": "...", "via": "provider"})"));
  relay::admission::Wish wish;
  wish.to = {body["to"].get<std::string>()};
  wish.text = body.contains("text") && body["text"].is_string() ? body["text"].get<std::string>() : "Edge Relay: test";
  wish.tags = {"console-test"};
  const relay::admission::Load load{.queued = parts_.outbox.counters().queued(),
                                    .queued_by_app = 0,
                                    .free_disk_bytes = parts_.health.free_disk_bytes(),
                                    .over_limit_for = {}};
  auto admitted = parts_.admission.admit(wish, the_box, relay::MessageClass::otp, load, parts_.outbox.timeline(),
                                         parts_.runtime.clock.wall());
  if (!admitted) co_return to_response(from_refusal(admitted.error()));
  auto& message = admitted->front();
  message.id = message.batch = parts_.outbox.next_id();
  const relay::MessageId id = message.id;
  if (body.contains("via") && body["via"].is_string()) {
    const auto only = parts_.maintenance.send_only_by(id, body["via"].get<std::string>());
    if (!only) co_return to_response(from_error(only.error()));
  }
  note_order(request, "test", id.text());
  relay::outbox::Submission submission;
  submission.app = the_box;
  submission.messages = std::move(*admitted);
  submission.urgency = relay::outbox::Urgency::now;
  auto stored = co_await parts_.outbox.submit(std::move(submission));
  if (!stored) co_return to_response(from_error(stored.error()));
  if (stored->kind == relay::outbox::SubmitResult::Kind::opted_out) {
    co_return to_response({.status = 422,
                           .type = "recipient-opted-out",
                           .title = "The recipient wants no messages",
                           .detail = "the number is on the box's opt-out list"});
  }
  parts_.metrics.submitted(relay::MessageClass::otp, 1);
  co_return json_response(202, json{{"id", id.text()}}.dump());
}

ServerResponse Api::change_queue(const ServerRequest& request) {
  const auto body = json::parse(request.body, nullptr, false);
  const auto minutes = minutes_in(body, "pause_minutes", 0);
  if (!minutes)
    return to_response(request_invalid("pause_minutes", "send {\"pause_minutes\": N}, N from 0 (resume) to 240"));
  note_order(request, "pause", std::to_string(minutes->count() / 60'000) + " min");
  if (*minutes > relay::Millis{0}) {
    parts_.maintenance.pause(*minutes);
  } else {
    parts_.maintenance.resume();
  }
  return json_response(200, "{}");
}

ServerResponse Api::change_provider(const ServerRequest& request, const std::string& name) {
  const auto body = json::parse(request.body, nullptr, false);
  if (body.is_object() && body.size() == 1 && body.contains("enabled") && body["enabled"].is_boolean()) {
    const bool enabled = body["enabled"].get<bool>();
    note_order(request, enabled ? "enable" : "disable", name);
    return done_or(parts_.maintenance.enable_provider(name, enabled));
  }
  if (body.is_object() && body.size() == 1 && body.contains("breaker") && body["breaker"] == "closed") {
    note_order(request, "reset-breaker", name);
    return done_or(parts_.maintenance.reset_breaker(name));
  }
  return to_response(
      request_invalid("enabled", R"(send {"enabled": true}, {"enabled": false} or {"breaker": "closed"})"));
}

ServerResponse Api::change_uplink(const ServerRequest& request) {
  const auto body = json::parse(request.body, nullptr, false);
  const auto minutes = minutes_in(body, "simulate_down_minutes", 0);
  if (!minutes) {
    return to_response(
        request_invalid("simulate_down_minutes", "send {\"simulate_down_minutes\": N}, N from 0 (end it) to 240"));
  }
  note_order(request, "simulate-uplink-down", std::to_string(minutes->count() / 60'000) + " min");
  parts_.maintenance.simulate_uplink_down(*minutes);
  return json_response(200, "{}");
}

}  // namespace firmware::api
