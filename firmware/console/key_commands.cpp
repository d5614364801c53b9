#include "firmware/console/key_commands.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "relay/http/server.hpp"

namespace firmware::console {
namespace {

using nlohmann::json;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

}  // namespace

Task<Result<std::string>> add_key(AdminClient& client, std::string name, std::string message_class, int weight,
                                  std::int64_t daily_limit) {
  json wish{{"name", name}, {"class", message_class}, {"weight", weight}};
  if (daily_limit > 0) wish["daily_limit"] = daily_limit;
  auto answer = co_await client.call("POST", "/v1/admin/keys", wish.dump());
  if (!answer) co_return std::unexpected(answer.error());
  const auto made = json::parse(*answer, nullptr, false);
  if (!made.is_object())
    co_return fail(ErrorCode::corrupt,
                   "the daemon's answer is not what this relayctl expects; are both of one version?");
  co_return "Key of " + name + ". It is shown this once; only its digest is kept.\n" + made.value("key", "") + "\n";
}

Task<Result<std::string>> list_keys(AdminClient& client) {
  auto answer = co_await client.call("GET", "/v1/admin/keys", "");
  if (!answer) co_return std::unexpected(answer.error());
  const auto listed = json::parse(*answer, nullptr, false);
  if (!listed.is_object())
    co_return fail(ErrorCode::corrupt,
                   "the daemon's answer is not what this relayctl expects; are both of one version?");
  std::string out = padded("NAME", 24) + padded("KEY", 14) + padded("CLASS", 8) + padded("WEIGHT", 8) +
                    padded("LIMIT", 9) + padded("STATE", 9) + "CREATED\n";
  for (const auto& key : listed.value("keys", json::array())) {
    const json limit = key.value("daily_limit", json{});
    out += padded(key.value("name", ""), 24) + padded(key.value("key_prefix", "") + "...", 14) +
           padded(key.value("class", ""), 8) + padded(std::to_string(key.value("weight", 1)), 8) +
           padded(limit.is_number() ? limit.dump() : "none", 9) +
           padded(key.value("revoked", false) ? "revoked" : "active", 9) + key.value("created_at", "") + "\n";
  }
  co_return out;
}

Task<Result<std::string>> limit_key(AdminClient& client, std::string name, std::int64_t daily_limit) {
  const json change{{"daily_limit", daily_limit > 0 ? json(daily_limit) : json(nullptr)}};
  auto answer = co_await client.call("PATCH", "/v1/admin/keys/" + relay::http::percent_encode(name), change.dump());
  if (!answer) co_return std::unexpected(answer.error());
  co_return name + (daily_limit > 0 ? " may send " + std::to_string(daily_limit) + " message parts a day (UTC).\n"
                                    : " may send without a daily limit.\n");
}

Task<Result<std::string>> revoke_key(AdminClient& client, std::string name) {
  auto answer = co_await client.call("DELETE", "/v1/admin/keys/" + relay::http::percent_encode(name), "");
  if (!answer) co_return std::unexpected(answer.error());
  co_return "The key of " + name + " is revoked.\n";
}

Task<Result<std::string>> show_health(AdminClient& client) {
  auto answer = co_await client.call("GET", "/v1/health", "");
  if (!answer) co_return std::unexpected(answer.error());
  const auto report = json::parse(*answer, nullptr, false);
  co_return (report.is_discarded() ? *answer : report.dump(2)) + "\n";
}

}  // namespace firmware::console
