#include <array>

#include "bridge/store/sqlite_store.hpp"

namespace bridge::store {
namespace {

/// Times are milliseconds of the wall clock. Never change a migration that was released; add one.
constexpr const char* version_1 = R"sql(
CREATE TABLE tenants (
  name TEXT PRIMARY KEY,
  demo INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL,
  key_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE boxes (
  tenant TEXT NOT NULL REFERENCES tenants (name),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  code BLOB,
  code_expires_at INTEGER NOT NULL,
  certificate TEXT,
  previous_certificate TEXT,
  certificate_expires_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  last_number INTEGER NOT NULL DEFAULT 0,    -- of its newest event
  acknowledged INTEGER NOT NULL DEFAULT 0,   -- the box has everything up to this number
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  tenant TEXT NOT NULL REFERENCES tenants (name),
  kind TEXT NOT NULL,
  account TEXT NOT NULL,
  sealed BLOB NOT NULL,
  key_version INTEGER NOT NULL,
  PRIMARY KEY (kind, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
  kind INTEGER NOT NULL,
  value TEXT NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (name),
  box TEXT,
  PRIMARY KEY (kind, value, tenant),
  FOREIGN KEY (tenant, box) REFERENCES boxes (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX routes_topic ON routes (value) WHERE kind = 1;

CREATE TABLE tokens (
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,               -- '': the operator's
  scope INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- No foreign key to boxes: what a box has not fetched outlives it.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  box TEXT,                           -- NULL: waits for a route
  number INTEGER,                     -- within the box
  fingerprint TEXT NOT NULL,
  ours TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_known ON events (tenant, fingerprint);
CREATE UNIQUE INDEX events_of_box ON events (tenant, box, number) WHERE box IS NOT NULL;
CREATE INDEX events_unrouted ON events (tenant, ours) WHERE box IS NULL;

CREATE TABLE subjects (               -- how far each message has come: its receipts never go back
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  rank INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  tenant TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_tenant ON audit (tenant, id);

CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* version_2 = "ALTER TABLE boxes ADD COLUMN code_spent INTEGER NOT NULL DEFAULT 0;";

/// Rows tell whether they were changed meanwhile; who is silent is known to all nodes, and over restarts.
constexpr const char* version_3 = R"sql(
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE boxes ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE boxes ADD COLUMN heard_at INTEGER;                       -- under its present certificate
ALTER TABLE boxes ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array<const char*, 3> all_migrations{version_1, version_2, version_3};

}  // namespace

relay::commit::DatabaseKind sqlite_kind() {
  return {.name = "bridge's store", .application_id = bridge_application_id, .migrations = all_migrations};
}

}  // namespace bridge::store
