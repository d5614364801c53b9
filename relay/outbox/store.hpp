#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "relay/commit/commit_queue.hpp"
#include "relay/commit/database_file.hpp"
#include "relay/commit/salvage.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::outbox {

/// What a committed operation changed, for those who keep things in memory.
struct Effects final : commit::JobEffects {
  std::vector<Message> stored;  ///< New messages, in commit order.
  Counters delta;               ///< To be added to the counters; `usage` apart.
  /// Message parts that were counted (or, below 0, given back) for an application's day.
  struct Charge {
    AppId app = 0;
    std::int64_t day = 0;
    std::int64_t parts = 0;
  };
  std::vector<Charge> charges;
  std::vector<std::pair<AppId, std::int64_t>> daily_limits;  ///< As they are now.
  std::vector<AppId> told;                                   ///< Applications whose streams have new events.
};

/// The outbox's file. A sixteenth of max_file_bytes is kept from submissions.
using StoreSettings = commit::DatabaseFile;

/// The present moment, as the loop saw it when the operation was called. The store itself has no clock.
struct Moment {
  WallTime wall{};
  TimelineTime timeline{};
};

/// A receipt, and when it was heard.
struct HeardReceipt {
  Receipt receipt;
  TimelineTime at{};
};

/// The outbox's operations on the database, synchronous. Between open() and close one thread at a time uses it: the
/// StoreWorker's. Writing operations run inside commit(); each either succeeds or returns an Error and is undone by its
/// savepoint.
class Store final : public commit::CommitTarget {
 public:
  /// Opens or creates the file, takes it for this process alone, migrates it. A damaged one is set aside, and what can
  /// be read of it is brought into a new one (salvaged()). Errors are sentences that say which file, why, what to do.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const StoreSettings& settings, const Timeline::Anchor& now);

  // --- what open() found ---
  /// Nothing on a new box.
  [[nodiscard]] const std::optional<Timeline::Anchor>& last_anchor() const { return last_anchor_; }
  [[nodiscard]] MessageId greatest_id() const { return greatest_id_; }
  /// What came of a damaged file; none: it was sound.
  [[nodiscard]] const std::optional<commit::Salvage>& salvaged() const { return salvage_; }
  [[nodiscard]] const Counters& counted() const { return counted_; }

  /// Where the timeline of this run starts: between two moments after it the timeline knows exactly how long it was.
  void start_run(TimelineTime now) { run_start_ = now; }

  // --- groups (CommitQueue) ---
  [[nodiscard]] Result<void> commit(std::vector<commit::Job>& jobs) override;
  [[nodiscard]] int wal_frames() const override { return database_.wal_frames(); }
  [[nodiscard]] Result<void> checkpoint(bool truncate) override;

  // --- operations: see Outbox ---
  [[nodiscard]] Result<SubmitResult> submit(const Submission& submission, Moment now, Effects& effects);
  [[nodiscard]] Result<std::optional<std::string>> find_answer(AppId app, const std::string& key, TimelineTime now);
  [[nodiscard]] Result<Message> cancel(MessageId id, std::optional<AppId> app, Moment now, Effects& effects);

  [[nodiscard]] Result<DueBatch> due(Lane lane, AppId app, TimelineTime now, int limit, int per_recipient,
                                     const std::vector<MessageId>& in_memory);
  [[nodiscard]] Result<std::vector<std::pair<Lane, AppId>>> queued_feeds();
  [[nodiscard]] Result<std::optional<TimelineTime>> next_due(TimelineTime now);
  [[nodiscard]] Result<AttemptBegun> begin_attempt(const AttemptStart& start, Moment now, Effects& effects);
  [[nodiscard]] Result<std::optional<TimelineTime>> hold_over_limit(MessageId id, Moment now, Effects& effects);
  [[nodiscard]] Result<State> end_attempt(const AttemptEnd& end, Moment now, Effects& effects);
  [[nodiscard]] Result<State> prove(const AttemptProof& proof, Moment now, Effects& effects);
  [[nodiscard]] Result<State> move(MessageId id, State from, State to, const std::string& reason, TimelineTime due,
                                   Moment now, Effects& effects);
  [[nodiscard]] Result<std::vector<Message>> overdue(TimelineTime now, int limit);
  [[nodiscard]] Result<std::vector<MessageRecord>> interrupted();
  [[nodiscard]] Result<std::vector<MessageRecord>> in_doubt(const std::vector<std::string>& providers, int limit);

  [[nodiscard]] Result<ReceiptResult> apply(const HeardReceipt& heard, Moment now, Effects& effects);
  [[nodiscard]] Result<std::vector<MessageRecord>> awaiting_receipt(const std::vector<std::string>& providers,
                                                                    int limit);

  [[nodiscard]] Result<MessageRecord> find(MessageId id, std::optional<AppId> app);
  /// One step of a listing: looks at no more than `rows` messages below filter.before (or from the newest). `resume` is
  /// where the next step goes on, nothing at the end.
  struct ListStep {
    std::vector<Message> messages;
    std::optional<MessageId> resume;
  };
  [[nodiscard]] Result<ListStep> list(const ListFilter& filter, int rows);
  [[nodiscard]] Result<std::array<std::optional<TimelineTime>, 5>> oldest_queued();
  [[nodiscard]] Result<bool> probe();

  [[nodiscard]] Result<bool> store_inbound(const InboundMessage& message, Moment now);
  [[nodiscard]] Result<std::vector<InboundMessage>> list_inbound(std::optional<std::int64_t> after, int limit);

  [[nodiscard]] Result<bool> keep_inbound_part(const InboundPart& part, Moment now);
  [[nodiscard]] Result<std::vector<InboundPart>> inbound_parts(const std::string& provider, Moment now);

  [[nodiscard]] Result<bool> add_opt_out(const OptOut& opt_out);
  [[nodiscard]] Result<bool> remove_opt_out(const std::string& number);
  [[nodiscard]] Result<OptOut> find_opt_out(const std::string& number);
  [[nodiscard]] Result<std::vector<OptOut>> list_opt_outs(const std::string& after, int limit);

  [[nodiscard]] Result<std::vector<Application>> applications();
  [[nodiscard]] Result<Application> add_application(Application application, Effects& effects);
  [[nodiscard]] Result<bool> revoke_application(const std::string& name);
  /// Returns the application's id, or nothing when there is none in use.
  [[nodiscard]] Result<std::optional<AppId>> set_daily_limit(const std::string& name, std::int64_t daily_limit,
                                                             Effects& effects);
  /// Messages that wait for the end of the day may go now, at most `limit` of them, if the application may send.
  /// Returns how many there were.
  [[nodiscard]] Result<int> release_held(AppId app, int limit, Moment now, Effects& effects);

  [[nodiscard]] Result<std::optional<std::string>> recall(const std::string& name);
  [[nodiscard]] Result<bool> remember(const std::string& name, const std::string& value);

  [[nodiscard]] Result<std::int64_t> add_event(const Event& event);
  [[nodiscard]] Result<std::vector<Event>> pending_events(TimelineTime now, int limit);
  [[nodiscard]] Result<std::optional<TimelineTime>> next_event_due();
  [[nodiscard]] Result<bool> event_done(std::int64_t id);
  [[nodiscard]] Result<bool> event_failed(std::int64_t id, TimelineTime retry_at);
  [[nodiscard]] Result<bool> listen(AppId app, Moment now);
  [[nodiscard]] Result<EventPage> events_after(AppId app, std::int64_t after, int limit);
  [[nodiscard]] Result<int> prune_events(TimelineTime older_than);

  [[nodiscard]] Result<bool> keep_time(const Timeline::Anchor& anchor);
  [[nodiscard]] Result<int> prune(TimelineTime older_than, std::int64_t max_bytes, Moment now, Effects& effects);

 private:
  /// A receipt that named no attempt known yet: it may have come before the answer that tells its reference.
  struct Parked {
    HeardReceipt heard;
    TimelineTime until{};
    MessageId applied_to;  ///< Set once used: the same message may use it again if that commit failed, no other may.
  };
  /// What a receipt may name.
  struct ReceiptName {
    std::string provider;
    std::string ref;
    MessageId message;
    std::int32_t number = 0;
    bool settled = false;  ///< This part's last word was heard before.

    bool operator==(const ReceiptName& other) const {
      return message == other.message && number == other.number && ref == other.ref && provider == other.provider;
    }
  };
  struct ReceiptTarget {
    Message message;
    std::int32_t number = 0;
    bool settled = false;  ///< As ReceiptName::settled.
    int open_parts = 0;    ///< Of the attempt, before this receipt.
  };

  Store(sqlite::Database database, StoreSettings settings);
  [[nodiscard]] static Result<std::unique_ptr<Store>> open_whole(const StoreSettings& settings,
                                                                 const Timeline::Anchor& now);
  [[nodiscard]] Result<void> prepare(const Timeline::Anchor& now);
  [[nodiscard]] Result<void> load_anchor(const Timeline::Anchor& now);
  [[nodiscard]] Result<void> count();
  [[nodiscard]] Result<void> count_usage();
  [[nodiscard]] Result<void> require_room(bool alarm);

  [[nodiscard]] Result<Message> load(MessageId id);
  [[nodiscard]] Result<std::vector<Attempt>> attempts_of(const Message& message);
  [[nodiscard]] Result<Attempt> attempt_of(MessageId message, std::int32_t number);
  /// Unfinished messages that must go before this one (DueBatch::held_back), oldest first. Those that wait for the end
  /// of another application's day are none, nor are those of that application that wait behind them.
  [[nodiscard]] Result<std::vector<MessageId>> predecessors(const Message& message, TimelineTime now, int limit);
  [[nodiscard]] Result<std::vector<Message>> load_all(const std::vector<MessageId>& ids);
  [[nodiscard]] Result<std::vector<MessageRecord>> records(const std::vector<MessageId>& ids);
  /// The lines of the queue that have messages in `state`, ascending.
  [[nodiscard]] Result<std::vector<std::int64_t>> lines(State state);

  /// The one place that writes a state: asks is_lawful, keeps the counters, tells the application. `message` is brought
  /// up to date.
  [[nodiscard]] Result<void> change_state(Message& message, State to, const std::string& reason, TimelineTime due,
                                          Moment now, Effects& effects);
  [[nodiscard]] Result<void> tell_application(const Message& message, Moment now, Effects& effects);
  [[nodiscard]] Result<bool> is_listening(AppId app);
  [[nodiscard]] Result<std::int64_t> insert_event(const Event& event, bool stream);
  struct Listener {
    AppId app = 0;
    TimelineTime seen{};
  };
  [[nodiscard]] Result<std::vector<Listener>> listeners();
  [[nodiscard]] Result<int> prune_stream(AppId app, TimelineTime older_than);

  /// One look for both rules that an attempt must pass, all by primary key.
  struct Guard {
    bool opted_out = false;
    std::int64_t daily_limit = 0;  ///< 0: none.
    std::int64_t parts_today = 0;
    [[nodiscard]] bool over_limit() const { return daily_limit > 0 && parts_today >= daily_limit; }
  };
  [[nodiscard]] Result<Guard> guard(const Message& message, TimelineTime now);
  /// As add_opt_out, also into the room that is kept for what was accepted.
  [[nodiscard]] Result<bool> list_opt_out(const OptOut& opt_out);
  /// The provider that ran the attempt says that the recipient has opted out.
  [[nodiscard]] Result<void> note_opt_out(const Message& message, const AttemptEnd& end);
  [[nodiscard]] Result<bool> is_opted_out(const std::string& number);
  [[nodiscard]] Result<void> charge(AppId app, std::int64_t day, std::int64_t parts, Effects& effects);
  /// What the attempt was charged goes back to the day that it was charged to.
  [[nodiscard]] Result<void> give_back(const Message& message, std::int32_t number, Effects& effects);
  /// Marks what must not be sent as blocked; tells how many.
  [[nodiscard]] Result<int> block_opted_out(std::vector<Message>& messages);

  [[nodiscard]] Result<std::optional<SubmitResult>> replay(const Submission& submission, Moment now);
  [[nodiscard]] Result<void> insert(const Message& message, Moment now, Effects& effects);
  [[nodiscard]] Result<void> cancel_older(const Message& newest, SubmitResult& result, Moment now, Effects& effects);

  /// Of an attempt that may be out and whose references nobody knows, so that it keeps what may be its own receipt from
  /// others (target_of). Once they are known, or it is known not to be out, it is forgotten.
  [[nodiscard]] Result<void> await_unnamed(MessageId message, std::int32_t number);
  [[nodiscard]] Result<void> forget_unnamed(MessageId message, std::int32_t number);
  [[nodiscard]] Result<void> await_receipts(MessageId message, std::int32_t number,
                                            const std::vector<std::string>& refs);
  [[nodiscard]] Result<std::optional<State>> proven_meanwhile(const Message& message, const AttemptEnd& end);
  [[nodiscard]] Result<std::int64_t> open_parts_of(MessageId message, std::int32_t number);
  [[nodiscard]] Result<std::vector<ReceiptName>> named_by(const Receipt& receipt);
  /// Whether an attempt is as old as the receipt says. Over the start of a run only the wall clock knows, and it may
  /// be wrong.
  enum class Fit : std::uint8_t { no, yes, unclear };
  [[nodiscard]] Fit fit(const Attempt& attempt, const HeardReceipt& heard) const;
  [[nodiscard]] Result<std::optional<ReceiptTarget>> target_of(const HeardReceipt& heard);
  [[nodiscard]] Result<ReceiptResult> settle(const Receipt& receipt, ReceiptTarget target, Moment now,
                                             Effects& effects);
  [[nodiscard]] Result<ReceiptResult> move_on(const Receipt& receipt, Message message, Moment now, Effects& effects);
  [[nodiscard]] Result<void> record_receipt(const Receipt& receipt, const ReceiptTarget& target);
  void park(const HeardReceipt& heard, TimelineTime now);
  [[nodiscard]] Result<void> apply_parked(MessageId message, std::int32_t number, Moment now, Effects& effects);

  [[nodiscard]] Result<int> prune_messages(TimelineTime older_than, std::int64_t max_bytes, Effects& effects);
  [[nodiscard]] Result<void> sweep(TimelineTime older_than, Moment now);
  [[nodiscard]] Result<void> sweep_receipts();
  [[nodiscard]] Result<std::int64_t> used_bytes();

  sqlite::Database database_;
  StoreSettings settings_;
  std::optional<Timeline::Anchor> last_anchor_;
  MessageId greatest_id_;
  std::optional<commit::Salvage> salvage_;
  Counters counted_;

  TimelineTime run_start_{};

  // Kept on the store thread. None of it is needed for correctness after a restart.
  /// No queued message expires before this: spares overdue() the walk over the queue.
  TimelineTime earliest_expiry_{};
  /// No sent message's receipt window ends before this: spares overdue() the walk over the applications' lines.
  TimelineTime earliest_window_end_{};
  /// By line: the (due, id) where due() goes on.
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> due_cursors_;
  std::deque<Parked> parked_;
  std::deque<ReceiptName> settled_;  ///< The last parts whose last word was heard.
  MessageId counted_at_most_;  ///< The stored counted_id is not above this (it may be below, when a commit failed).
  MessageId prune_cursor_;
  std::string sweep_provider_;  ///< Where the sweep of awaited_receipts goes on.
  std::string sweep_ref_;
};

}  // namespace relay::outbox
