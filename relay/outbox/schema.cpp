#include "relay/outbox/schema.hpp"

#include <array>

namespace relay::outbox {
namespace {

/// Why it looks so: docs/decisions/0005-outbox-schema.md. Times are milliseconds: of the wall clock where people read
/// them (accepted_at, *_at), of the timeline where the program waits for them (due, expires_at, retry_at). Numbers of
/// enumerations are those of relay/message/vocabulary.hpp.
constexpr const char* version_1 = R"sql(
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  boot_id TEXT NOT NULL,              -- the timeline's anchor
  steady INTEGER NOT NULL,
  wall INTEGER NOT NULL,
  timeline INTEGER NOT NULL,
  counted_id INTEGER NOT NULL DEFAULT 0,   -- so many messages had an id up to this one: start counts only what came later
  counted_rows INTEGER NOT NULL DEFAULT 0,
  probes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  batch INTEGER,                      -- NULL: its own id
  app INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 4),
  line INTEGER NOT NULL,              -- the line it stands in: 4 * app + lane
  recipient TEXT NOT NULL,
  sender TEXT,
  content TEXT NOT NULL,
  tags TEXT,                          -- JSON array
  callback_url TEXT,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 9),
  reason TEXT,
  accepted_at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  copies INTEGER NOT NULL DEFAULT 0,
  segments INTEGER NOT NULL,
  encoding INTEGER NOT NULL,
  provider TEXT,                      -- from here on: the last attempt, whose number is `attempts`
  started_at INTEGER,
  outcome INTEGER CHECK (outcome BETWEEN 0 AND 6),
  duration INTEGER,
  provider_ref TEXT,
  code TEXT,
  detail TEXT,
  cost TEXT,
  receipt INTEGER,
  receipt_at INTEGER,
  open_parts INTEGER                  -- parts whose delivery is not reported yet
) STRICT;
CREATE INDEX messages_live ON messages (state, line, due, expires_at, class) WHERE state <= 2;
CREATE INDEX messages_unfinished ON messages (recipient, class) WHERE state <= 1;

CREATE TABLE earlier_attempts (       -- all but the last one
  message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  provider TEXT,
  started_at INTEGER,
  outcome INTEGER,
  duration INTEGER,
  provider_ref TEXT,
  code TEXT,
  detail TEXT,
  cost TEXT,
  receipt INTEGER,
  receipt_at INTEGER,
  open_parts INTEGER,
  PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

-- One row for each part of an attempt whose last word is awaited; it goes with that word, so that the table stays small: its keys
-- are random, and each touches a page of its own. No foreign key: it would want an index on `message`, a page more with each message. prune() sweeps what has no message any more.
CREATE TABLE awaited_receipts (
  provider TEXT NOT NULL,
  ref TEXT NOT NULL,
  message INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (provider, ref, message, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  id INTEGER PRIMARY KEY,             -- the submission's first message: in order of time, for the sweep
  app INTEGER NOT NULL,
  key TEXT NOT NULL,
  payload BLOB NOT NULL,
  answer TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (app, key)
) STRICT;

CREATE TABLE inbound (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- a cursor for readers: never reused
  provider TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  sent_at INTEGER,
  fingerprint TEXT UNIQUE
) STRICT;

CREATE TABLE applications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- messages name it: never reused
  name TEXT NOT NULL,
  weight INTEGER NOT NULL CHECK (weight BETWEEN 1 AND 100),
  default_class INTEGER NOT NULL CHECK (default_class BETWEEN 0 AND 4),
  key_prefix TEXT NOT NULL,
  key_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX applications_in_use ON applications (name) WHERE revoked = 0;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- receivers tell repeats by it: never reused
  app INTEGER NOT NULL,
  type TEXT NOT NULL,
  message INTEGER,
  url TEXT NOT NULL,
  data TEXT NOT NULL,
  at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_url ON events (url);
)sql";

/// Opt-outs and daily limits.
constexpr const char* version_2 = R"sql(
CREATE TABLE opt_outs (
  number TEXT PRIMARY KEY,            -- E.164
  source TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Message parts of attempts that were accepted, may have been, or are under way. Today's rows share a page.
CREATE TABLE usage (
  day INTEGER NOT NULL,               -- of the timeline, since its epoch
  app INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  PRIMARY KEY (day, app)
) STRICT, WITHOUT ROWID;

-- Ages are measured on the timeline: a wall clock that is set anew makes nothing old.
ALTER TABLE events ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
UPDATE events SET added = due;
ALTER TABLE inbound ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
UPDATE inbound SET added = (SELECT timeline FROM store);

ALTER TABLE applications ADD COLUMN daily_limit INTEGER CHECK (daily_limit > 0);   -- NULL: none

-- Where the attempt's parts are counted, so that they can be given back to the day they were taken from.
ALTER TABLE messages ADD COLUMN charged_day INTEGER;
ALTER TABLE messages ADD COLUMN charged_parts INTEGER;
ALTER TABLE earlier_attempts ADD COLUMN charged_day INTEGER;
ALTER TABLE earlier_attempts ADD COLUMN charged_parts INTEGER;
)sql";

/// Inbound data messages, parts of long messages, and facts about the box's own parts (Outbox::recall).
constexpr const char* version_3 = R"sql(
ALTER TABLE inbound ADD COLUMN data BLOB;                    -- NULL: a text
ALTER TABLE inbound ADD COLUMN destination_port INTEGER;     -- NULL: for a person
ALTER TABLE inbound ADD COLUMN source_port INTEGER;
ALTER TABLE inbound ADD COLUMN class INTEGER;

CREATE TABLE inbound_parts (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  pdu TEXT NOT NULL,                  -- '': its message is complete; the part is only remembered
  added INTEGER NOT NULL
) STRICT;

CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

/// Applications that read GET /v1/events.
constexpr const char* version_4 = R"sql(
-- 1: kept for the application's stream until it is old; with a url it waits for that receiver as well.
ALTER TABLE events ADD COLUMN stream INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_of_stream ON events (app, id) WHERE stream = 1;

CREATE TABLE listeners (              -- events are kept for these applications only
  app INTEGER PRIMARY KEY,
  seen INTEGER NOT NULL,              -- when it listened last, on the timeline
  dropped INTEGER NOT NULL            -- its events up to this one are kept no more, or never were
) STRICT;
)sql";

/// Channels beside SMS.
constexpr const char* version_5 = R"sql(
ALTER TABLE messages ADD COLUMN content_kind INTEGER;   -- NULL: `content` is a text; 1 media, 2 template: JSON
ALTER TABLE messages ADD COLUMN fallback TEXT;          -- JSON; NULL: none
)sql";

/// How old an attempt is tells it from another one under the same reference.
constexpr const char* version_6 = R"sql(
ALTER TABLE messages ADD COLUMN began INTEGER NOT NULL DEFAULT 0;           -- as started_at, on the timeline
ALTER TABLE earlier_attempts ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array all_migrations{version_1, version_2, version_3, version_4, version_5, version_6};

}  // namespace

std::span<const char* const> migrations() { return all_migrations; }

commit::DatabaseKind database_kind(std::span<const char* const> steps) {
  return {.name = "outbox",
          .application_id = outbox_application_id,
          .migrations = steps,
          .after_salvage =
              "DELETE FROM earlier_attempts WHERE message NOT IN (SELECT id FROM messages);"
              "UPDATE store SET counted_id = 0, counted_rows = 0"};
}

Result<void> migrate(sqlite::Database& database, std::span<const char* const> steps) {
  return commit::migrate(database, database_kind(steps));
}

}  // namespace relay::outbox
