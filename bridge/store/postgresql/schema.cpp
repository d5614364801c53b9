#include "bridge/store/postgresql/schema.hpp"

#include <array>
#include <charconv>

#include "relay/base/concat.hpp"

namespace bridge::store::postgresql {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;

/// As SQLite's (sqlite_schema.cpp): truth values are integers, times milliseconds of the wall clock. Never change a
/// migration that was released; add one. Text is compared by its bytes ("C"), whatever the database's locale.
constexpr const char* version_1 = R"sql(
CREATE TABLE tenants (
  name TEXT COLLATE "C" PRIMARY KEY,
  demo BIGINT NOT NULL,
  wrapped_key BYTEA NOT NULL,
  key_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE boxes (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (name),
  name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  code BYTEA,
  code_expires_at BIGINT NOT NULL,
  code_spent BIGINT NOT NULL,
  certificate TEXT,
  previous_certificate TEXT,
  certificate_expires_at BIGINT NOT NULL,
  revoked BIGINT NOT NULL,
  version BIGINT NOT NULL,
  last_number BIGINT NOT NULL DEFAULT 0,
  acknowledged BIGINT NOT NULL DEFAULT 0,
  heard_at BIGINT,
  silent BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, name)
) WITH (fillfactor = 50);  -- its rows change with each event: room for them in the same page

CREATE TABLE credentials (
  tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (name),
  kind TEXT NOT NULL,
  account TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  key_version BIGINT NOT NULL,
  PRIMARY KEY (kind, account)
);

CREATE TABLE routes (
  kind BIGINT NOT NULL,
  value TEXT NOT NULL,
  tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (name),
  box TEXT COLLATE "C",
  PRIMARY KEY (kind, value, tenant),
  FOREIGN KEY (tenant, box) REFERENCES boxes (tenant, name)
);
CREATE UNIQUE INDEX routes_topic ON routes (value) WHERE kind = 1;

CREATE TABLE tokens (
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  scope BIGINT NOT NULL,
  hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE events (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant TEXT COLLATE "C" NOT NULL,
  box TEXT COLLATE "C",
  number BIGINT,
  fingerprint TEXT COLLATE "C" NOT NULL,
  ours TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_known ON events (tenant, fingerprint);
CREATE UNIQUE INDEX events_of_box ON events (tenant, box, number) WHERE box IS NOT NULL;
CREATE INDEX events_unrouted ON events (tenant, ours) WHERE box IS NULL;

CREATE TABLE subjects (
  tenant TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  rank BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (tenant, subject)
);

CREATE TABLE audit (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  tenant TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL
);
CREATE INDEX audit_of_tenant ON audit (tenant, id);

CREATE TABLE facts (
  name TEXT COLLATE "C" PRIMARY KEY,
  value TEXT NOT NULL
);
)sql";

constexpr std::array<const char*, 1> migrations{version_1};

/// "ERBR", as the application id of the SQLite file: no other program's advisory lock.
constexpr const char* lock = "SELECT pg_advisory_xact_lock(1163018834, 1)";

Result<int> version_of(Connection& connection) {
  const auto there = connection.execute("SELECT to_regclass('edge_bridge_schema') IS NOT NULL");
  if (!there) return std::unexpected(there.error());
  if (*there != "t") {
    const auto others =
        connection.execute("SELECT to_regclass('events') IS NOT NULL OR to_regclass('tenants') IS NOT NULL");
    if (!others) return std::unexpected(others.error());
    if (*others == "t")
      return fail(ErrorCode::conflict,
                  "the database has tables of another program: make one of its own for the bridge");
    return 0;
  }
  const auto text = connection.execute("SELECT coalesce(max(version), 0) FROM edge_bridge_schema");
  if (!text) return std::unexpected(text.error());
  int version = 0;
  std::from_chars(text->data(), text->data() + text->size(), version);
  return version;
}

/// The lock goes with the transaction: a node that is killed here keeps nobody waiting.
Result<bool> step(Connection& connection, std::span<const char* const> steps) {
  for (const char* sql : {"BEGIN", lock}) {
    if (auto done = connection.execute(sql); !done) return std::unexpected(done.error());
  }
  const auto version = version_of(connection);
  if (!version) return std::unexpected(version.error());
  const auto newest = static_cast<int>(steps.size());
  if (*version > newest) {
    return fail(ErrorCode::conflict,
                concat("the bridge's database has schema version ", *version, ", this program knows up to ", newest,
                       ": it was used by a newer edge-bridged; install that here too"));
  }
  if (*version == newest) return false;
  const std::string next = std::to_string(*version + 1);
  const std::string mark = *version == 0 ? "CREATE TABLE edge_bridge_schema (version BIGINT PRIMARY KEY); " : "";
  for (const std::string& sql : {mark + steps[static_cast<std::size_t>(*version)],
                                 "INSERT INTO edge_bridge_schema VALUES (" + next + ")", std::string{"COMMIT"}}) {
    if (auto done = connection.execute(sql); !done) return std::unexpected(done.error());
  }
  return true;
}

}  // namespace

std::span<const char* const> all_migrations() { return migrations; }

Result<void> migrate(Connection& connection, std::span<const char* const> steps) {
  while (true) {
    const auto stepped = step(connection, steps);
    // It has changed nothing.
    if (connection.alive() && connection.in_transaction()) (void)connection.execute("ROLLBACK");
    if (!stepped) return std::unexpected(stepped.error());
    if (!*stepped) return {};
  }
}

}  // namespace bridge::store::postgresql
