#include <span>

#include "bridge/store/operations.hpp"
#include "relay/base/concat.hpp"

/// Writing single rows of what is configured.
namespace bridge::store {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::from_ms;
using relay::to_ms;

namespace {

Bytes bytes_of(const Digest& digest) {
  return {std::string{reinterpret_cast<const char*>(digest.data()), digest.size()}};
}

Digest digest_of(const std::string& bytes) {
  Digest out{};
  const auto from = std::as_bytes(std::span{bytes});
  for (std::size_t i = 0; i < out.size() && i < from.size(); ++i) out[i] = from[i];
  return out;
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// How many rows were written. The database's own words of a broken rule name tables; `conflict` is for whoever made
/// the request.
Result<std::int64_t> written(Result<Answer> answer, std::string_view conflict = "") {
  if (answer) return answer->changed;
  if (answer.error().code == ErrorCode::conflict && !conflict.empty())
    return fail(ErrorCode::conflict, std::string{conflict});
  return std::unexpected(std::move(answer.error()));
}

std::unexpected<relay::Error> changed_meanwhile(std::string_view what) {
  return fail(ErrorCode::conflict, concat("the ", what, " was changed by another request meanwhile; try again"));
}

}  // namespace

Result<std::int64_t> Operations::apply(const Tenant& row) {
  auto done = written(sql_.run(
      "INSERT INTO tenants (name, demo, wrapped_key, key_version, created_at, version) VALUES ($1, $2, $3, $4, $5, "
      "$6 + 1) ON CONFLICT (name) DO UPDATE SET demo = excluded.demo, wrapped_key = excluded.wrapped_key, "
      "key_version = excluded.key_version, version = excluded.version WHERE tenants.version = excluded.version - 1",
      row.name, row.demo, Bytes{row.wrapped_key}, row.key_version, to_ms(row.created_at), row.version));
  if (done && *done == 0) return changed_meanwhile("tenant");
  return done;
}

Result<std::int64_t> Operations::apply(const Box& row) {
  auto done = written(
      sql_.run("INSERT INTO boxes (tenant, name, created_at, code, code_expires_at, certificate, "
               "previous_certificate, certificate_expires_at, revoked, version, code_spent) VALUES ($1, $2, $3, $4, "
               "$5, $6, $7, "
               "$8, $9, $10 + 1, $11) ON CONFLICT (tenant, name) DO UPDATE SET code = excluded.code, code_expires_at = "
               "excluded.code_expires_at, certificate = excluded.certificate, previous_certificate = "
               "excluded.previous_certificate, certificate_expires_at = excluded.certificate_expires_at, revoked = "
               "excluded.revoked, version = excluded.version, code_spent = excluded.code_spent, heard_at = CASE WHEN "
               "boxes.certificate = "
               "excluded.certificate THEN boxes.heard_at END WHERE boxes.version = excluded.version - 1",
               row.tenant, row.name, to_ms(row.created_at),
               row.code ? std::optional(bytes_of(*row.code)) : std::nullopt, to_ms(row.code_expires_at),
               or_null(row.certificate), or_null(row.previous_certificate), to_ms(row.certificate_expires_at),
               row.revoked, row.version, row.code_spent),
      "there is no such tenant");
  if (done && *done == 0) return changed_meanwhile("box");
  return done;
}

Result<std::int64_t> Operations::apply(const Credential& row) {
  auto done = written(
      sql_.run("INSERT INTO credentials (tenant, kind, account, sealed, key_version) VALUES ($1, $2, $3, $4, $5) ON "
               "CONFLICT (kind, account) DO UPDATE SET sealed = excluded.sealed, key_version = excluded.key_version "
               "WHERE credentials.tenant = excluded.tenant",
               row.tenant, row.kind, row.account, Bytes{row.sealed}, row.key_version),
      "there is no such tenant");
  if (done && *done == 0) return fail(ErrorCode::conflict, "another tenant has this account");
  return done;
}

Result<std::int64_t> Operations::apply(const Route& row) {
  auto done = written(sql_.run("INSERT INTO routes (kind, value, tenant, box) VALUES ($1, $2, $3, $4) ON CONFLICT "
                               "(kind, value, tenant) DO UPDATE SET box = excluded.box",
                               row.kind, row.value, row.tenant, or_null(row.box)),
                      "another tenant has this topic, or there is no such box");
  if (!done || row.kind != Route::Kind::number || row.box.empty()) return done;
  if (auto adopted = adopt(row); !adopted) return std::unexpected(adopted.error());
  return done;
}

Result<std::int64_t> Operations::apply(const Token& row) {
  return written(sql_.run("INSERT INTO tokens (name, tenant, scope, hash, created_at) VALUES ($1, $2, $3, $4, $5)",
                          row.name, row.tenant, row.scope, bytes_of(row.hash), to_ms(row.created_at)),
                 "a token of this name is in use; revoke it first");
}

Result<std::int64_t> Operations::apply(const DropBox& row) {
  return written(sql_.run("DELETE FROM boxes WHERE tenant = $1 AND name = $2", row.tenant, row.name),
                 "routes lead to this box; remove them first");
}

Result<std::int64_t> Operations::apply(const DropCredential& row) {
  return written(sql_.run("DELETE FROM credentials WHERE tenant = $1 AND kind = $2 AND account = $3", row.tenant,
                          row.kind, row.account));
}

Result<std::int64_t> Operations::apply(const DropRoute& row) {
  return written(
      sql_.run("DELETE FROM routes WHERE kind = $1 AND tenant = $2 AND value = $3", row.kind, row.tenant, row.value));
}

Result<std::int64_t> Operations::apply(const DropToken& row) {
  return written(sql_.run("DELETE FROM tokens WHERE tenant = $1 AND name = $2", row.tenant, row.name));
}

/// A secret that was sealed while the key was replaced would never open again.
Result<void> Operations::check_keys() {
  const auto found = sql_.run(
      "SELECT 1 FROM credentials c JOIN tenants t ON t.name = c.tenant WHERE c.key_version <> t.key_version LIMIT 1");
  if (!found) return std::unexpected(found.error());
  if (found->rows.empty()) return {};
  return changed_meanwhile("tenant's key");
}

Result<bool> Operations::change(const std::vector<Change>& changes, const AuditEntry& entry) {
  for (const Change& one : changes) {
    auto done = std::visit([this](const auto& row) { return apply(row); }, one);
    if (!done) return std::unexpected(done.error());
    if (*done == 0) return fail(ErrorCode::not_found, "there is no such thing to remove");
  }
  if (auto good = check_keys(); !good) return std::unexpected(good.error());
  const auto noted = sql_.run("INSERT INTO audit (at, actor, tenant, action, object) VALUES ($1, $2, $3, $4, $5)",
                              to_ms(entry.at), entry.actor, entry.tenant, entry.action, entry.object);
  if (!noted) return std::unexpected(noted.error());
  if (auto told = sql_.announce(""); !told) return std::unexpected(told.error());
  return true;
}

Result<Snapshot> Operations::load() {
  if (auto begun = sql_.begin_snapshot(); !begun) return std::unexpected(begun.error());
  auto out = read_all();
  sql_.end_snapshot();
  return out;
}

Result<Snapshot> Operations::read_all() {
  Snapshot out;
  const auto tenants =
      sql_.run("SELECT name, demo, wrapped_key, key_version, created_at, version FROM tenants ORDER BY name");
  if (!tenants) return std::unexpected(tenants.error());
  for (const Row& row : tenants->rows) {
    out.tenants.push_back({.name = row.text(0),
                           .demo = row.integer(1) != 0,
                           .wrapped_key = row.bytes(2),
                           .key_version = static_cast<int>(row.integer(3)),
                           .created_at = from_ms<WallTime>(row.integer(4)),
                           .version = row.integer(5)});
  }
  const auto boxes = sql_.run(
      "SELECT tenant, name, created_at, code, code_expires_at, certificate, previous_certificate, "
      "certificate_expires_at, revoked, version, code_spent FROM boxes ORDER BY tenant, name");
  if (!boxes) return std::unexpected(boxes.error());
  for (const Row& row : boxes->rows) {
    out.boxes.push_back({.tenant = row.text(0),
                         .name = row.text(1),
                         .created_at = from_ms<WallTime>(row.integer(2)),
                         .code = row.is_null(3) ? std::nullopt : std::optional(digest_of(row.bytes(3))),
                         .code_expires_at = from_ms<WallTime>(row.integer(4)),
                         .code_spent = row.integer(10) != 0,
                         .certificate = row.text(5),
                         .previous_certificate = row.text(6),
                         .certificate_expires_at = from_ms<WallTime>(row.integer(7)),
                         .revoked = row.integer(8) != 0,
                         .version = row.integer(9)});
  }
  const auto credentials = sql_.run("SELECT tenant, kind, account, sealed, key_version FROM credentials");
  if (!credentials) return std::unexpected(credentials.error());
  for (const Row& row : credentials->rows) {
    out.credentials.push_back({.tenant = row.text(0),
                               .kind = row.text(1),
                               .account = row.text(2),
                               .sealed = row.bytes(3),
                               .key_version = static_cast<int>(row.integer(4))});
  }
  const auto routes = sql_.run("SELECT kind, value, tenant, box FROM routes");
  if (!routes) return std::unexpected(routes.error());
  for (const Row& row : routes->rows) {
    out.routes.push_back(
        {.kind = row.as<Route::Kind>(0), .value = row.text(1), .tenant = row.text(2), .box = row.text(3)});
  }
  const auto tokens = sql_.run("SELECT name, tenant, scope, hash, created_at FROM tokens");
  if (!tokens) return std::unexpected(tokens.error());
  for (const Row& row : tokens->rows) {
    out.tokens.push_back({.name = row.text(0),
                          .tenant = row.text(1),
                          .scope = row.as<Token::Scope>(2),
                          .hash = digest_of(row.bytes(3)),
                          .created_at = from_ms<WallTime>(row.integer(4))});
  }
  return out;
}

}  // namespace bridge::store
