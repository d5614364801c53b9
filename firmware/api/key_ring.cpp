#include "firmware/api/key_ring.hpp"

#include <algorithm>

#include "relay/base/ascii.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/token.hpp"

namespace firmware::api {
namespace {

using relay::ErrorCode;
using relay::fail;

constexpr std::string_view key_head = "er_";
constexpr std::size_t prefix_length = 9;  // "er_" and 30 bits: enough to recognise, nothing to guess by
constexpr std::size_t max_name_length = 64;
constexpr std::size_t max_applications = 64;
constexpr std::int64_t max_daily_limit = 1'000'000'000;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name_length &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::unexpected<relay::Error> wrong_limit() {
  return fail(ErrorCode::invalid_argument, "the daily limit must be 1 to 1000000000 message parts, or none");
}

}  // namespace

bool KeyRing::in_use(relay::AppId app) const {
  return std::ranges::any_of(applications_, [app](const auto& a) { return a.id == app && !a.revoked; });
}

relay::Task<relay::Result<bool>> KeyRing::load() {
  auto stored = co_await outbox_.applications();
  if (!stored) co_return std::unexpected(stored.error());
  applications_ = std::move(*stored);
  index();
  co_return true;
}

void KeyRing::index() {
  by_hash_.clear();
  for (std::size_t i = 0; i < applications_.size(); ++i) {
    if (!applications_[i].revoked) by_hash_.emplace(applications_[i].key_hash, i);
  }
}

relay::Task<relay::Result<KeyRing::NewKey>> KeyRing::add(std::string name, relay::MessageClass default_class,
                                                         int weight, std::int64_t daily_limit) {
  if (!is_name(name)) {
    co_return fail(ErrorCode::invalid_argument,
                   "the name must have 1 to 64 characters, each a lower-case letter, a digit or a hyphen");
  }
  if (weight < 1 || weight > 100) co_return fail(ErrorCode::invalid_argument, "the weight must be 1 to 100");
  if (daily_limit < 0 || daily_limit > max_daily_limit) co_return wrong_limit();
  if (by_hash_.size() >= max_applications) {
    co_return fail(ErrorCode::full, "the box has 64 keys already; revoke one first");
  }
  const std::string key = std::string{key_head} + relay::crypto::random_token(runtime_.random);
  relay::outbox::Application application;
  application.name = std::move(name);
  application.weight = weight;
  application.default_class = default_class;
  application.daily_limit = daily_limit;
  application.key_prefix = key.substr(0, prefix_length);
  application.key_hash = relay::crypto::sha256(key);
  application.created_at = runtime_.clock.wall();
  auto added = co_await outbox_.add_application(std::move(application));
  if (!added) co_return std::unexpected(added.error());
  auto loaded = co_await load();
  if (!loaded) co_return std::unexpected(loaded.error());
  co_return NewKey{std::move(*added), key};
}

relay::Task<relay::Result<bool>> KeyRing::set_daily_limit(std::string name, std::int64_t daily_limit) {
  if (daily_limit < 0 || daily_limit > max_daily_limit) co_return wrong_limit();
  auto set = co_await outbox_.set_daily_limit(name, daily_limit);
  if (!set) co_return std::unexpected(set.error());
  if (!*set) co_return fail(ErrorCode::not_found, "no key in use has the name " + name);
  co_return co_await load();
}

relay::Task<relay::Result<bool>> KeyRing::revoke(std::string name) {
  auto revoked = co_await outbox_.revoke_application(name);
  if (!revoked) co_return std::unexpected(revoked.error());
  if (!*revoked) co_return fail(ErrorCode::not_found, "no key in use has the name " + name);
  co_return co_await load();
}

KeyRing::Verdict KeyRing::check(std::string_view authorization, const std::string& peer) {
  const auto now = runtime_.clock.steady();
  if (failures_.is_over(peer, now)) return {.kind = Verdict::Kind::too_many_failures};
  constexpr std::string_view scheme = "bearer ";
  const bool bearer =
      authorization.size() > scheme.size() && relay::equal_without_case(authorization.substr(0, scheme.size()), scheme);
  if (bearer) {
    // Looked up by digest: how long that takes says nothing of any key.
    const auto found = by_hash_.find(relay::crypto::sha256(authorization.substr(scheme.size())));
    if (found != by_hash_.end()) return {Verdict::Kind::granted, &applications_[found->second]};
  }
  failures_.note(peer, now);
  return {.kind = Verdict::Kind::refused};
}

}  // namespace firmware::api
