#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bridge/store/postgresql/connection.hpp"
#include "bridge/store/queued_store.hpp"
#include "relay/base/system_runtime.hpp"

namespace bridge::store::postgresql {

/// The session that the operations run on. One that is lost is dialled anew with the next operation, with jittered
/// back-off: meanwhile each fails at once.
class PostgresqlBackend final : public Backend {
 public:
  /// `node`: what its announcements are known by. `reconnected` is called on the store's thread: what was about to be
  /// committed when the session was lost may be there.
  PostgresqlBackend(std::string url, std::string node) : url_(std::move(url)), node_(std::move(node)) {}
  [[nodiscard]] Result<void> connect();
  void on_reconnect(std::function<void()> told) { reconnected_ = std::move(told); }

  [[nodiscard]] Result<void> commit(std::vector<relay::commit::Job>& jobs) override;
  // The write-ahead log is the server's.
  [[nodiscard]] int wal_frames() const override { return 0; }
  [[nodiscard]] Result<void> checkpoint(bool) override { return {}; }

  [[nodiscard]] Result<void> begin_snapshot() override;
  void end_snapshot() override;
  [[nodiscard]] Result<void> announce(const std::string& box) override;
  [[nodiscard]] Dialect dialect() const override { return Dialect::postgresql; }

 protected:
  [[nodiscard]] Result<Answer> perform(std::string_view statement, std::span<const Value> values) override;

 private:
  /// Inside of a transaction a lost session is never replaced: the rest would be committed without its beginning.
  [[nodiscard]] Result<void> ensure();
  [[nodiscard]] Result<void> execute(const std::string& sql);
  [[nodiscard]] Result<void> run_in_transaction(std::vector<relay::commit::Job>& jobs);
  [[nodiscard]] std::string news() const;
  /// Ends what has begun, so that the next one starts clean.
  void roll_back();

  std::string url_;
  std::string node_;
  std::function<void()> reconnected_;
  std::optional<Connection> connection_;
  bool in_transaction_ = false;
  std::set<std::string> announced_;  ///< Of this transaction.
  bool was_connected_ = false;

  // Clock and random of the store's thread.
  relay::SystemClock clock_;
  relay::SystemRandom random_;
  relay::SteadyTime dial_at_{};
  relay::Millis pause_{};
  relay::Error trouble_;  ///< Why the last dialling failed.
};

}  // namespace bridge::store::postgresql
