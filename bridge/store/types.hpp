#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay/base/time.hpp"

/// What the bridge keeps. Names of tenants and boxes: 1..64 of [a-z0-9-].
namespace bridge::store {

using relay::WallTime;
using Digest = std::array<std::byte, 32>;

/// A customer: nothing of one is ever seen or touched by another.
struct Tenant {
  std::string name;
  bool demo = false;        ///< Its provider is simulated; no call leaves the bridge for it.
  std::string wrapped_key;  ///< The tenant's data key, sealed under the master key (tenants/vault.hpp).
  int key_version = 1;      ///< Counts up with each new data key.
  WallTime created_at{};
  std::int64_t version = 0;  ///< Of this row, 0: a new one. Who writes one that was changed meanwhile gets a conflict.
};

/// An appliance of a tenant.
struct Box {
  std::string tenant;
  std::string name;  ///< Unique within the tenant.
  WallTime created_at{};
  std::optional<Digest> code;  ///< SHA-256 of the one-time enrolment code; none: nothing to enrol with.
  WallTime code_expires_at{};
  bool code_spent = false;           ///< A certificate was given for the code, and has not been used yet.
  std::string certificate;           ///< Fingerprint (SHA-256, hexadecimal) of the certificate in use; empty: none.
  std::string previous_certificate;  ///< The one before, until the new one was used: renewals overlap.
  WallTime certificate_expires_at{};
  bool revoked = false;
  std::int64_t version = 0;  ///< As Tenant's: a renewal can never take a revocation back.
};

/// What a provider's account gives the bridge, sealed.
struct Credential {
  std::string tenant;
  std::string kind;     ///< "twilio"
  std::string account;  ///< The account's public id, "AC...": unique over all tenants, as calls are told apart by it.
  std::string sealed;   ///< The secret (Twilio: the auth token), under the tenant's data key.
  int key_version = 1;
};

/// Which tenant and box an event belongs to.
struct Route {
  enum class Kind : std::uint8_t {
    number = 0,  ///< E.164, or a sender id: what WebhookEvent::ours says. Unique within the tenant.
    topic = 1,   ///< An SNS topic's ARN: it is ours, and its events are this tenant's. Unique over all tenants.
  };
  Kind kind = Kind::number;
  std::string value;
  std::string tenant;
  std::string box;  ///< Empty (topic only): by the number.
};

/// Who may use the admin API.
struct Token {
  enum class Scope : std::uint8_t {
    read = 0,     ///< Looks at its tenant.
    manage = 1,   ///< And changes it.
    operate = 2,  ///< All tenants.
  };
  std::string name;    ///< Unique among those in use.
  std::string tenant;  ///< Empty with `operate`.
  Scope scope = Scope::read;
  Digest hash{};
  WallTime created_at{};
};

/// All that is looked up with each call, held in memory (tenants/directory.hpp).
struct Snapshot {
  std::vector<Tenant> tenants;
  std::vector<Box> boxes;
  std::vector<Credential> credentials;
  std::vector<Route> routes;
  std::vector<Token> tokens;
};

/// A row to write (the one of the same key is replaced), or to drop.
struct DropBox {
  std::string tenant, name;
};
struct DropCredential {
  std::string tenant, kind, account;
};
struct DropRoute {
  Route::Kind kind = Route::Kind::number;
  std::string tenant, value;
};
struct DropToken {
  std::string tenant, name;
};
using Change = std::variant<Tenant, Box, Credential, Route, Token, DropBox, DropCredential, DropRoute, DropToken>;

/// Who changed what: written with the change, in one commit.
struct AuditEntry {
  std::int64_t id = 0;  ///< Given by the store.
  WallTime at{};
  std::string actor;   ///< A token's name, or "unix:uid=0".
  std::string tenant;  ///< Empty: none in particular.
  std::string action;  ///< "box.revoke"
  std::string object;  ///< Its name. Never a secret.
};

/// A provider's word on its way to a box.
struct NewEvent {
  std::string tenant;
  std::string box;          ///< Empty: no route names one yet.
  std::string fingerprint;  ///< Equal in redeliveries: kept once per tenant.
  std::string subject;      ///< Receipts: "twilio/SM...", whose words have ranks. Empty: no ranks.
  int rank = 0;
  std::string ours;  ///< The number of ours: for the route that comes later.
  std::string type;  ///< "receipt", "inbound", "box.silent", ...
  std::string data;  ///< JSON object.
  WallTime at{};
};

struct StoredEvent {
  std::int64_t number = 0;  ///< 1, 2, ... within the box: the link's cursor.
  std::string id;           ///< The same in each delivery, unique.
  std::string tenant;
  std::string box;
  std::string type;
  std::string data;
  WallTime at{};
  bool acknowledged = false;
};

/// What became of events that were given to keep().
struct Kept {
  int stored = 0;
  int repeated = 0;                ///< Known already.
  int stale = 0;                   ///< Receipts: of no higher rank than what is known.
  std::vector<std::string> boxes;  ///< "tenant/box" that have something new.
};

/// A box asked for its events.
struct Heard {
  std::string tenant;
  std::string box;
  WallTime at{};
};
/// How the store is to look for silent boxes.
struct Watch {
  WallTime now{};
  WallTime silent_before{};  ///< A box that was last heard before this is silent.
  bool judge = true;  ///< False: boxes may come back, but none falls silent (they may not have had the time to ask).
};
/// A box fell silent, or came back.
struct SilenceChange {
  std::string tenant;
  std::string box;
  bool silent = false;
};
struct Presence {
  std::string box;
  std::optional<WallTime> heard_at;  ///< None: never under its present certificate.
  bool silent = false;
};

/// What another node that shares the store has committed, or what can be said of hearing about it.
struct News {
  enum class Kind : std::uint8_t {
    events,     ///< `box` has something new.
    directory,  ///< Tenants, boxes, credentials, routes or tokens were changed.
    deaf,       ///< From now on nothing is heard of the others: what is in memory may be out of date.
    listening,  ///< Heard again; anything may have happened before.
    missed,     ///< Anything may have happened: what this node itself was committing may be there.
  };
  Kind kind = Kind::events;
  std::string box;  ///< "tenant/box"
};

struct EventFilter {
  std::string tenant;
  std::optional<std::string> box;  ///< Empty text: events without a box.
  std::int64_t before = 0;         ///< Cursor of the page before (StoredEvent order); 0: newest.
  int limit = 100;
};
/// A page, newest first, and the cursor of the next one; 0: there is none.
struct EventPage {
  std::vector<StoredEvent> events;
  std::int64_t next = 0;
};

}  // namespace bridge::store
