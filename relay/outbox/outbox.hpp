#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/base/timeline.hpp"
#include "relay/commit/urgency.hpp"
#include "relay/message/message.hpp"
#include "relay/message/opt_out_word.hpp"

namespace relay::outbox {

using commit::Urgency;

/// The key under which an application repeats a submission, and what the submission said.
struct IdempotencyKey {
  std::string key;                      ///< 1..255 characters, scoped to the application.
  std::array<std::byte, 32> payload{};  ///< SHA-256 of the canonical payload.
  Millis life{24 * 3'600'000LL};        ///< How long it is remembered (docs/decisions/0005-outbox-schema.md).
};

struct Submission {
  AppId app = 0;
  std::vector<Message> messages;  ///< 1..n, ids from next_id(), state queued, in the order of acceptance.
  std::optional<IdempotencyKey> idempotency;
  std::string answer;  ///< What the application is answered; kept with the key and replayed.
  /// Writes the answer anew when some recipients have opted out, of the messages as they are stored. Pure: it runs
  /// where the store does. Empty: `answer` stays.
  std::function<std::string(const std::vector<Message>&)> render_answer;
  Urgency urgency = Urgency::paced;
  /// otp: cancels what is still queued (state queued) of this app and class to the same recipient.
  bool replaces_older = false;
};

struct SubmitResult {
  /// key_reused: same key, other payload; nothing stored. opted_out: the only recipient is on the opt-out list; nothing
  /// stored.
  enum class Kind : std::uint8_t { stored, replayed, key_reused, opted_out };
  Kind kind = Kind::stored;
  std::string answer;                ///< stored: the submission's own; replayed: the first one's.
  std::vector<MessageId> cancelled;  ///< Messages that this one replaced.
  int blocked = 0;                   ///< stored: so many of several recipients had opted out; their messages are final.
};

struct AttemptStart {
  MessageId message;
  std::string provider;
  WallTime started_at{};
  /// Refuse (conflict) while an unfinished predecessor exists: see DueBatch::held_back for what that is.
  bool in_order = false;
  /// Under sustained load a paced start waits up to 1/commit_rate (83 ms) for company. Alarms: now.
  Urgency urgency = Urgency::paced;
};

/// Whether an attempt may begin. Unless it has begun nothing is written, and the caller moves the message on.
struct AttemptBegun {
  enum class Kind : std::uint8_t {
    begun,
    opted_out,   ///< The recipient is on the opt-out list: it must never be attempted.
    over_limit,  ///< The application's daily limit is reached: hold_over_limit() is next.
  };
  Kind kind = Kind::begun;
  Attempt attempt;  ///< begun: as journalled.
};

/// What due() found.
struct DueBatch {
  std::vector<Message> messages;  ///< By (due, id).
  bool more = false;              ///< The limit was reached: ask again.
  /// Some due messages were left out because of an unfinished predecessor: a message of the same recipient and class
  /// (only classes with MessageOrder::fifo_per_recipient) with a smaller id, state queued or sending, and no `unknown`
  /// behind it (copies == 0).
  bool held_back = false;
};

/// How an attempt ended and what the message does next (decided by relay/dispatch).
struct AttemptEnd {
  MessageId message;
  std::int32_t number = 0;
  Outcome outcome = Outcome::unknown;
  Millis duration{};
  std::string provider_ref;
  std::vector<std::string> receipt_refs;
  std::string code;
  std::string detail;
  std::string cost;
  bool opted_out =
      false;  ///< The recipient said STOP to the provider: the number joins the opt-out list with this end.

  State next = State::queued;
  std::string reason;
  TimelineTime due{};  ///< As Message::due for `next`.
  WallTime at{};
  Urgency urgency = Urgency::relaxed;  ///< now: the next attempt of the same message waits for it.
};

/// Later knowledge about an attempt that ended as `unknown`: from asking the provider, or an answer that came too late.
struct AttemptProof {
  MessageId message;
  std::int32_t number = 0;
  bool was_sent = false;
  std::string provider_ref;
  std::vector<std::string> receipt_refs;
  std::string code;
  TimelineTime due{};  ///< was_sent: the end of the receipt window. Else: when the message may go again.
  WallTime at{};
};

/// A provider's later word, named by what SendResult::receipt_refs promised.
struct Receipt {
  std::string provider;
  std::string ref;
  ReceiptStatus status = ReceiptStatus::pending;
  std::string code;  ///< Raw, for the record.
  std::string cost;  ///< Known by now ("0.00790 USD"): kept with the attempt. Empty: nothing new.
  WallTime at{};
  /// Last digits of the recipient if the receipt names one (modem), else empty: must match.
  std::string recipient_digits;
  /// Of a reference that repeats (a modem counts to 255, some from nought again after each restart): how old the
  /// attempt was when the receipt was heard. Of several attempts under the reference the newest that can be meant has
  /// it; when that cannot be told, because a power cut or a wrong clock lies between, none has.
  struct Age {
    SteadyTime heard{};
    Millis at_least{0};
    Millis at_most = Millis::max();
  };
  std::optional<Age> age;
  /// With `failed`: the provider refuses after all what it had accepted, as Outcome::refused says at once (WhatsApp
  /// tells so late that the 24-hour window is closed). A message with a fallback goes on to it.
  bool refused = false;
  bool channel_refused = false;  ///< With `refused`: no other provider of the channel can carry it either.
  /// With `failed`: the provider gives back what it had accepted, certainly unsent (the bridge, when it finds no way
  /// out). The message goes on in its own channel too.
  bool not_sent = false;
};

struct ReceiptResult {
  bool matched = false;
  MessageId message;
  MessageClass message_class = MessageClass::info;
  State state = State::sent;  ///< The message's state afterwards.
  bool changed = false;       ///< The receipt made it final.
  bool moved_on = false;      ///< It is queued again, for its fallback or (not_sent) another provider.
};

/// A message with its history, for the API.
struct MessageRecord {
  Message message;
  std::vector<Attempt> attempts;
};

struct ListFilter {
  std::optional<AppId> app;  ///< Applications see their own; the box's admin sees all.
  std::optional<State> state;
  std::optional<MessageClass> message_class;
  std::string to;
  std::string tag;
  std::optional<MessageId> batch;
  std::optional<MessageId> before;  ///< Cursor: only smaller ids (newest first).
  int limit = 50;                   ///< 1..500
};

/// Application ports of a message that is for a program (3GPP TS 23.040 clauses 9.2.3.24.3 and .4).
struct InboundPorts {
  int destination = 0;
  int source = 0;
  bool operator==(const InboundPorts&) const = default;
};

struct InboundMessage {
  std::int64_t id = 0;   ///< Given by the store.
  std::string provider;  ///< Which modem or cloud.
  std::string from;
  std::string to;
  std::string text;                   ///< Empty when there is data.
  std::optional<std::string> data;    ///< Octets that are no text.
  std::optional<InboundPorts> ports;  ///< For a program; what has them is not looked through for words.
  std::optional<int> message_class;   ///< 0 (flash) .. 3
  WallTime received_at{};
  std::optional<WallTime> sent_at;  ///< The service centre's time, if it makes sense.
  std::string fingerprint;  ///< Equal for the network's repeats: a second one is dropped, silently and successfully.
  /// Fingerprints of the parts that it was put together from: they are kept no more, but known, with the same commit.
  std::vector<std::string> parts;
  /// Puts `from` (E.164) on the opt-out list, or takes it off, with the same commit; a repeat does neither.
  OptOutWord opt_out_word = OptOutWord::none;
};

/// A part of a long message whose rest has not come: once it is kept, the network need not keep it.
struct InboundPart {
  std::string provider;
  std::string fingerprint;  ///< Of this part of this message.
  std::string pdu;  ///< As received. Empty: its message is complete; the part is known, so that a repeat is told.
  Millis age{0};    ///< Given by the store: how long ago it was kept.
};

/// A number that nothing is sent to, whoever asks and whichever provider would carry it.
struct OptOut {
  std::string number;  ///< E.164.
  std::string
      source;  ///< Who said so first: "api", the provider that refused, or "inbound:" and who received the word.
  WallTime at{};
};

struct Application {
  AppId id = 0;
  std::string name;  ///< 1..64 of [a-z0-9-], unique.
  int weight = 1;    ///< 1..100
  MessageClass default_class = MessageClass::info;
  std::string key_prefix;  ///< First characters of the key, for people.
  std::array<std::byte, 32> key_hash{};
  WallTime created_at{};
  bool revoked = false;
  std::int64_t daily_limit = 0;  ///< Message parts per UTC day of the timeline; 0: none.
};

/// Something the box tells an application (or, app 0, its operator): a row that stays until its receiver took it.
struct Event {
  std::int64_t id = 0;
  AppId app = 0;
  std::string type;  ///< "message.sent", "message.delivered", "provider.fallback", ...
  std::optional<MessageId> message;
  std::string url;   ///< Where to deliver.
  std::string data;  ///< JSON, the `data` of the webhook body.
  WallTime at{};
  std::int32_t tries = 0;
  TimelineTime due{};
  TimelineTime added{};  ///< Given by the store: the first `due`.
};

/// A piece of an application's stream of events.
struct EventPage {
  std::vector<Event> events;  ///< By id.
  std::int64_t dropped = 0;   ///< Events up to this one are kept no more: a reader that has seen less has missed some.
  std::int64_t newest = 0;    ///< The greatest id given so far, to whichever application's event.
};

/// The UTC day of the timeline, counted from its epoch: what daily limits go by, so that no jump of the wall clock
/// gives or takes a day.
[[nodiscard]] constexpr std::int64_t day_of(TimelineTime at) {
  return std::chrono::floor<std::chrono::days>(at.time_since_epoch()).count();
}
[[nodiscard]] constexpr TimelineTime end_of_day(TimelineTime at) {
  return TimelineTime{std::chrono::days{day_of(at) + 1}};
}

/// What an application has sent on its latest day with an attempt.
struct Usage {
  std::int64_t day = 0;
  std::int64_t parts = 0;        ///< Of attempts that were accepted, may have been, or are under way.
  std::int64_t daily_limit = 0;  ///< 0: none.
};

/// Counted in memory, kept right by every committed change.
struct Counters {
  std::array<std::array<std::int64_t, 5>, 3> live{};  ///< [queued, sending, sent][class]
  std::map<AppId, Usage> usage;                       ///< Of applications with a limit or an attempt.
  std::map<AppId, std::int64_t> queued_by_app;
  std::int64_t stored_rows = 0;  ///< All messages, history included.
  [[nodiscard]] std::int64_t queued() const {
    std::int64_t sum = 0;
    for (const auto n : live[0]) sum += n;
    return sum;
  }
  /// Message parts that the application has sent on the day of `now`.
  [[nodiscard]] std::int64_t parts_today(AppId app, TimelineTime now) const {
    const auto found = usage.find(app);
    return found != usage.end() && found->second.day == day_of(now) ? found->second.parts : 0;
  }
  /// Whether it may send nothing more until end_of_day(now).
  [[nodiscard]] bool over_limit(AppId app, TimelineTime now) const {
    const auto found = usage.find(app);
    if (found == usage.end() || found->second.daily_limit == 0) return false;
    return parts_today(app, now) >= found->second.daily_limit;
  }
};

/// The durable queue and the attempt journal. The contract is independent of the store: SQLite on the box
/// (sqlite_outbox.hpp), PostgreSQL under the bridge later. All calls and completions on the loop's thread. An operation
/// that returned a value is committed; one that returned an Error left nothing behind (unless the disk went on failing
/// and the process died then: a commit whose sync failed can come back). Writes take effect in the order in which they
/// were awaited first. A read sees everything that has completed; a write that has not completed yet may
/// not be seen.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // --- accept ---
  [[nodiscard]] virtual MessageId next_id() = 0;
  /// Errors: full (disk), io, corrupt.
  [[nodiscard]] virtual Task<Result<SubmitResult>> submit(Submission submission) = 0;
  /// What the submission under this key was answered; nothing: there was none, or its key is forgotten.
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> find_answer(AppId app, std::string key) = 0;
  /// queued becomes cancelled. Errors: not_found; conflict when it is no longer queued (the message says in which state
  /// it is).
  [[nodiscard]] virtual Task<Result<Message>> cancel(MessageId id, std::optional<AppId> app) = 0;

  // --- deliver ---
  /// The oldest messages of a lane and app with due <= now, state queued, by (due, id), at most `limit`. `in_memory`
  /// are the ids that the caller already holds: they are not returned. In classes with an order per recipient a message
  /// is returned only if each of its unfinished predecessors is in `in_memory` or returned before it, and there are
  /// fewer than `per_recipient` of them.
  [[nodiscard]] virtual Task<Result<DueBatch>> due(Lane lane, AppId app, TimelineTime now, int limit, int per_recipient,
                                                   std::vector<MessageId> in_memory) = 0;
  /// The earliest `due` after `now` of a queued message, over all lanes.
  [[nodiscard]] virtual Task<Result<std::optional<TimelineTime>>> next_due(TimelineTime now) = 0;
  /// Journals an attempt: queued becomes sending, attempts + 1, and its parts count for the application's day; an end
  /// that says that certainly nothing was sent gives them back. Opt-outs and the daily limit are looked at in the same
  /// transaction. Errors: conflict when the message is not queued, or (in_order) has an unfinished predecessor.
  [[nodiscard]] virtual Task<Result<AttemptBegun>> begin_attempt(AttemptStart start) = 0;
  /// Puts a queued message off to the end of the day, reason "daily_limit", if its application's limit is reached in
  /// this very moment. Returns until when; nothing: it may go. Errors: conflict when the message is not queued.
  [[nodiscard]] virtual Task<Result<std::optional<TimelineTime>>> hold_over_limit(MessageId id) = 0;
  /// Records the outcome and moves the message on. Returns the state it is in afterwards: a receipt may have been
  /// faster. When an earlier attempt was proven accepted meanwhile and this one was not accepted, the message becomes
  /// sent (or unconfirmed) instead of `next`: it is out.
  [[nodiscard]] virtual Task<Result<State>> end_attempt(AttemptEnd end) = 0;
  /// was_sent: the attempt becomes accepted, and a message that still waits (queued) becomes sent, or unconfirmed
  /// without receipt_refs. Else the attempt becomes unavailable, copies - 1, and a message that still waits gets `due`.
  /// A message that went on meanwhile (sending, sent, final) keeps its state; the attempt is corrected, and the end of
  /// one that is under way will heed it. Returns the message's state.
  [[nodiscard]] virtual Task<Result<State>> prove(AttemptProof proof) = 0;
  /// A change without an attempt: expiry, block, end of a settle time or of a receipt window. `from` must match, else
  /// conflict.
  [[nodiscard]] virtual Task<Result<State>> move(MessageId id, State from, State to, std::string reason,
                                                 TimelineTime due) = 0;
  /// Work of the clock: queued ones past their expiry and sent ones past their receipt window, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<Message>>> overdue(TimelineTime now, int limit) = 0;
  /// At start only: messages left in `sending` by a crash, with their attempts.
  [[nodiscard]] virtual Task<Result<std::vector<MessageRecord>>> interrupted() = 0;
  /// At start only: queued messages of which a copy may be out already by one of `providers`, whose attempt ended as
  /// unknown and without a reference; with their attempts, at most `limit` for each provider.
  [[nodiscard]] virtual Task<Result<std::vector<MessageRecord>>> in_doubt(std::vector<std::string> providers,
                                                                          int limit) = 0;

  // --- receipts ---
  [[nodiscard]] virtual Task<Result<ReceiptResult>> apply(Receipt receipt) = 0;
  /// Messages in `sent` whose attempt by one of `providers` awaits a receipt, oldest first (for providers that must be
  /// asked).
  [[nodiscard]] virtual Task<Result<std::vector<MessageRecord>>> awaiting_receipt(std::vector<std::string> providers,
                                                                                  int limit) = 0;

  // --- look ---
  [[nodiscard]] virtual Task<Result<MessageRecord>> find(MessageId id, std::optional<AppId> app) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<Message>>> list(ListFilter filter) = 0;
  [[nodiscard]] virtual const Counters& counters() const = 0;
  /// Accepted time of the oldest queued message of each class, refreshed by the store at most once a second.
  [[nodiscard]] virtual Task<Result<std::array<std::optional<TimelineTime>, 5>>> oldest_queued() = 0;
  /// Can it store right now? Writes and commits one row.
  [[nodiscard]] virtual Task<Result<bool>> probe() = 0;

  // --- inbound ---
  /// Returns false when the fingerprint is known (a repeat): that is success too.
  [[nodiscard]] virtual Task<Result<bool>> store_inbound(InboundMessage message) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<InboundMessage>>> list_inbound(std::optional<std::int64_t> after,
                                                                               int limit) = 0;
  /// Keeps it until a message names it among its parts, or for a week. One that is known stays as it is: success too.
  [[nodiscard]] virtual Task<Result<bool>> keep_inbound_part(InboundPart part) = 0;
  /// Of one provider, in the order in which they were kept.
  [[nodiscard]] virtual Task<Result<std::vector<InboundPart>>> inbound_parts(std::string provider) = 0;

  // --- opt-outs ---
  /// False: it was on the list already, and stays as it was. Errors: full (disk).
  [[nodiscard]] virtual Task<Result<bool>> add_opt_out(OptOut opt_out) = 0;
  /// False: it was not on the list.
  [[nodiscard]] virtual Task<Result<bool>> remove_opt_out(std::string number) = 0;
  /// Errors: not_found.
  [[nodiscard]] virtual Task<Result<OptOut>> find_opt_out(std::string number) = 0;
  /// By number, those after `after`.
  [[nodiscard]] virtual Task<Result<std::vector<OptOut>>> list_opt_outs(std::string after, int limit) = 0;

  // --- applications ---
  [[nodiscard]] virtual Task<Result<std::vector<Application>>> applications() = 0;
  /// Errors: conflict when the name is taken by a key that is not revoked.
  [[nodiscard]] virtual Task<Result<Application>> add_application(Application application) = 0;
  /// False: there is no such key in use.
  [[nodiscard]] virtual Task<Result<bool>> revoke_application(std::string name) = 0;
  /// Message parts per day from now on, 0: no limit. Messages that waited for the end of the day go on if they may.
  /// False: there is no such key in use.
  [[nodiscard]] virtual Task<Result<bool>> set_daily_limit(std::string name, std::int64_t daily_limit) = 0;

  // --- facts ---
  /// What a part of the box must know after a restart, and what never grows with the traffic: which SIM refused which
  /// PIN, how much a SIM has sent. `name` is the part's own, "sim-pin/8935...". Nothing: never remembered, or
  /// forgotten.
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> recall(std::string name) = 0;
  /// Replaces what was known under the name; an empty value forgets it. Errors: full (max_facts names are known), and
  /// invalid_argument (a name of more than 128 octets, a value of more than 4096).
  [[nodiscard]] virtual Task<Result<bool>> remember(std::string name, std::string value, Urgency urgency) = 0;
  static constexpr int max_facts = 1024;

  // --- events ---
  /// Applications (lane, app) that have anything queued: what the dispatcher starts with.
  [[nodiscard]] virtual Task<Result<std::vector<std::pair<Lane, AppId>>>> queued_feeds() = 0;
  /// Message events are written by the operations above, in their transaction, for messages with a callback_url. This
  /// adds others.
  [[nodiscard]] virtual Task<Result<std::int64_t>> add_event(Event event) = 0;
  /// Events due by `now`, per URL in order of id, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<Event>>> pending_events(TimelineTime now, int limit) = 0;
  [[nodiscard]] virtual Task<Result<std::optional<TimelineTime>>> next_event_due() = 0;
  [[nodiscard]] virtual Task<Result<bool>> event_done(std::int64_t id) = 0;
  [[nodiscard]] virtual Task<Result<bool>> event_failed(std::int64_t id, TimelineTime retry_at) = 0;
  /// The application reads its stream: from its first call on, events of all its messages are kept, delivered to a
  /// webhook or not, until prune_events() finds it gone. Called again at least once an hour while it listens.
  [[nodiscard]] virtual Task<Result<bool>> listen(AppId app) = 0;
  /// Its kept events with a greater id than `after`, at most `limit`.
  [[nodiscard]] virtual Task<Result<EventPage>> events_after(AppId app, std::int64_t after, int limit) = 0;
  /// Lets go of kept events that are older than the settings say or more than max_kept_events of one application, and
  /// of applications that have not listened for so long; a bounded number of rows a call. Returns how many went.
  [[nodiscard]] virtual Task<Result<int>> prune_events() = 0;
  static constexpr int max_kept_events = 10'000;
  /// Called after a commit that added to streams, with their applications.
  virtual void on_events(std::function<void(const std::vector<AppId>&)> listener) = 0;

  // --- keep ---
  [[nodiscard]] virtual const Timeline& timeline() const = 0;
  /// Stores the timeline's anchor (Urgency::relaxed).
  [[nodiscard]] virtual Task<Result<bool>> keep_time() = 0;
  /// Deletes final messages that were accepted before `older_than`, and the oldest final ones while the store is over
  /// `max_bytes`; a bounded number of rows a call. Returns how many messages went.
  [[nodiscard]] virtual Task<Result<int>> prune(TimelineTime older_than, std::int64_t max_bytes) = 0;
  /// Called after a commit that made messages ready to go: with the messages, in commit order.
  virtual void on_stored(std::function<void(const std::vector<Message>&)> listener) = 0;
};

}  // namespace relay::outbox
