#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/base/runtime.hpp"
#include "relay/commit/salvage.hpp"
#include "relay/outbox/outbox.hpp"

namespace relay::outbox {

/// Where the blocking work of the store runs.
enum class StoreThread : std::uint8_t {
  own,   ///< The product: one thread of the outbox's own.
  loop,  ///< Tests and the simulator: as handlers of the loop, in virtual time.
};

struct SqliteOutboxSettings {
  std::string path;
  std::string vfs;  ///< A registered SQLite VFS; empty: the system's.
  StoreThread thread = StoreThread::own;
  std::function<Millis()> loop_work_time;  ///< StoreThread::loop: how long the work just done took, in virtual time.
  int page_size = 1024;                    ///< Of a new file (docs/decisions/0004-commit-pacing.md).
  int cache_kib = 1024;                    ///< Bound of SQLite's page cache.
  std::int64_t max_file_bytes = 0;         ///< 0: no limit. Submissions end (`full`) at 15/16 of it, alarms at 31/32.
  double commit_rate = 12;                 ///< CommitPacer: tokens per second,
  int commit_burst = 64;                   ///< at most,
  int commit_group = 8;                    ///< and the company that needs none.
  Millis relaxed_delay{250};
  std::int64_t checkpoint_bytes = 4 << 20;  ///< A WAL this long is folded into the database file.
  Millis idle_checkpoint_delay{60'000};
  Millis event_history{24 * 3'600'000LL};  ///< How long events are kept for an application that reads its stream.
  std::function<Result<std::int64_t>()> free_disk_bytes;  ///< Empty: statvfs of `path`.
};

/// The outbox on one SQLite file, owned by this process alone. Beyond the contract of Outbox:
/// - Reads see what is committed and completed, nothing else, and never wait for the pacing of commits.
/// - A cancelled coroutine that waits for an operation gets the operation's result all the same; it takes effect or not
/// as if it had
///   not been cancelled.
class SqliteOutbox final : public Outbox {
 public:
  /// Opens or creates the file, on the calling thread. Errors are sentences that say which file, why, and what to do:
  /// unavailable (another process has it), conflict (newer schema, another program's file), corrupt (with the finding
  /// of integrity_check), io, full.
  [[nodiscard]] static Result<std::unique_ptr<SqliteOutbox>> open(Runtime runtime, SqliteOutboxSettings settings);
  /// Without close() before: as a killed process. What was not committed is lost, waiting coroutines are never resumed.
  ~SqliteOutbox() override;

  /// What came of a damaged file when it was opened; none: it was sound.
  [[nodiscard]] const std::optional<commit::Salvage>& salvaged() const;
  /// Called on the loop, once, when an operation has met damage in the file: the next open() salvages what is left.
  void on_damage(std::function<void()> listener);

  /// Refuses new operations, commits what waits, stores the timeline's anchor and folds the WAL into the file.
  [[nodiscard]] Task<> close();

  /// Free space of the file system, read at most once a second; what was last known when reading fails,
  /// 0 when nothing is. For admission:
  /// SQLite needs room to finish what was accepted, so submissions must stop before this comes to nothing.
  [[nodiscard]] std::int64_t free_bytes();

  [[nodiscard]] MessageId next_id() override;
  [[nodiscard]] Task<Result<SubmitResult>> submit(Submission submission) override;
  [[nodiscard]] Task<Result<std::optional<std::string>>> find_answer(AppId app, std::string key) override;
  [[nodiscard]] Task<Result<Message>> cancel(MessageId id, std::optional<AppId> app) override;

  [[nodiscard]] Task<Result<DueBatch>> due(Lane lane, AppId app, TimelineTime now, int limit, int per_recipient,
                                           std::vector<MessageId> in_memory) override;
  [[nodiscard]] Task<Result<std::optional<TimelineTime>>> next_due(TimelineTime now) override;
  [[nodiscard]] Task<Result<std::vector<std::pair<Lane, AppId>>>> queued_feeds() override;
  [[nodiscard]] Task<Result<AttemptBegun>> begin_attempt(AttemptStart start) override;
  [[nodiscard]] Task<Result<std::optional<TimelineTime>>> hold_over_limit(MessageId id) override;
  [[nodiscard]] Task<Result<State>> end_attempt(AttemptEnd end) override;
  [[nodiscard]] Task<Result<State>> prove(AttemptProof proof) override;
  [[nodiscard]] Task<Result<State>> move(MessageId id, State from, State to, std::string reason,
                                         TimelineTime due) override;
  [[nodiscard]] Task<Result<std::vector<Message>>> overdue(TimelineTime now, int limit) override;
  [[nodiscard]] Task<Result<std::vector<MessageRecord>>> interrupted() override;
  [[nodiscard]] Task<Result<std::vector<MessageRecord>>> in_doubt(std::vector<std::string> providers,
                                                                  int limit) override;

  [[nodiscard]] Task<Result<ReceiptResult>> apply(Receipt receipt) override;
  [[nodiscard]] Task<Result<std::vector<MessageRecord>>> awaiting_receipt(std::vector<std::string> providers,
                                                                          int limit) override;

  [[nodiscard]] Task<Result<MessageRecord>> find(MessageId id, std::optional<AppId> app) override;
  [[nodiscard]] Task<Result<std::vector<Message>>> list(ListFilter filter) override;
  [[nodiscard]] const Counters& counters() const override;
  [[nodiscard]] Task<Result<std::array<std::optional<TimelineTime>, 5>>> oldest_queued() override;
  [[nodiscard]] Task<Result<bool>> probe() override;

  [[nodiscard]] Task<Result<bool>> store_inbound(InboundMessage message) override;
  [[nodiscard]] Task<Result<std::vector<InboundMessage>>> list_inbound(std::optional<std::int64_t> after,
                                                                       int limit) override;
  [[nodiscard]] Task<Result<bool>> keep_inbound_part(InboundPart part) override;
  [[nodiscard]] Task<Result<std::vector<InboundPart>>> inbound_parts(std::string provider) override;

  [[nodiscard]] Task<Result<bool>> add_opt_out(OptOut opt_out) override;
  [[nodiscard]] Task<Result<bool>> remove_opt_out(std::string number) override;
  [[nodiscard]] Task<Result<OptOut>> find_opt_out(std::string number) override;
  [[nodiscard]] Task<Result<std::vector<OptOut>>> list_opt_outs(std::string after, int limit) override;

  [[nodiscard]] Task<Result<std::vector<Application>>> applications() override;
  [[nodiscard]] Task<Result<Application>> add_application(Application application) override;
  [[nodiscard]] Task<Result<bool>> revoke_application(std::string name) override;
  [[nodiscard]] Task<Result<bool>> set_daily_limit(std::string name, std::int64_t daily_limit) override;

  [[nodiscard]] Task<Result<std::optional<std::string>>> recall(std::string name) override;
  [[nodiscard]] Task<Result<bool>> remember(std::string name, std::string value, Urgency urgency) override;

  [[nodiscard]] Task<Result<std::int64_t>> add_event(Event event) override;
  [[nodiscard]] Task<Result<std::vector<Event>>> pending_events(TimelineTime now, int limit) override;
  [[nodiscard]] Task<Result<std::optional<TimelineTime>>> next_event_due() override;
  [[nodiscard]] Task<Result<bool>> event_done(std::int64_t id) override;
  [[nodiscard]] Task<Result<bool>> event_failed(std::int64_t id, TimelineTime retry_at) override;
  [[nodiscard]] Task<Result<bool>> listen(AppId app) override;
  [[nodiscard]] Task<Result<EventPage>> events_after(AppId app, std::int64_t after, int limit) override;
  [[nodiscard]] Task<Result<int>> prune_events() override;
  void on_events(std::function<void(const std::vector<AppId>&)> listener) override;

  [[nodiscard]] const Timeline& timeline() const override;
  [[nodiscard]] Task<Result<bool>> keep_time() override;
  [[nodiscard]] Task<Result<int>> prune(TimelineTime older_than, std::int64_t max_bytes) override;
  void on_stored(std::function<void(const std::vector<Message>&)> listener) override;

 private:
  struct Parts;
  explicit SqliteOutbox(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace relay::outbox
