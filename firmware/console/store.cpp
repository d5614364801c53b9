#include "firmware/console/store.hpp"

#include <algorithm>
#include <array>

#include "firmware/console/host.hpp"
#include "relay/base/concat.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/sqlite/query.hpp"
#include "relay/sqlite/transaction.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::sqlite::Query;
using Salt = std::array<std::byte, 16>;

constexpr std::int64_t application_id = 0x45524331;  // "ERC1"
constexpr std::int64_t schema_version = 1;
constexpr std::size_t least_password = 10;
constexpr std::size_t most_password = 128;

constexpr const char* schema = R"sql(
CREATE TABLE users (
  name TEXT PRIMARY KEY,
  role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),
  rounds INTEGER NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  must_change INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE label (                  -- the password on the box's label: what forget_users() comes back to
  one INTEGER PRIMARY KEY CHECK (one = 1),
  rounds INTEGER NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TABLE failed_logins (origin TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  origin TEXT NOT NULL,
  user TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE TABLE revisions (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE candidate (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL) STRICT;
CREATE TABLE unconfirmed (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL,
  by TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  until INTEGER NOT NULL              -- steady milliseconds of that boot
) STRICT;
)sql";

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, fits);
}

Result<void> done(const Result<std::int64_t>& run) {
  if (!run) return std::unexpected(run.error());
  return {};
}

Salt new_salt(relay::Random& random) {
  Salt salt{};
  random.fill(salt);
  return salt;
}

}  // namespace

relay::Millis delay_after(int failures) {
  if (failures <= 0) return relay::Millis{0};
  if (failures < 5) return std::chrono::seconds{1 << (failures - 1)};
  return std::min<relay::Millis>(std::chrono::minutes{1 << std::min(failures - 5, 4)}, std::chrono::minutes{15});
}

std::optional<std::string> weakness_of(std::string_view password, std::string_view user) {
  if (password.size() < least_password) return concat("a password has at least ", least_password, " characters");
  if (password.size() > most_password) return concat("a password has at most ", most_password, " characters");
  if (password.find(user) != std::string_view::npos) return "a password must not contain the user's name";
  if (std::ranges::all_of(password, [&](char c) { return c == password.front(); }))
    return "a password must not be one character repeated";
  return std::nullopt;
}

Result<Store> Store::open(const std::string& path, relay::Clock& clock, relay::Random& random, unsigned rounds) {
  auto database = relay::sqlite::Database::open(path);
  if (!database) return std::unexpected(database.error());
  Store store(std::move(*database), clock, random, rounds);
  if (auto prepared = store.prepare(); !prepared) return std::unexpected(prepared.error());
  store.identity_ = Host::file_identity(path);
  return store;
}

Result<bool> Store::follow_file() {
  const std::string path = database_.path();
  if (Host::file_identity(path) == identity_) return false;
  auto other = open(path, *clock_, *random_, rounds_);
  if (!other) return std::unexpected(other.error());
  *this = std::move(*other);
  return true;
}

Result<void> Store::make_as_new(const std::string& path) {
  Query label(database_, "SELECT rounds, salt, hash FROM label");
  const auto row = label.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) {
    return fail(ErrorCode::not_found,
                "this box has no label password, and nobody could log in again; as root: relayctl user label-password");
  }
  Host::remove_file(path);
  auto fresh = open(path, *clock_, *random_, rounds_);
  if (!fresh) return std::unexpected(fresh.error());
  const auto kept = Query(fresh->database_, "INSERT INTO label (one, rounds, salt, hash) VALUES (1, ?, ?, ?)")
                        .bind(label.integer(0), label.blob(1), label.blob(2))
                        .run();
  if (!kept) return std::unexpected(kept.error());
  if (auto made = fresh->forget_users(); !made) return made;
  Host::remove_file(path + "-journal");
  return {};
}

Result<void> Store::prepare() {
  auto set = database_.execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL");
  if (!set) return set;
  relay::sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return transaction.begun();
  const auto version = database_.integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == schema_version) return {};
  const auto tables = database_.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*version != 0 || *tables != 0) {
    return fail(ErrorCode::conflict, database_.path() + " was written by another release of the console (schema " +
                                         std::to_string(*version) + "); install that release again");
  }
  auto made = database_.execute(
      concat(schema, "PRAGMA application_id = ", application_id, "; PRAGMA user_version = ", schema_version));
  if (!made) return made;
  return transaction.commit();
}

// --- users
// -----------------------------------------------------------------------------------------------------------------

Result<std::vector<User>> Store::users() {
  std::vector<User> all;
  Query q(database_, "SELECT name, role, must_change, created_at FROM users ORDER BY name");
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    all.push_back({q.text(0), q.as<Role>(1), q.integer(2) != 0, relay::from_ms<relay::WallTime>(q.integer(3))});
  }
  if (!row) return std::unexpected(row.error());
  return all;
}

Result<void> Store::add_user(const std::string& name, Role role, std::string_view password, bool must_change) {
  if (!is_name(name))
    return fail(ErrorCode::invalid_argument, "a user's name has 1 to 32 of a to z, 0 to 9, dot and hyphen");
  if (auto weakness = weakness_of(password, name)) return fail(ErrorCode::invalid_argument, *weakness);
  const auto present = users();
  if (!present) return std::unexpected(present.error());
  if (present->size() >= max_users) return fail(ErrorCode::full, concat("there are ", max_users, " users already"));
  const Salt salt = new_salt(*random_);
  Query q(database_,
          "INSERT INTO users (name, role, rounds, salt, hash, must_change, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)");
  const auto added = q.bind(name, role, rounds_, salt, relay::crypto::pbkdf2_sha512(password, salt, rounds_),
                            must_change, relay::to_ms(clock_->wall()))
                         .run();
  if (!added && added.error().code == ErrorCode::conflict)
    return fail(ErrorCode::conflict, "there is a user " + name + " already");
  return done(added);
}

Result<void> Store::set_password(const std::string& name, std::string_view password, bool must_change) {
  if (auto weakness = weakness_of(password, name)) return fail(ErrorCode::invalid_argument, *weakness);
  const Salt salt = new_salt(*random_);
  Query q(database_, "UPDATE users SET rounds = ?, salt = ?, hash = ?, must_change = ? WHERE name = ?");
  const auto set =
      q.bind(rounds_, salt, relay::crypto::pbkdf2_sha512(password, salt, rounds_), must_change, name).run();
  if (set && *set == 0) return fail(ErrorCode::not_found, "there is no user " + name);
  return done(set);
}

Result<void> Store::remove_user(const std::string& name) {
  relay::sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return transaction.begun();
  Query left(database_, "SELECT count(*) FROM users WHERE role = ? AND name <> ?");
  const auto row = left.bind(Role::admin, name).step();
  if (!row) return std::unexpected(row.error());
  if (left.integer(0) == 0) return fail(ErrorCode::conflict, name + " is the last administrator");
  const auto removed = Query(database_, "DELETE FROM users WHERE name = ?").bind(name).run();
  if (removed && *removed == 0) return fail(ErrorCode::not_found, "there is no user " + name);
  if (!removed) return done(removed);
  return transaction.commit();
}

Result<std::optional<User>> Store::check(const std::string& name, std::string_view password) {
  Query q(database_, "SELECT role, rounds, salt, hash, must_change, created_at FROM users WHERE name = ?");
  const auto row = q.bind(name).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) {
    [[maybe_unused]] const auto as_long = relay::crypto::pbkdf2_sha512(password, Salt{}, rounds_);
    return std::optional<User>{};
  }
  const auto hash = relay::crypto::pbkdf2_sha512(password, q.blob(2), static_cast<unsigned>(q.integer(1)));
  if (!relay::crypto::constant_time_equal(hash, q.blob(3))) return std::optional<User>{};
  return User{name, q.as<Role>(0), q.integer(4) != 0, relay::from_ms<relay::WallTime>(q.integer(5))};
}

Result<void> Store::set_label_password(std::string_view password) {
  if (auto weakness = weakness_of(password, "admin")) return fail(ErrorCode::invalid_argument, *weakness);
  const Salt salt = new_salt(*random_);
  const auto hash = relay::crypto::pbkdf2_sha512(password, salt, rounds_);
  return done(Query(database_, "INSERT OR REPLACE INTO label (one, rounds, salt, hash) VALUES (1, ?, ?, ?)")
                  .bind(rounds_, salt, hash)
                  .run());
}

Result<void> Store::forget_users() {
  relay::sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return transaction.begun();
  if (auto gone = database_.execute("DELETE FROM users; DELETE FROM failed_logins"); !gone) return gone;
  const auto back = Query(database_,
                          "INSERT INTO users (name, role, rounds, salt, hash, must_change, created_at) "
                          "SELECT 'admin', ?, rounds, salt, hash, 1, ? FROM label")
                        .bind(Role::admin, relay::to_ms(clock_->wall()))
                        .run();
  if (!back) return std::unexpected(back.error());
  if (*back == 0) return fail(ErrorCode::not_found, "this box has no label password to come back to");
  return transaction.commit();
}

Result<int> Store::failures(const std::string& origin) {
  Query q(database_, "SELECT count FROM failed_logins WHERE origin = ?");
  const auto row = q.bind(origin).step();
  if (!row) return std::unexpected(row.error());
  return *row ? static_cast<int>(q.integer(0)) : 0;
}

Result<void> Store::set_failures(const std::string& origin, int count) {
  return done(
      Query(database_, "INSERT OR REPLACE INTO failed_logins (origin, count) VALUES (?, ?)").bind(origin, count).run());
}

// --- audit
// -----------------------------------------------------------------------------------------------------------------

Result<void> Store::audit(const AuditEntry& entry) {
  relay::sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return transaction.begun();
  const auto added = Query(database_, "INSERT INTO audit (at, origin, user, action, outcome) VALUES (?, ?, ?, ?, ?)")
                         .bind(relay::to_ms(clock_->wall()), entry.origin, entry.user, entry.action, entry.outcome)
                         .run();
  if (!added) return done(added);
  const auto pruned =
      Query(database_, "DELETE FROM audit WHERE id <= ?").bind(database_.last_insert_id() - max_audit_entries).run();
  if (!pruned) return done(pruned);
  return transaction.commit();
}

Result<std::vector<AuditEntry>> Store::audited(int limit) {
  std::vector<AuditEntry> all;
  Query q(database_, "SELECT id, at, origin, user, action, outcome FROM audit ORDER BY id DESC LIMIT ?");
  q.bind(limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    all.push_back(
        {q.integer(0), relay::from_ms<relay::WallTime>(q.integer(1)), q.text(2), q.text(3), q.text(4), q.text(5)});
  }
  if (!row) return std::unexpected(row.error());
  std::ranges::reverse(all);
  return all;
}

// --- settings
// --------------------------------------------------------------------------------------------------------------

Result<std::optional<std::string>> Store::candidate() {
  Query q(database_, "SELECT text FROM candidate");
  const auto row = q.step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::optional{q.text(0)} : std::nullopt;
}

Result<void> Store::set_candidate(const std::optional<std::string>& text) {
  if (!text) return database_.execute("DELETE FROM candidate");
  return done(Query(database_, "INSERT OR REPLACE INTO candidate (one, text) VALUES (1, ?)").bind(*text).run());
}

Result<std::int64_t> Store::keep_revision(const std::string& text, const std::string& by) {
  relay::sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return std::unexpected(transaction.begun().error());
  std::int64_t id = 0;
  {
    Query newest(database_, "SELECT id, text FROM revisions ORDER BY id DESC LIMIT 1");
    const auto row = newest.step();
    if (!row) return std::unexpected(row.error());
    if (*row && newest.text(1) == text) id = newest.integer(0);
  }
  if (id != 0) return id;
  const auto added = Query(database_, "INSERT INTO revisions (at, by, text) VALUES (?, ?, ?)")
                         .bind(relay::to_ms(clock_->wall()), by, text)
                         .run();
  if (!added) return std::unexpected(added.error());
  id = database_.last_insert_id();
  const auto pruned = Query(database_, "DELETE FROM revisions WHERE id <= ?").bind(id - max_revisions).run();
  if (!pruned) return std::unexpected(pruned.error());
  if (auto committed = transaction.commit(); !committed) return std::unexpected(committed.error());
  return id;
}

Result<std::vector<Revision>> Store::revisions() {
  std::vector<Revision> all;
  Query q(database_, "SELECT id, at, by FROM revisions ORDER BY id DESC");
  auto row = q.step();
  for (; row && *row; row = q.step())
    all.push_back({q.integer(0), relay::from_ms<relay::WallTime>(q.integer(1)), q.text(2), {}});
  if (!row) return std::unexpected(row.error());
  return all;
}

Result<Revision> Store::revision(std::int64_t id) {
  Query q(database_, "SELECT id, at, by, text FROM revisions WHERE id = ?");
  const auto row = q.bind(id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row)
    return fail(ErrorCode::not_found, concat("there is no revision ", id, "; show config revisions lists them"));
  return Revision{q.integer(0), relay::from_ms<relay::WallTime>(q.integer(1)), q.text(2), q.text(3)};
}

Result<std::optional<Unconfirmed>> Store::unconfirmed() {
  Query q(database_, "SELECT revision, by, boot_id, until FROM unconfirmed");
  const auto row = q.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<Unconfirmed>{};
  return Unconfirmed{q.integer(0), q.text(1), q.text(2), relay::from_ms<relay::SteadyTime>(q.integer(3))};
}

Result<void> Store::set_unconfirmed(const std::optional<Unconfirmed>& change) {
  if (!change) return database_.execute("DELETE FROM unconfirmed");
  Query q(database_, "INSERT OR REPLACE INTO unconfirmed (one, revision, by, boot_id, until) VALUES (1, ?, ?, ?, ?)");
  return done(q.bind(change->revision, change->by, change->boot_id, relay::to_ms(change->until)).run());
}

}  // namespace firmware::console
