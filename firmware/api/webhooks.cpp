// POST /v1/webhooks/replay: what an application has missed, because its receiver was down for longer than webhooks are
// tried, or lost what it was told.

#include <optional>
#include <ranges>
#include <vector>

#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "firmware/api/message_json.hpp"
#include "firmware/api/query.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/json/json.hpp"
#include "relay/outbox/message_rows.hpp"

namespace firmware::api {
namespace {

using nlohmann::json;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::size_t most_replayed = 1'000;

constexpr std::string_view usage_hint =
    R"(send {"message": "ID"}, or {"since": "2026-11-22T08:00:00Z", "until": "..."}: when they were accepted; until may be left out)";

/// Webhooks tell of these states.
bool is_told(relay::State state) { return state == relay::State::sent || relay::is_final(state); }

ServerResponse nothing_to_tell(std::string detail) {
  return to_response({.status = 409,
                      .type = "nothing-to-replay",
                      .title = "There is no webhook of this message to send again",
                      .detail = std::move(detail)});
}

}  // namespace

Task<ServerResponse> Api::replay_webhooks(const ServerRequest& request, relay::AppId app) {
  const json body = relay::parse_json(request.body);
  const std::string message = relay::text_of(body, "message");
  const auto since = relay::parse_rfc3339(relay::text_of(body, "since"));
  const auto until = relay::parse_rfc3339(relay::text_of(body, "until"));
  const bool ends = body.is_object() && body.contains("until");
  const std::size_t known = message.empty() ? (ends ? 2 : 1) : 1;
  if (message.empty() == !since || (ends && !until) || body.size() != known)
    co_return to_response(request_invalid(ends && !until ? "until" : "since", std::string{usage_hint}));
  if (!message.empty()) co_return co_await replay_message(message, app);
  co_return co_await replay_since(*since, until.value_or(relay::WallTime::max()), app);
}

Task<ServerResponse> Api::replay_message(std::string text, relay::AppId app) {
  const auto id = relay::MessageId::parse(text);
  if (!id) co_return to_response(not_found("a message's id has 13 characters, as the submission was answered with"));
  auto record = co_await parts_.outbox.find(*id, app);
  if (!record) co_return to_response(from_error(record.error()));
  if (record->message.callback_url.empty()) co_return nothing_to_tell("it was submitted without a callback_url");
  if (!is_told(record->message.state)) co_return nothing_to_tell("it still waits; its webhook comes when it is sent");
  if (auto told = co_await tell_again(*record); !told) co_return to_response(from_error(told.error()));
  parts_.events_added();
  co_return json_response(202, R"({"events":1})");
}

Task<ServerResponse> Api::replay_since(relay::WallTime since, relay::WallTime until, relay::AppId app) {
  std::vector<relay::MessageId> ids;  // newest first
  relay::outbox::ListFilter filter{.app = app, .limit = max_page};
  for (bool more = true; more;) {
    const auto page = co_await parts_.outbox.list(filter);
    if (!page) co_return to_response(from_error(page.error()));
    more = static_cast<int>(page->size()) == max_page;
    for (const auto& message : *page) {
      more = more && message.accepted_at >= since;
      if (message.accepted_at < since || message.accepted_at > until) continue;
      if (!message.callback_url.empty() && is_told(message.state)) ids.push_back(message.id);
    }
    if (!page->empty()) filter.before = page->back().id;
    if (ids.size() > most_replayed) {
      co_return to_response({.status = 422,
                             .type = "too-many-to-replay",
                             .title = "More than 1,000 webhooks would be sent again",
                             .detail = "take a shorter time: {\"since\": ..., \"until\": ...}"});
    }
  }
  int told = 0;
  for (const auto id : ids | std::views::reverse) {
    auto record = co_await parts_.outbox.find(id, app);
    if (!record && record.error().code == relay::ErrorCode::not_found) continue;  // pruned meanwhile
    if (!record) co_return to_response(from_error(record.error()));
    if (auto again = co_await tell_again(*record); !again) co_return to_response(from_error(again.error()));
    ++told;
  }
  parts_.events_added();
  co_return json_response(202, json{{"events", told}}.dump());
}

/// A new event, with an id of its own: a receiver drops one that it has seen.
Task<relay::Result<std::int64_t>> Api::tell_again(const relay::outbox::MessageRecord& record) {
  const relay::Message& message = record.message;
  const auto now = parts_.runtime.clock.wall();
  relay::outbox::Event event;
  event.app = message.app;
  event.type = relay::concat("message.", name_of(message.state));
  event.message = message.id;
  event.url = message.callback_url;
  event.data = relay::outbox::event_data(message, record.attempts.empty() ? "" : record.attempts.back().provider, now);
  event.at = now;
  event.due = parts_.outbox.timeline().now();
  auto added = co_await parts_.outbox.add_event(std::move(event));
  co_return added;
}

}  // namespace firmware::api
