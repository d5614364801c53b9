#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

/// Applications.
namespace relay::outbox {

using sqlite::Query;

namespace {

constexpr std::int64_t max_applications = 64;

Application application_from(const Query& q) {
  Application a;
  a.id = static_cast<AppId>(q.integer(0));
  a.name = q.text(1);
  a.weight = static_cast<int>(q.integer(2));
  a.default_class = q.as<MessageClass>(3);
  a.key_prefix = q.text(4);
  const auto hash = q.blob(5);
  std::copy_n(hash.begin(), std::min(hash.size(), a.key_hash.size()), a.key_hash.begin());
  a.created_at = from_ms<WallTime>(q.integer(6));
  a.revoked = q.integer(7) != 0;
  a.daily_limit = q.integer(8);
  return a;
}

}  // namespace

Result<std::vector<Application>> Store::applications() {
  std::vector<Application> out;
  Query q(database_,
          "SELECT id, name, weight, default_class, key_prefix, key_hash, created_at, revoked, daily_limit FROM "
          "applications ORDER BY id");
  auto row = q.step();
  for (; row && *row; row = q.step()) out.push_back(application_from(q));
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<Application> Store::add_application(Application application, Effects& effects) {
  {
    Query q(database_, "SELECT count(*), coalesce(sum(name = ?), 0) FROM applications WHERE revoked = 0");
    const auto row = q.bind(application.name).step();
    if (!row) return std::unexpected(row.error());
    if (q.integer(1) > 0) {
      return fail(ErrorCode::conflict,
                  concat("there is an application \"", application.name, "\" already: revoke its key first"));
    }
    if (q.integer(0) >= max_applications) {
      return fail(ErrorCode::full, concat("there are ", max_applications, " applications already: revoke one first"));
    }
  }
  const auto done = Query(database_,
                          "INSERT INTO applications (name, weight, default_class, key_prefix, key_hash, created_at, "
                          "daily_limit) VALUES (?, ?, ?, ?, ?, ?, ?)")
                        .bind(application.name, application.weight, application.default_class, application.key_prefix,
                              application.key_hash, to_ms(application.created_at),
                              application.daily_limit > 0 ? std::optional(application.daily_limit) : std::nullopt)
                        .run();
  if (!done) return std::unexpected(done.error());
  application.id = static_cast<AppId>(database_.last_insert_id());
  application.revoked = false;
  if (application.daily_limit > 0) effects.daily_limits.emplace_back(application.id, application.daily_limit);
  return application;
}

Result<bool> Store::revoke_application(const std::string& name) {
  const auto done =
      Query(database_, "UPDATE applications SET revoked = 1 WHERE name = ? AND revoked = 0").bind(name).run();
  if (!done) return std::unexpected(done.error());
  return *done > 0;
}

}  // namespace relay::outbox
