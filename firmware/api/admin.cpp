// The box's own API on its Unix socket: what relayctl speaks. Who may connect is decided by the socket's permissions.

#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using nlohmann::ordered_json;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view keys_path = "/v1/admin/keys";
constexpr std::string_view key_path = "/v1/admin/keys/";

ordered_json application_json(const relay::outbox::Application& application) {
  ordered_json out;
  out["name"] = application.name;
  out["key_prefix"] = application.key_prefix;
  out["class"] = relay::name_of(application.default_class);
  out["weight"] = application.weight;
  out["daily_limit"] = application.daily_limit > 0 ? ordered_json(application.daily_limit) : ordered_json(nullptr);
  out["created_at"] = relay::format_rfc3339(application.created_at);
  out["revoked"] = application.revoked;
  return out;
}

/// The member daily_limit of `body`: 0 for null or none given. What is no whole number above 0 becomes -1, which the
/// key ring refuses with a sentence.
std::int64_t daily_limit_in(const nlohmann::json& body) {
  if (!body.contains("daily_limit") || body["daily_limit"].is_null()) return 0;
  if (!body["daily_limit"].is_number_integer()) return -1;
  const auto limit = body["daily_limit"].get<std::int64_t>();
  return limit > 0 ? limit : -1;
}

}  // namespace

Task<ServerResponse> Api::answer_admin(const ServerRequest& request) {
  auto health = co_await answer_health(request);
  if (health) co_return std::move(*health);
  auto maintained = co_await answer_maintenance(request);
  if (maintained) co_return std::move(*maintained);
  if (request.path == keys_path) {
    if (request.method == "POST") co_return co_await add_key(request);
    if (request.method == "GET") co_return list_keys();
    co_return to_response(method_not_allowed("GET, POST"));
  }
  if (request.path.starts_with(key_path)) {
    if (request.method == "PATCH") co_return co_await change_key(request, request.path.substr(key_path.size()));
    if (request.method != "DELETE") co_return to_response(method_not_allowed("DELETE, PATCH"));
    auto revoked = co_await parts_.keys.revoke(request.path.substr(key_path.size()));
    if (!revoked) co_return to_response(from_error(revoked.error()));
    parts_.runtime.log.info("key_revoked", {{"name", request.path.substr(key_path.size())}, {"by", request.peer}});
    parts_.keys_changed();
    co_return json_response(200, "{}");
  }
  if (request.path.starts_with("/v1/opt-outs")) co_return co_await opt_outs(request, request.peer);
  if (request.path == "/v1/modems" || request.path.starts_with("/v1/modems/"))
    co_return co_await answer_modems(request, Viewer::admin);
  co_return to_response(not_found("docs/api.md lists the paths of the admin socket"));
}

Task<ServerResponse> Api::change_key(const ServerRequest& request, std::string name) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("daily_limit")) {
    co_return to_response(request_invalid("daily_limit", "send {\"daily_limit\": N}, N message parts a day, or null"));
  }
  auto set = co_await parts_.keys.set_daily_limit(name, daily_limit_in(body));
  if (!set) co_return to_response(from_error(set.error()));
  parts_.runtime.log.info("key_limited", {{"name", name}, {"daily_limit", daily_limit_in(body)}, {"by", request.peer}});
  parts_.keys_changed();
  co_return json_response(200, "{}");
}

Task<ServerResponse> Api::add_key(const ServerRequest& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("name") || !body["name"].is_string()) {
    co_return to_response(request_invalid("name", "send {\"name\": \"...\"}"));
  }
  const auto word =
      body.contains("class") && body["class"].is_string() ? body["class"].get<std::string>() : std::string{"info"};
  const auto default_class = relay::parse_message_class(word);
  if (!default_class) {
    co_return to_response(request_invalid("class", "class must be one of alarm, otp, once, info, bulk"));
  }
  // What is no whole number from 1 to 100 becomes 0, which the key ring refuses with a sentence; no silent wrap-around.
  std::int64_t weight = 1;
  if (body.contains("weight")) weight = body["weight"].is_number_integer() ? body["weight"].get<std::int64_t>() : 0;
  const int checked_weight = weight >= 1 && weight <= 100 ? static_cast<int>(weight) : 0;
  auto added =
      co_await parts_.keys.add(body["name"].get<std::string>(), *default_class, checked_weight, daily_limit_in(body));
  if (!added) co_return to_response(from_error(added.error()));
  parts_.runtime.log.info("key_added", {{"name", added->application.name}, {"by", request.peer}});
  parts_.keys_changed();
  ordered_json out = application_json(added->application);
  out["key"] = added->key;
  co_return json_response(201, out.dump());
}

ServerResponse Api::list_keys() const {
  ordered_json out;
  out["keys"] = ordered_json::array();
  for (const auto& application : parts_.keys.applications()) out["keys"].push_back(application_json(application));
  return json_response(200, out.dump());
}

}  // namespace firmware::api
