#include <span>

#include "bridge/store/database.hpp"
#include "relay/base/concat.hpp"
#include "relay/sqlite/query.hpp"

/// Writing single rows of what is configured.
namespace bridge::store {

using relay::ErrorCode;
using relay::fail;
using relay::from_ms;
using relay::to_ms;
using relay::sqlite::Query;

namespace {

std::span<const std::byte> blob(const std::string& bytes) { return std::as_bytes(std::span{bytes}); }

std::string bytes_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest digest_of(std::span<const std::byte> bytes) {
  Digest out{};
  for (std::size_t i = 0; i < out.size() && i < bytes.size(); ++i) out[i] = bytes[i];
  return out;
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// The store's own words of a broken rule name tables; these are for whoever made the request.
template <class T>
Result<T> in_words(Result<T> result, std::string_view conflict) {
  if (!result && result.error().code == ErrorCode::conflict) return fail(ErrorCode::conflict, std::string{conflict});
  return result;
}

}  // namespace

Result<std::int64_t> Database::apply(const Tenant& row) {
  return Query(database_,
               "INSERT INTO tenants (name, demo, wrapped_key, key_version, created_at) VALUES (?, ?, ?, ?, ?) ON "
               "CONFLICT (name) DO UPDATE SET demo = excluded.demo, wrapped_key = excluded.wrapped_key, key_version = "
               "excluded.key_version")
      .bind(row.name, row.demo, blob(row.wrapped_key), row.key_version, to_ms(row.created_at))
      .run();
}

Result<std::int64_t> Database::apply(const Box& row) {
  Query q(
      database_,
      "INSERT INTO boxes (tenant, name, created_at, code, code_expires_at, certificate, previous_certificate, "
      "certificate_expires_at, revoked, code_spent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, name) "
      "DO "
      "UPDATE SET code = excluded.code, code_expires_at = excluded.code_expires_at, code_spent = excluded.code_spent, "
      "certificate = excluded.certificate, "
      "previous_certificate = excluded.previous_certificate, certificate_expires_at = "
      "excluded.certificate_expires_at, revoked = excluded.revoked");
  q.bind(row.tenant, row.name, to_ms(row.created_at));
  if (row.code) {
    q.bind(std::span<const std::byte>(*row.code));
  } else {
    q.bind(nullptr);
  }
  q.bind(to_ms(row.code_expires_at), or_null(row.certificate), or_null(row.previous_certificate),
         to_ms(row.certificate_expires_at), row.revoked, row.code_spent);
  return in_words(q.run(), "there is no such tenant");
}

Result<std::int64_t> Database::apply(const Credential& row) {
  auto done = in_words(Query(database_,
                             "INSERT INTO credentials (tenant, kind, account, sealed, key_version) VALUES (?, ?, ?, ?, "
                             "?) ON CONFLICT (kind, account) DO UPDATE SET sealed = excluded.sealed, key_version = "
                             "excluded.key_version WHERE tenant = excluded.tenant")
                           .bind(row.tenant, row.kind, row.account, blob(row.sealed), row.key_version)
                           .run(),
                       "there is no such tenant");
  if (done && *done == 0) return fail(ErrorCode::conflict, "another tenant has this account");
  return done;
}

Result<std::int64_t> Database::apply(const Route& row) {
  auto done = in_words(
      Query(database_,
            "INSERT INTO routes (kind, value, tenant, box) VALUES (?, ?, ?, ?) ON CONFLICT (kind, value, tenant) DO "
            "UPDATE SET box = excluded.box")
          .bind(row.kind, row.value, row.tenant, or_null(row.box))
          .run(),
      "another tenant has this topic, or there is no such box");
  if (!done || row.kind != Route::Kind::number || row.box.empty()) return done;
  if (auto adopted = adopt(row); !adopted) return std::unexpected(adopted.error());
  return done;
}

Result<std::int64_t> Database::apply(const Token& row) {
  return in_words(
      Query(database_, "INSERT INTO tokens (name, tenant, scope, hash, created_at) VALUES (?, ?, ?, ?, ?)")
          .bind(row.name, row.tenant, row.scope, std::span<const std::byte>(row.hash), to_ms(row.created_at))
          .run(),
      "a token of this name is in use; revoke it first");
}

Result<std::int64_t> Database::apply(const DropBox& row) {
  return in_words(Query(database_, "DELETE FROM boxes WHERE tenant = ? AND name = ?").bind(row.tenant, row.name).run(),
                  "routes lead to this box; remove them first");
}

Result<std::int64_t> Database::apply(const DropCredential& row) {
  return Query(database_, "DELETE FROM credentials WHERE tenant = ? AND kind = ? AND account = ?")
      .bind(row.tenant, row.kind, row.account)
      .run();
}

Result<std::int64_t> Database::apply(const DropRoute& row) {
  return Query(database_, "DELETE FROM routes WHERE kind = ? AND tenant = ? AND value = ?")
      .bind(row.kind, row.tenant, row.value)
      .run();
}

Result<std::int64_t> Database::apply(const DropToken& row) {
  return Query(database_, "DELETE FROM tokens WHERE tenant = ? AND name = ?").bind(row.tenant, row.name).run();
}

Result<bool> Database::change(const std::vector<Change>& changes, const AuditEntry& entry) {
  for (const Change& one : changes) {
    auto done = std::visit([this](const auto& row) { return apply(row); }, one);
    if (!done) return std::unexpected(done.error());
    if (*done == 0) return fail(ErrorCode::not_found, "there is no such thing to remove");
  }
  const auto noted = Query(database_, "INSERT INTO audit (at, actor, tenant, action, object) VALUES (?, ?, ?, ?, ?)")
                         .bind(to_ms(entry.at), entry.actor, entry.tenant, entry.action, entry.object)
                         .run();
  if (!noted) return std::unexpected(noted.error());
  return true;
}

Result<Snapshot> Database::load() {
  Snapshot out;
  Query tenants(database_, "SELECT name, demo, wrapped_key, key_version, created_at FROM tenants ORDER BY name");
  auto row = tenants.step();
  for (; row && *row; row = tenants.step()) {
    out.tenants.push_back({.name = tenants.text(0),
                           .demo = tenants.integer(1) != 0,
                           .wrapped_key = bytes_of(tenants.blob(2)),
                           .key_version = static_cast<int>(tenants.integer(3)),
                           .created_at = from_ms<WallTime>(tenants.integer(4))});
  }
  if (!row) return std::unexpected(row.error());
  Query boxes(database_,
              "SELECT tenant, name, created_at, code, code_expires_at, certificate, previous_certificate, "
              "certificate_expires_at, revoked, code_spent FROM boxes ORDER BY tenant, name");
  for (row = boxes.step(); row && *row; row = boxes.step()) {
    out.boxes.push_back({.tenant = boxes.text(0),
                         .name = boxes.text(1),
                         .created_at = from_ms<WallTime>(boxes.integer(2)),
                         .code = boxes.is_null(3) ? std::nullopt : std::optional(digest_of(boxes.blob(3))),
                         .code_expires_at = from_ms<WallTime>(boxes.integer(4)),
                         .code_spent = boxes.integer(9) != 0,
                         .certificate = boxes.text(5),
                         .previous_certificate = boxes.text(6),
                         .certificate_expires_at = from_ms<WallTime>(boxes.integer(7)),
                         .revoked = boxes.integer(8) != 0});
  }
  if (!row) return std::unexpected(row.error());
  Query credentials(database_, "SELECT tenant, kind, account, sealed, key_version FROM credentials");
  for (row = credentials.step(); row && *row; row = credentials.step()) {
    out.credentials.push_back({.tenant = credentials.text(0),
                               .kind = credentials.text(1),
                               .account = credentials.text(2),
                               .sealed = bytes_of(credentials.blob(3)),
                               .key_version = static_cast<int>(credentials.integer(4))});
  }
  if (!row) return std::unexpected(row.error());
  Query routes(database_, "SELECT kind, value, tenant, box FROM routes");
  for (row = routes.step(); row && *row; row = routes.step()) {
    out.routes.push_back(
        {.kind = routes.as<Route::Kind>(0), .value = routes.text(1), .tenant = routes.text(2), .box = routes.text(3)});
  }
  if (!row) return std::unexpected(row.error());
  Query tokens(database_, "SELECT name, tenant, scope, hash, created_at FROM tokens");
  for (row = tokens.step(); row && *row; row = tokens.step()) {
    out.tokens.push_back({.name = tokens.text(0),
                          .tenant = tokens.text(1),
                          .scope = tokens.as<Token::Scope>(2),
                          .hash = digest_of(tokens.blob(3)),
                          .created_at = from_ms<WallTime>(tokens.integer(4))});
  }
  if (!row) return std::unexpected(row.error());
  return out;
}

}  // namespace bridge::store
