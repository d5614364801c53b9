#include <algorithm>
#include <array>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

/// What stands between a message and its attempt: the opt-out list and the applications' daily limits.
namespace relay::outbox {

using sqlite::Query;

namespace {

OptOut opt_out_from(const Query& q) {
  return {.number = q.text(0), .source = q.text(1), .at = from_ms<WallTime>(q.integer(2))};
}

}  // namespace

// --- opt-outs ---

Result<bool> Store::add_opt_out(const OptOut& opt_out) {
  if (const auto room = require_room(false); !room) return std::unexpected(room.error());
  return list_opt_out(opt_out);
}

Result<bool> Store::list_opt_out(const OptOut& opt_out) {
  const auto added =
      Query(database_, "INSERT INTO opt_outs (number, source, at) VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING")
          .bind(opt_out.number, opt_out.source, to_ms(opt_out.at))
          .run();
  if (!added) return std::unexpected(added.error());
  return *added == 1;
}

Result<bool> Store::remove_opt_out(const std::string& number) {
  const auto removed = Query(database_, "DELETE FROM opt_outs WHERE number = ?").bind(number).run();
  if (!removed) return std::unexpected(removed.error());
  return *removed == 1;
}

Result<OptOut> Store::find_opt_out(const std::string& number) {
  Query q(database_, "SELECT number, source, at FROM opt_outs WHERE number = ?");
  const auto row = q.bind(number).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, "this number is not on the opt-out list");
  return opt_out_from(q);
}

Result<std::vector<OptOut>> Store::list_opt_outs(const std::string& after, int limit) {
  std::vector<OptOut> out;
  Query q(database_, "SELECT number, source, at FROM opt_outs WHERE number > ? ORDER BY number LIMIT ?");
  q.bind(after, limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) out.push_back(opt_out_from(q));
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<void> Store::note_opt_out(const Message& message, const AttemptEnd& end) {
  if (planted(PlantedFault::opt_out_answer_not_listed)) return {};
  const auto attempt = attempt_of(message.id, end.number);
  if (!attempt) return std::unexpected(attempt.error());
  const auto added = list_opt_out({.number = message.to, .source = attempt->provider, .at = end.at});
  return added ? Result<void>{} : std::unexpected(added.error());
}

Result<bool> Store::is_opted_out(const std::string& number) {
  Query q(database_, "SELECT 1 FROM opt_outs WHERE number = ?");
  return q.bind(number).step();
}

Result<int> Store::block_opted_out(std::vector<Message>& messages) {
  int blocked = 0;
  for (Message& message : messages) {
    const auto opted_out = is_opted_out(message.to);
    if (!opted_out) return std::unexpected(opted_out.error());
    if (!*opted_out) continue;
    message.state = State::blocked;
    message.reason = "opted_out";
    ++blocked;
  }
  return blocked;
}

// --- what an attempt must pass ---

Result<Store::Guard> Store::guard(const Message& message, TimelineTime now) {
  Query q(database_,
          "SELECT EXISTS (SELECT 1 FROM opt_outs WHERE number = ?1), "
          "(SELECT daily_limit FROM applications WHERE id = ?2), "
          "(SELECT parts FROM usage WHERE day = ?3 AND app = ?2)");
  const auto row = q.bind(message.to, message.app, day_of(now)).step();
  if (!row) return std::unexpected(row.error());
  const bool opted_out = q.integer(0) != 0 && !planted(PlantedFault::opt_outs_checked_at_submission_only);
  return Guard{.opted_out = opted_out, .daily_limit = q.integer(1), .parts_today = q.integer(2)};
}

Result<void> Store::charge(AppId app, std::int64_t day, std::int64_t parts, Effects& effects) {
  const auto done = Query(database_,
                          "INSERT INTO usage (day, app, parts) VALUES (?, ?, ?) "
                          "ON CONFLICT (day, app) DO UPDATE SET parts = parts + excluded.parts")
                        .bind(day, app, parts)
                        .run();
  if (!done) return std::unexpected(done.error());
  effects.charges.push_back({app, day, parts});
  return {};
}

Result<void> Store::give_back(const Message& message, std::int32_t number, Effects& effects) {
  std::int64_t day = 0;
  std::int64_t parts = 0;
  {
    Query q(database_,
            "SELECT charged_day, charged_parts FROM messages WHERE id = ?1 AND attempts = ?2 UNION ALL "
            "SELECT charged_day, charged_parts FROM earlier_attempts WHERE message = ?1 AND number = ?2");
    const auto row = q.bind(message.id.value, number).step();
    if (!row) return std::unexpected(row.error());
    if (!*row || q.is_null(0)) return {};  // begun by a release that did not count
    day = q.integer(0);
    parts = q.integer(1);
  }
  const auto done = Query(database_, "UPDATE usage SET parts = parts - ? WHERE day = ? AND app = ?")
                        .bind(parts, day, message.app)
                        .run();
  if (!done) return std::unexpected(done.error());
  if (*done == 1) effects.charges.push_back({message.app, day, -parts});  // else its day was swept
  return {};
}

// --- daily limits ---

Result<std::optional<AppId>> Store::set_daily_limit(const std::string& name, std::int64_t daily_limit,
                                                    Effects& effects) {
  std::optional<AppId> app;
  {
    Query q(database_, "SELECT id FROM applications WHERE name = ? AND revoked = 0");
    const auto row = q.bind(name).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return app;
    app = static_cast<AppId>(q.integer(0));
  }
  const auto done = Query(database_, "UPDATE applications SET daily_limit = ? WHERE id = ?")
                        .bind(daily_limit > 0 ? std::optional(daily_limit) : std::nullopt, *app)
                        .run();
  if (!done) return std::unexpected(done.error());
  effects.daily_limits.emplace_back(*app, daily_limit);
  return app;
}

Result<std::optional<TimelineTime>> Store::hold_over_limit(MessageId id, Moment now, Effects& effects) {
  const auto message = load(id);
  if (!message) return std::unexpected(message.error());
  const auto rules = guard(*message, now.timeline);
  if (!rules) return std::unexpected(rules.error());
  if (!rules->over_limit()) return std::nullopt;
  const TimelineTime until = end_of_day(now.timeline);
  const auto moved = move(id, State::queued, State::queued, "daily_limit", until, now, effects);
  if (!moved) return std::unexpected(moved.error());
  return until;
}

/// What waits for the end of the day is due exactly then: found by the index.
Result<int> Store::release_held(AppId app, int limit, Moment now, Effects& effects) {
  const auto rules = guard(Message{.app = app}, now.timeline);
  if (!rules) return std::unexpected(rules.error());
  if (rules->over_limit()) return 0;
  std::vector<MessageId> ids;
  for (const Lane lane : {Lane::alarm, Lane::otp, Lane::rest}) {
    Query q(database_,
            "SELECT id FROM messages INDEXED BY messages_live WHERE state = 0 AND state <= 2 AND line = ? AND due = ? "
            "AND reason = 'daily_limit' ORDER BY id LIMIT ?");
    q.bind(line_of(lane, app), to_ms(end_of_day(now.timeline)), limit - static_cast<std::int64_t>(ids.size()));
    auto row = q.step();
    for (; row && *row; row = q.step()) ids.push_back(MessageId{q.integer(0)});
    if (!row) return std::unexpected(row.error());
  }
  std::ranges::sort(ids);
  for (const MessageId id : ids) {
    if (auto moved = move(id, State::queued, State::queued, "", now.timeline, now, effects); !moved) {
      return std::unexpected(moved.error());
    }
    auto message = load(id);
    if (!message) return std::unexpected(message.error());
    effects.stored.push_back(std::move(*message));
  }
  return static_cast<int>(ids.size());
}

Result<void> Store::count_usage() {
  if (planted(PlantedFault::usage_forgotten_at_restart)) return database_.execute("DELETE FROM usage");
  Query limits(database_, "SELECT id, daily_limit FROM applications WHERE daily_limit IS NOT NULL");
  auto row = limits.step();
  for (; row && *row; row = limits.step()) {
    counted_.usage[static_cast<AppId>(limits.integer(0))].daily_limit = limits.integer(1);
  }
  if (!row) return std::unexpected(row.error());
  Query days(database_, "SELECT app, day, parts FROM usage ORDER BY day");  // a few days, swept by prune()
  row = days.step();
  for (; row && *row; row = days.step()) {
    Usage& usage = counted_.usage[static_cast<AppId>(days.integer(0))];
    usage.day = days.integer(1);
    usage.parts = days.integer(2);
  }
  if (!row) return std::unexpected(row.error());
  return {};
}

}  // namespace relay::outbox
