#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/sql.hpp"
#include "bridge/store/types.hpp"
#include "relay/base/result.hpp"

namespace bridge::store {

/// Store's operations, synchronous, on any database; one thread at a time. Writing ones run inside of a commit, and
/// those of all nodes one after another.
class Operations {
 public:
  explicit Operations(Sql& sql) : sql_(sql) {}

  [[nodiscard]] Result<Snapshot> load();
  [[nodiscard]] Result<bool> change(const std::vector<Change>& changes, const AuditEntry& entry);
  [[nodiscard]] Result<Kept> keep(const std::vector<NewEvent>& events);
  [[nodiscard]] Result<std::vector<StoredEvent>> waiting(const std::string& tenant, const std::string& box,
                                                         std::int64_t after, int limit);
  [[nodiscard]] Result<bool> acknowledge(const std::string& tenant, const std::string& box, std::int64_t number);
  [[nodiscard]] Result<EventPage> list_events(const EventFilter& filter);
  [[nodiscard]] Result<std::vector<SilenceChange>> watch(const std::vector<Heard>& heard, const Watch& watch);
  [[nodiscard]] Result<std::vector<Presence>> presence(const std::string& tenant);
  [[nodiscard]] Result<std::vector<AuditEntry>> list_audit(const std::string& tenant, std::int64_t before, int limit);
  [[nodiscard]] Result<std::optional<std::string>> recall(const std::string& name);
  [[nodiscard]] Result<bool> remember(const std::string& name, const std::string& value);
  [[nodiscard]] Result<std::string> agree(const std::string& name, const std::string& value);
  [[nodiscard]] Result<bool> probe();
  [[nodiscard]] Result<int> prune(WallTime older_than, WallTime oldest);

 private:
  // One row each (operations_changes.cpp).
  [[nodiscard]] Result<std::int64_t> apply(const Tenant& row);
  [[nodiscard]] Result<std::int64_t> apply(const Box& row);
  [[nodiscard]] Result<std::int64_t> apply(const Credential& row);
  [[nodiscard]] Result<std::int64_t> apply(const Route& row);
  [[nodiscard]] Result<std::int64_t> apply(const Token& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropBox& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropCredential& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropRoute& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropToken& row);
  /// Events that waited for a box get it, oldest first.
  [[nodiscard]] Result<void> adopt(const Route& route);
  /// Every secret is sealed under its tenant's present key.
  [[nodiscard]] Result<void> check_keys();
  [[nodiscard]] Result<Snapshot> read_all();

  [[nodiscard]] Result<std::int64_t> next_number(const std::string& tenant, const std::string& box);
  [[nodiscard]] Result<bool> is_known(const NewEvent& event);
  /// False: of no higher rank than what is known of its subject.
  [[nodiscard]] Result<bool> raise(const NewEvent& event);
  [[nodiscard]] Result<void> insert(const NewEvent& event);

  Sql& sql_;
};

}  // namespace bridge::store
