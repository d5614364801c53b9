#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/console/command.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/random.hpp"
#include "relay/sqlite/database.hpp"

namespace firmware::console {

/// Somebody who may log in at the console.
struct User {
  std::string name;
  Role role = Role::view;
  bool must_change = false;  ///< The password came from the label or from an administrator: good for one login.
  relay::WallTime created_at{};
};

struct AuditEntry {
  std::int64_t id = 0;
  relay::WallTime at{};
  std::string origin;   ///< Where: "/dev/ttyS0", "stdin", "uid 1000".
  std::string user;     ///< Empty before a login.
  std::string action;   ///< "login", "logout", or the command in full, secrets masked.
  std::string outcome;  ///< "OK", or "E-..." with the reason.
};

/// A settings file as it once was in effect.
struct Revision {
  std::int64_t id = 0;
  relay::WallTime at{};
  std::string by;
  std::string text;
};

/// A change of settings that waits for its confirmation.
struct Unconfirmed {
  std::int64_t revision = 0;  ///< What is put back.
  std::string by;
  std::string boot_id;  ///< Of the boot in which the time runs; another one: it is over.
  relay::SteadyTime until{};
};

/// How long the next login waits after so many failures in a row at one place: 1, 2, 4, 8 s, from the fifth on 1 min, 2
/// min,
/// ... up to 15 min (security.md T14: 5 tries, 15 min). Never for good: whoever has the box in hand must get in again.
[[nodiscard]] relay::Millis delay_after(int failures);

/// Why a password is not good enough; nothing: it is.
[[nodiscard]] std::optional<std::string> weakness_of(std::string_view password, std::string_view user);

/// What the console itself must keep: users, the audit log, settings in the making and as they were. One small SQLite
/// file of its own, so that it works when the daemon or its outbox does not; every change is on disk before it returns.
/// May be open in several processes at a time (the serial console and relayctl). Holds no password in the clear.
class Store {
 public:
  static constexpr int max_audit_entries = 10'000;  ///< The oldest go.
  static constexpr int max_revisions = 20;
  static constexpr int max_users = 32;

  /// `path` is made if it is not there. `rounds` of PBKDF2 for new passwords (only tests take fewer). Clock and random
  /// outlive the store. Errors: io, corrupt, conflict (another release's file).
  [[nodiscard]] static relay::Result<Store> open(const std::string& path, relay::Clock& clock, relay::Random& random,
                                                 unsigned rounds = 210'000);

  /// After a factory reset the file is another one. True: it is, and is open now. Errors: as open().
  [[nodiscard]] relay::Result<bool> follow_file();
  /// A store as the factory left it, at `path`: the label's password, `admin`, nothing else. Errors: not_found (no
  /// label password was ever set), io, full.
  [[nodiscard]] relay::Result<void> make_as_new(const std::string& path);

  [[nodiscard]] relay::Result<std::vector<User>> users();
  /// Errors: conflict (the name is taken), invalid_argument (name, password), full.
  [[nodiscard]] relay::Result<void> add_user(const std::string& name, Role role, std::string_view password,
                                             bool must_change);
  /// Errors: not_found, invalid_argument.
  [[nodiscard]] relay::Result<void> set_password(const std::string& name, std::string_view password, bool must_change);
  /// Errors: not_found, conflict (the last administrator).
  [[nodiscard]] relay::Result<void> remove_user(const std::string& name);
  /// The user, if that is the password. Takes as long when there is no such user.
  [[nodiscard]] relay::Result<std::optional<User>> check(const std::string& name, std::string_view password);
  /// The user `admin` with the password that is printed on the box's label; forget_users() comes back to it.
  [[nodiscard]] relay::Result<void> set_label_password(std::string_view password);
  /// Back to the label: all users but `admin` go. Errors: not_found (no label password was ever set).
  [[nodiscard]] relay::Result<void> forget_users();

  [[nodiscard]] relay::Result<int> failures(const std::string& origin);
  [[nodiscard]] relay::Result<void> set_failures(const std::string& origin, int count);

  [[nodiscard]] relay::Result<void> audit(const AuditEntry& entry);  ///< id and time are given here.
  /// The newest `limit`, oldest first.
  [[nodiscard]] relay::Result<std::vector<AuditEntry>> audited(int limit);

  /// Settings in the making; nothing when there are none.
  [[nodiscard]] relay::Result<std::optional<std::string>> candidate();
  [[nodiscard]] relay::Result<void> set_candidate(const std::optional<std::string>& text);
  /// Keeps a settings file; the same text as the newest is not kept twice. Returns its number.
  [[nodiscard]] relay::Result<std::int64_t> keep_revision(const std::string& text, const std::string& by);
  /// Newest first, without texts.
  [[nodiscard]] relay::Result<std::vector<Revision>> revisions();
  [[nodiscard]] relay::Result<Revision> revision(std::int64_t id);  ///< Errors: not_found.
  [[nodiscard]] relay::Result<std::optional<Unconfirmed>> unconfirmed();
  [[nodiscard]] relay::Result<void> set_unconfirmed(const std::optional<Unconfirmed>& change);

 private:
  Store(relay::sqlite::Database database, relay::Clock& clock, relay::Random& random, unsigned rounds)
      : database_(std::move(database)), clock_(&clock), random_(&random), rounds_(rounds) {}
  [[nodiscard]] relay::Result<void> prepare();

  relay::sqlite::Database database_;
  std::string identity_;  ///< Of the file that is open.
  relay::Clock* clock_;
  relay::Random* random_;
  unsigned rounds_;
};

}  // namespace firmware::console
