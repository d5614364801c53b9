#include "relay/outbox/sqlite_outbox.hpp"

#include <algorithm>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "relay/base/planted_fault.hpp"
#include "relay/outbox/disk_space.hpp"
#include "relay/outbox/sqlite_outbox_parts.hpp"

namespace relay::outbox {

namespace {

/// Rows that one step of a listing looks at; between the steps others get their turn.
constexpr int list_step_rows = 2000;
/// Messages that one step of a raised daily limit releases.
constexpr int release_step_rows = 200;

/// PlantedFault::acknowledged_before_commit.
Task<Result<SubmitResult>> answered_early(Runtime runtime, Task<Result<SubmitResult>> stored, std::string answer) {
  asio::co_spawn(runtime.executor, std::move(stored), asio::detached);
  co_return SubmitResult{.kind = SubmitResult::Kind::stored, .answer = std::move(answer), .cancelled = {}};
}

}  // namespace

SqliteOutbox::SqliteOutbox(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteOutbox::~SqliteOutbox() = default;

Result<std::unique_ptr<SqliteOutbox>> SqliteOutbox::open(Runtime runtime, SqliteOutboxSettings settings) {
  const StoreSettings store_settings{settings.path, settings.vfs, settings.page_size, settings.cache_kib,
                                     settings.max_file_bytes};
  auto store = Store::open(store_settings, Timeline(runtime.clock).anchor());
  if (!store) return std::unexpected(store.error());
  if (const auto& salvaged = (*store)->salvaged()) {
    for (const auto& table : salvaged->tables) {
      if (!table.whole) runtime.log.error("outbox_rows_lost", {{"table", table.name}, {"rows_left", table.rows}});
    }
    runtime.log.error("outbox_salvaged", {{"damaged_file", salvaged->set_aside}, {"rows_left", salvaged->rows()}});
  }
  return std::unique_ptr<SqliteOutbox>(
      new SqliteOutbox(std::make_unique<Parts>(runtime, std::move(settings), std::move(*store))));
}

const std::optional<commit::Salvage>& SqliteOutbox::salvaged() const { return parts_->store->salvaged(); }

void SqliteOutbox::on_damage(std::function<void()> listener) { parts_->damage_listener = std::move(listener); }

Task<> SqliteOutbox::close() {
  auto store_anchor = [anchor = parts_->timeline.anchor()](Store& store, Effects&) { return store.keep_time(anchor); };
  const auto kept = co_await parts_->write<bool>(Urgency::now, store_anchor);
  if (!kept) parts_->runtime.log.warning("anchor_not_stored", {{"reason", kept.error().message}});
  co_await parts_->queue->close();
}

std::int64_t SqliteOutbox::free_bytes() {
  Parts& p = *parts_;
  const SteadyTime now = p.runtime.clock.steady();
  if (p.free_bytes_read_at && now - *p.free_bytes_read_at < Millis{1000}) return p.free_bytes;
  p.free_bytes_read_at = now;
  const auto bytes = p.settings.free_disk_bytes ? p.settings.free_disk_bytes() : free_disk_bytes(p.settings.path);
  if (bytes) {
    p.free_bytes = *bytes;
  } else {
    p.runtime.log.warning("free_space_unknown", {{"reason", bytes.error().message}});
  }
  return p.free_bytes;
}

// --- the operations ---

MessageId SqliteOutbox::next_id() { return parts_->ids.next(parts_->timeline.now()); }

Task<Result<SubmitResult>> SqliteOutbox::submit(Submission submission) {
  const Urgency urgency = submission.urgency;
  std::string answer = planted(PlantedFault::acknowledged_before_commit) ? submission.answer : std::string{};
  auto stored = parts_->write<SubmitResult>(
      urgency, [s = std::move(submission), now = parts_->now()](Store& store, Effects& effects) {
        return store.submit(s, now, effects);
      });
  if (planted(PlantedFault::acknowledged_before_commit))
    return answered_early(parts_->runtime, std::move(stored), std::move(answer));
  return stored;
}

Task<Result<std::optional<std::string>>> SqliteOutbox::find_answer(AppId app, std::string key) {
  return parts_->read<std::optional<std::string>>(
      [app, k = std::move(key), now = parts_->timeline.now()](Store& store, Effects&) {
        return store.find_answer(app, k, now);
      });
}

Task<Result<Message>> SqliteOutbox::cancel(MessageId id, std::optional<AppId> app) {
  return parts_->write<Message>(Urgency::paced, [id, app, now = parts_->now()](Store& store, Effects& effects) {
    return store.cancel(id, app, now, effects);
  });
}

Task<Result<DueBatch>> SqliteOutbox::due(Lane lane, AppId app, TimelineTime now, int limit, int per_recipient,
                                         std::vector<MessageId> in_memory) {
  return parts_->read<DueBatch>(
      [lane, app, now, limit, per_recipient, held = std::move(in_memory)](Store& store, Effects&) {
        return store.due(lane, app, now, limit, per_recipient, held);
      });
}

Task<Result<std::vector<std::pair<Lane, AppId>>>> SqliteOutbox::queued_feeds() {
  return parts_->read<std::vector<std::pair<Lane, AppId>>>([](Store& store, Effects&) { return store.queued_feeds(); });
}

Task<Result<std::optional<TimelineTime>>> SqliteOutbox::next_due(TimelineTime now) {
  return parts_->read<std::optional<TimelineTime>>([now](Store& store, Effects&) { return store.next_due(now); });
}

Task<Result<AttemptBegun>> SqliteOutbox::begin_attempt(AttemptStart start) {
  const Urgency urgency = start.urgency;
  return parts_->write<AttemptBegun>(urgency,
                                     [s = std::move(start), now = parts_->now()](Store& store, Effects& effects) {
                                       return store.begin_attempt(s, now, effects);
                                     });
}

Task<Result<std::optional<TimelineTime>>> SqliteOutbox::hold_over_limit(MessageId id) {
  return parts_->write<std::optional<TimelineTime>>(
      Urgency::relaxed,
      [id, now = parts_->now()](Store& store, Effects& effects) { return store.hold_over_limit(id, now, effects); });
}

Task<Result<State>> SqliteOutbox::end_attempt(AttemptEnd end) {
  const Urgency urgency = end.urgency;
  return parts_->write<State>(urgency, [e = std::move(end), now = parts_->now()](Store& store, Effects& effects) {
    return store.end_attempt(e, now, effects);
  });
}

Task<Result<State>> SqliteOutbox::prove(AttemptProof proof) {
  return parts_->write<State>(Urgency::relaxed,
                              [p = std::move(proof), now = parts_->now()](Store& store, Effects& effects) {
                                return store.prove(p, now, effects);
                              });
}

Task<Result<State>> SqliteOutbox::move(MessageId id, State from, State to, std::string reason, TimelineTime due) {
  return parts_->write<State>(Urgency::relaxed, [id, from, to, why = std::move(reason), due, now = parts_->now()](
                                                    Store& store, Effects& effects) {
    return store.move(id, from, to, why, due, now, effects);
  });
}

Task<Result<std::vector<Message>>> SqliteOutbox::overdue(TimelineTime now, int limit) {
  return parts_->read<std::vector<Message>>([now, limit](Store& store, Effects&) { return store.overdue(now, limit); });
}

Task<Result<std::vector<MessageRecord>>> SqliteOutbox::interrupted() {
  return parts_->read<std::vector<MessageRecord>>([](Store& store, Effects&) { return store.interrupted(); });
}

Task<Result<std::vector<MessageRecord>>> SqliteOutbox::in_doubt(std::vector<std::string> providers, int limit) {
  return parts_->read<std::vector<MessageRecord>>(
      [providers = std::move(providers), limit](Store& store, Effects&) { return store.in_doubt(providers, limit); });
}

Task<Result<ReceiptResult>> SqliteOutbox::apply(Receipt receipt) {
  const Moment now = parts_->now();
  const TimelineTime at = receipt.age ? parts_->timeline.from_steady(receipt.age->heard) : now.timeline;
  auto apply = [heard = HeardReceipt{std::move(receipt), at}, now](Store& store, Effects& effects) {
    return store.apply(heard, now, effects);
  };
  return parts_->write<ReceiptResult>(Urgency::relaxed, std::move(apply));
}

Task<Result<std::vector<MessageRecord>>> SqliteOutbox::awaiting_receipt(std::vector<std::string> providers, int limit) {
  return parts_->read<std::vector<MessageRecord>>(
      [names = std::move(providers), limit](Store& store, Effects&) { return store.awaiting_receipt(names, limit); });
}

Task<Result<MessageRecord>> SqliteOutbox::find(MessageId id, std::optional<AppId> app) {
  return parts_->read<MessageRecord>([id, app](Store& store, Effects&) { return store.find(id, app); });
}

/// In steps, so that a filter that matches little does not hold the store for the length of the whole history.
Task<Result<std::vector<Message>>> SqliteOutbox::list(ListFilter filter) {
  const auto limit = static_cast<std::size_t>(std::clamp(filter.limit, 1, 500));
  std::vector<Message> found;
  while (true) {
    filter.limit = static_cast<int>(limit - found.size());
    auto step = co_await parts_->read<Store::ListStep>(
        [filter](Store& store, Effects&) { return store.list(filter, list_step_rows); });
    if (!step) co_return std::unexpected(std::move(step.error()));
    std::ranges::move(step->messages, std::back_inserter(found));
    if (found.size() == limit || !step->resume) co_return found;
    filter.before = step->resume;
  }
}

const Counters& SqliteOutbox::counters() const { return parts_->counters; }

/// The store walks the index of the queue for it: less often when that is long.
Task<Result<std::array<std::optional<TimelineTime>, 5>>> SqliteOutbox::oldest_queued() {
  const SteadyTime now = parts_->runtime.clock.steady();
  const Millis keep{parts_->counters.queued() > 10'000 ? 10'000 : 1'000};
  if (parts_->oldest_read_at && now - *parts_->oldest_read_at < keep) co_return parts_->oldest;
  auto read = co_await parts_->read<std::array<std::optional<TimelineTime>, 5>>(
      [](Store& store, Effects&) { return store.oldest_queued(); });
  if (!read) co_return read;
  parts_->oldest = *read;
  parts_->oldest_read_at = now;
  co_return read;
}

Task<Result<bool>> SqliteOutbox::probe() {
  return parts_->write<bool>(Urgency::now, [](Store& store, Effects&) { return store.probe(); });
}

Task<Result<bool>> SqliteOutbox::store_inbound(InboundMessage message) {
  return parts_->write<bool>(Urgency::paced, [m = std::move(message), now = parts_->now()](Store& store, Effects&) {
    return store.store_inbound(m, now);
  });
}

Task<Result<std::vector<InboundMessage>>> SqliteOutbox::list_inbound(std::optional<std::int64_t> after, int limit) {
  return parts_->read<std::vector<InboundMessage>>(
      [after, limit](Store& store, Effects&) { return store.list_inbound(after, limit); });
}

Task<Result<bool>> SqliteOutbox::keep_inbound_part(InboundPart part) {
  return parts_->write<bool>(Urgency::paced, [p = std::move(part), now = parts_->now()](Store& store, Effects&) {
    return store.keep_inbound_part(p, now);
  });
}

Task<Result<std::vector<InboundPart>>> SqliteOutbox::inbound_parts(std::string provider) {
  return parts_->read<std::vector<InboundPart>>(
      [p = std::move(provider), now = parts_->now()](Store& store, Effects&) { return store.inbound_parts(p, now); });
}

Task<Result<std::vector<Application>>> SqliteOutbox::applications() {
  return parts_->read<std::vector<Application>>([](Store& store, Effects&) { return store.applications(); });
}

Task<Result<Application>> SqliteOutbox::add_application(Application application) {
  return parts_->write<Application>(Urgency::now, [a = std::move(application)](Store& store, Effects& effects) {
    return store.add_application(a, effects);
  });
}

Task<Result<bool>> SqliteOutbox::revoke_application(std::string name) {
  return parts_->write<bool>(Urgency::now,
                             [n = std::move(name)](Store& store, Effects&) { return store.revoke_application(n); });
}

/// In steps, as list() does: there may be many that wait for the end of the day.
Task<Result<bool>> SqliteOutbox::set_daily_limit(std::string name, std::int64_t daily_limit) {
  auto set = co_await parts_->write<std::optional<AppId>>(
      Urgency::now, [n = std::move(name), daily_limit](Store& store, Effects& effects) {
        return store.set_daily_limit(n, daily_limit, effects);
      });
  if (!set) co_return std::unexpected(std::move(set.error()));
  if (!*set) co_return false;
  while (true) {
    auto released =
        co_await parts_->write<int>(Urgency::now, [app = **set, now = parts_->now()](Store& store, Effects& effects) {
          return store.release_held(app, release_step_rows, now, effects);
        });
    if (!released) co_return std::unexpected(std::move(released.error()));
    if (*released < release_step_rows) co_return true;
  }
}

Task<Result<bool>> SqliteOutbox::add_opt_out(OptOut opt_out) {
  return parts_->write<bool>(Urgency::now,
                             [o = std::move(opt_out)](Store& store, Effects&) { return store.add_opt_out(o); });
}

Task<Result<bool>> SqliteOutbox::remove_opt_out(std::string number) {
  return parts_->write<bool>(Urgency::now,
                             [n = std::move(number)](Store& store, Effects&) { return store.remove_opt_out(n); });
}

Task<Result<OptOut>> SqliteOutbox::find_opt_out(std::string number) {
  return parts_->read<OptOut>([n = std::move(number)](Store& store, Effects&) { return store.find_opt_out(n); });
}

Task<Result<std::vector<OptOut>>> SqliteOutbox::list_opt_outs(std::string after, int limit) {
  return parts_->read<std::vector<OptOut>>(
      [a = std::move(after), limit](Store& store, Effects&) { return store.list_opt_outs(a, limit); });
}

Task<Result<std::optional<std::string>>> SqliteOutbox::recall(std::string name) {
  return parts_->read<std::optional<std::string>>(
      [n = std::move(name)](Store& store, Effects&) { return store.recall(n); });
}

Task<Result<bool>> SqliteOutbox::remember(std::string name, std::string value, Urgency urgency) {
  return parts_->write<bool>(
      urgency, [n = std::move(name), v = std::move(value)](Store& store, Effects&) { return store.remember(n, v); });
}

Task<Result<std::int64_t>> SqliteOutbox::add_event(Event event) {
  return parts_->write<std::int64_t>(Urgency::relaxed,
                                     [e = std::move(event)](Store& store, Effects&) { return store.add_event(e); });
}

Task<Result<std::vector<Event>>> SqliteOutbox::pending_events(TimelineTime now, int limit) {
  return parts_->read<std::vector<Event>>(
      [now, limit](Store& store, Effects&) { return store.pending_events(now, limit); });
}

Task<Result<std::optional<TimelineTime>>> SqliteOutbox::next_event_due() {
  return parts_->read<std::optional<TimelineTime>>([](Store& store, Effects&) { return store.next_event_due(); });
}

Task<Result<bool>> SqliteOutbox::event_done(std::int64_t id) {
  return parts_->write<bool>(Urgency::relaxed, [id](Store& store, Effects&) { return store.event_done(id); });
}

Task<Result<bool>> SqliteOutbox::event_failed(std::int64_t id, TimelineTime retry_at) {
  return parts_->write<bool>(Urgency::relaxed,
                             [id, retry_at](Store& store, Effects&) { return store.event_failed(id, retry_at); });
}

Task<Result<bool>> SqliteOutbox::listen(AppId app) {
  return parts_->write<bool>(Urgency::now,
                             [app, now = parts_->now()](Store& store, Effects&) { return store.listen(app, now); });
}

Task<Result<EventPage>> SqliteOutbox::events_after(AppId app, std::int64_t after, int limit) {
  return parts_->read<EventPage>(
      [app, after, limit](Store& store, Effects&) { return store.events_after(app, after, limit); });
}

Task<Result<int>> SqliteOutbox::prune_events() {
  const TimelineTime older_than = parts_->timeline.now() - parts_->settings.event_history;
  return parts_->write<int>(Urgency::relaxed,
                            [older_than](Store& store, Effects&) { return store.prune_events(older_than); });
}

void SqliteOutbox::on_events(std::function<void(const std::vector<AppId>&)> listener) {
  parts_->event_listener = std::move(listener);
}

const Timeline& SqliteOutbox::timeline() const { return parts_->timeline; }

Task<Result<bool>> SqliteOutbox::keep_time() {
  return parts_->write<bool>(Urgency::relaxed, [anchor = parts_->timeline.anchor()](Store& store, Effects&) {
    return store.keep_time(anchor);
  });
}

Task<Result<int>> SqliteOutbox::prune(TimelineTime older_than, std::int64_t max_bytes) {
  return parts_->write<int>(Urgency::relaxed,
                            [older_than, max_bytes, now = parts_->now()](Store& store, Effects& effects) {
                              return store.prune(older_than, max_bytes, now, effects);
                            });
}

void SqliteOutbox::on_stored(std::function<void(const std::vector<Message>&)> listener) {
  parts_->stored_listener = std::move(listener);
}

}  // namespace relay::outbox
