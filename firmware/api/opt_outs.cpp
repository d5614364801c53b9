// Who wants no messages, and how much an application may still send today.

#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "firmware/api/query.hpp"
#include "relay/admission/number.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using nlohmann::ordered_json;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view list_path = "/v1/opt-outs";
constexpr std::string_view one_path = "/v1/opt-outs/";

ordered_json opt_out_json(const relay::outbox::OptOut& opt_out) {
  ordered_json out;
  out["number"] = opt_out.number;
  out["source"] = opt_out.source;
  out["at"] = relay::format_rfc3339(opt_out.at);
  return out;
}

Problem wrong_number(const relay::Error& error, std::string field) {
  return {.status = 400,
          .type = "number-invalid",
          .title = "The number cannot be used",
          .detail = error.message,
          .field = std::move(field)};
}

}  // namespace

Task<ServerResponse> Api::opt_outs(const ServerRequest& request, std::string by) {
  if (request.path == list_path) {
    if (request.method == "POST") co_return co_await add_opt_out(request, std::move(by));
    if (is_read(request)) co_return co_await list_opt_outs(request);
    co_return to_response(method_not_allowed("GET, POST"));
  }
  if (request.path.starts_with(one_path)) co_return co_await one_opt_out(request, std::move(by));
  co_return to_response(not_found("see docs/api.md for the paths of this API"));
}

Task<ServerResponse> Api::list_opt_outs(const ServerRequest& request) {
  std::string after;
  int limit = default_page;
  for (const auto& [name, value] : relay::http::parse_form(request.query)) {
    if (name == "cursor") {
      after = number_in_query(value);
    } else if (const auto most = page_limit(value); name == "limit" && most) {
      limit = *most;
    } else {
      co_return to_response(
          request_invalid(name, "known are cursor (the next_cursor of the page before) and limit (1 to 500)"));
    }
  }
  auto listed = co_await parts_.outbox.list_opt_outs(std::move(after), limit);
  if (!listed) co_return to_response(from_error(listed.error()));
  ordered_json out;
  out["opt_outs"] = ordered_json::array();
  for (const auto& opt_out : *listed) out["opt_outs"].push_back(opt_out_json(opt_out));
  const bool more = static_cast<int>(listed->size()) == limit;
  out["next_cursor"] = more ? ordered_json(listed->back().number) : ordered_json(nullptr);
  co_return json_response(200, out.dump());
}

Task<ServerResponse> Api::add_opt_out(const ServerRequest& request, std::string by) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("number") || !body["number"].is_string()) {
    co_return to_response(request_invalid("number", "send {\"number\": \"+358401234567\"}"));
  }
  auto number = relay::admission::normalise_number(body["number"].get_ref<const std::string&>());
  if (!number) co_return to_response(wrong_number(number.error(), "number"));
  auto added =
      co_await parts_.outbox.add_opt_out({.number = *number, .source = "api", .at = parts_.runtime.clock.wall()});
  if (!added) co_return to_response(from_error(added.error()));
  if (*added) {
    parts_.runtime.log.info("opt_out_added", {{"number", relay::masked_number(*number)}, {"by", by}});
  }
  auto listed = co_await parts_.outbox.find_opt_out(std::move(*number));
  if (!listed) co_return to_response(from_error(listed.error()));
  co_return json_response(*added ? 201 : 200, opt_out_json(*listed).dump());
}

Task<ServerResponse> Api::one_opt_out(const ServerRequest& request, std::string by) {
  auto number = relay::admission::normalise_number(request.path.substr(one_path.size()));
  if (!number) co_return to_response(wrong_number(number.error(), ""));
  if (is_read(request)) {
    auto found = co_await parts_.outbox.find_opt_out(std::move(*number));
    if (!found) co_return to_response(from_error(found.error()));
    co_return json_response(200, opt_out_json(*found).dump());
  }
  if (request.method != "DELETE") co_return to_response(method_not_allowed("GET, DELETE"));
  const std::string masked = relay::masked_number(*number);
  auto removed = co_await parts_.outbox.remove_opt_out(std::move(*number));
  if (!removed) co_return to_response(from_error(removed.error()));
  if (!*removed) co_return to_response(not_found("this number is not on the opt-out list"));
  parts_.runtime.log.info("opt_out_removed", {{"number", masked}, {"by", by}});
  co_return json_response(200, "{}");
}

ServerResponse Api::usage(relay::AppId app) const {
  const relay::Timeline& timeline = parts_.outbox.timeline();
  const relay::outbox::Counters& counters = parts_.outbox.counters();
  const relay::TimelineTime now = timeline.now();
  const auto found = counters.usage.find(app);
  const std::int64_t daily_limit = found == counters.usage.end() ? 0 : found->second.daily_limit;
  ordered_json out;
  out["parts_today"] = counters.parts_today(app, now);
  out["daily_limit"] = daily_limit > 0 ? ordered_json(daily_limit) : ordered_json(nullptr);
  out["resets_at"] = relay::format_rfc3339(timeline.to_wall(relay::outbox::end_of_day(now)));
  return json_response(200, out.dump());
}

}  // namespace firmware::api
