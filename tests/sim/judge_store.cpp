// What the judge finds in the store: at each death, when places are refused, and at the end.

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::MessageClass;
using relay::Millis;
using relay::State;
using std::chrono::hours;
using std::chrono::minutes;
using Fate = Submission::Fate;

constexpr Millis prunes_within{2 * 3'600'000};  // it prunes every hour, and at each start
constexpr Millis sweeps_after_start{30'000};
constexpr Millis looks_at_room_every{60'000};

bool is_ordered(MessageClass message_class) {
  return relay::policy_of(message_class).order == relay::MessageOrder::fifo_per_recipient;
}

}  // namespace

void Judge::look_after_death(bool power) { look(true, power); }

void Judge::look(bool after_death, bool thoroughly) {
  auto view = reader_.read(world_.box.disk().files(), thoroughly);
  if (!view) {
    world_.violate("I11", view.error().message);
    return;
  }
  compare(*view, after_death);
  last_view_ = std::move(*view);
}

void Judge::compare(const StoreView& view, bool after_death) {
  std::vector<bool> stored(world_.ledger.items.size(), false);
  for (const auto& row : view.messages) {
    const auto item = world_.ledger.find(row.text, row.to);
    if (!item) {
      world_.violate("I14", concat("the store holds a message that nobody submitted: ", row.text));
      return;
    }
    if (stored[*item]) {
      world_.violate("I13", concat(name_of_item(*item), " stands in the store twice"));
      return;
    }
    stored[*item] = true;
    compare_message(row, *item, after_death);
  }
  // I1
  for (std::size_t item = 0; item < stored.size(); ++item) {
    const auto& submission = world_.ledger.submission_of(item);
    if (!stored[item] && submission.fate == Fate::acknowledged && !may_be_gone(item)) {
      world_.violate("I1", concat(name_of_item(item), " was answered 202 and is gone"));
      return;
    }
  }
  for (const auto& number : view.opt_outs) opt_outs_stored_.insert(number);
  if (after_death) opt_out_told_.clear();  // what was not committed is forgotten
}

void Judge::compare_message(const StoreView::Message& row, std::size_t index, bool after_death) {
  Item& item = world_.ledger.items[index];
  const auto& submission = world_.ledger.submission_of(index);
  if (submission.fate == Fate::refused) {
    world_.violate("I14", concat(name_of_item(index), " was refused, and stands in the store"));
  }
  if (item.id.empty()) world_.ledger.name(index, row.id);
  if (item.id != row.id) {
    world_.violate("I13", concat(name_of_item(index), " stands in the store as ", row.id));
  }
  // I5: what went out had its row first.
  if (item.attempts_seen() > row.attempts) {
    world_.violate("I5", concat(name_of_item(index), " was tried ", item.attempts_seen(), " times; the journal knows ",
                                row.attempts));
  }
  if (after_death && row.state == State::sending && !item.interrupted) item.interrupted = world_.now();
  for (const std::size_t index_of_send : item.sends) {
    Send& send = world_.ledger.sends[index_of_send];
    // An answer that came when the attempt had been given up is only as good as its record.
    const bool late =
        send.answered && *send.answered > send.at + relay::policy_of(submission.message_class).attempt_budget;
    if (after_death && late && send.boot == world_.box.boots() && !relay::is_final(row.state)) send.relay_died = true;
  }
  if (after_death && row.state == State::sending && !item.sends.empty()) {
    Send& last = world_.ledger.sends[item.sends.back()];
    if (last.boot == world_.box.boots()) last.relay_died = true;
  }
  state_told(index, row.state, "the store");
}

bool Judge::may_be_gone(std::size_t item) const {
  const auto& submission = world_.ledger.submission_of(item);
  const bool leapt = world_.box.time_leaps() != submission.time_leaps_before;
  return leapt || world_.now() > submission.first_try + world_.options.history;
}

/// Events that no receiver took in a day go, and with the history; a clock that leaps makes either short.
bool Judge::events_may_be_gone(const Submission& submission) const {
  const auto& options = world_.options;
  const bool leapt = world_.box.time_leaps() != submission.time_leaps_before;
  const bool troubled = options.has(FaultClass::receiver_down) || options.has(FaultClass::receiver_slow);
  return options.history < hours{24} ? leapt || troubled : leapt && troubled;
}

// --- room ---

/// As the store has it at this moment; nothing when it cannot be read now.
std::optional<int> Judge::queued_of(int app) {
  const auto view = reader_.read(world_.box.disk().files(), false);
  if (!view) return std::nullopt;
  int queued = 0;
  for (const auto& row : view->messages) {
    const auto item = world_.ledger.find(row.text, row.to);
    if (row.state == State::queued && item && world_.ledger.submission_of(*item).app == app) ++queued;
  }
  return queued;
}

void Judge::refused_for_room(std::size_t index) {
  const auto& submission = world_.ledger.submissions[index];
  room_refused_ = world_.now();
  if (world_.options.flood_contest || !world_.box.disk_is_well()) return;
  const auto up = world_.box.up_since();
  if (!up || world_.now() < *up + sweeps_after_start) return;  // what expired while it was off leaves all at once
  if (room_looked_at_ && world_.now() < *room_looked_at_ + looks_at_room_every) return;
  room_looked_at_ = world_.now();
  const auto queued = queued_of(submission.app);
  const int places = world_.options.app_places;
  const bool alarm = submission.message_class == MessageClass::alarm;
  const int bound = alarm ? places : places - places / 10;
  // Some may have left while the answer was on its way.
  constexpr int left_meanwhile = 3;
  if (queued && *queued + static_cast<int>(submission.items.size()) + left_meanwhile < bound) {
    world_.violate("I14", concat(submission.token, " was refused because its application's places are taken; ", *queued,
                                 " of ", bound, " are"));
  }
}

/// Messages of the application whose attempts have just failed: they have their places back, however many are taken.
int Judge::came_back(int app) const {
  const auto& sends = world_.ledger.sends;
  const auto just_failed = [&](const Send& send) {
    return send.answered && *send.answered > world_.now() - Millis{500} && !send.accepted &&
           world_.ledger.submission_of(send.item).app == app;
  };
  const auto recent = std::ranges::find_if(sends.rbegin(), sends.rend(),
                                           [&](const Send& send) { return send.at < world_.now() - Millis{60'000}; });
  return static_cast<int>(std::count_if(sends.rbegin(), recent, just_failed));
}

void Judge::taken_for_room(std::size_t index) {
  const auto& submission = world_.ledger.submissions[index];
  const bool near_full = room_refused_ && world_.now() < *room_refused_ + minutes{2};
  if (!near_full || submission.message_class == MessageClass::alarm || submission.tries > 1) return;
  if (world_.options.flood_contest || !world_.box.disk_is_well()) return;
  const auto queued = queued_of(submission.app);
  const int places = world_.options.app_places;
  if (queued && *queued > places - places / 10 + 1 + came_back(submission.app)) {
    world_.violate(
        "I14", concat(submission.token, " (", relay::name_of(submission.message_class),
                      ") took one of the places that are kept for alarms: ", *queued, " of ", places, " are taken"));
  }
}

// --- the end ---

/// I18: what is over goes when its time has come.
void Judge::check_history(const StoreView& view) {
  const Millis keeps = world_.options.history + prunes_within + world_.box.lost_time();
  for (const auto& row : view.messages) {
    const auto item = world_.ledger.find(row.text, row.to);
    if (!item || !relay::is_final(row.state)) continue;
    const Millis age = world_.now() - world_.ledger.submission_of(*item).first_try;
    if (age <= keeps) continue;
    world_.violate("I18",
                   concat(name_of_item(*item), " is over and still stored after ", age.count() / 60'000, " min"));
    return;
  }
}

/// I7: all is well, so nothing waits for its first attempt, but for an application that may send no more today.
void Judge::expect_nobody_waits() {
  look(false, false);
  if (!last_view_) return;
  for (const auto& row : last_view_->messages) {
    const auto item = world_.ledger.find(row.text, row.to);
    if (!item || row.state != State::queued || row.attempts > 0) continue;
    const auto& submission = world_.ledger.submission_of(*item);
    if (world_.options.daily_limits.at(static_cast<std::size_t>(submission.app)) > 0) continue;
    const Millis waits = world_.now() - (submission.first_try + submission.delay + world_.box.lost_time());
    if (waits < minutes{30}) continue;
    world_.violate("I7", concat(name_of_item(*item), " has waited for its first attempt for ", waits.count() / 60'000,
                                " min, and all is well"));
    return;
  }
}

bool Judge::everything_over() {
  look(false, false);
  if (!last_view_ || last_view_->events > 0) return false;
  return std::ranges::all_of(last_view_->messages, [](const auto& row) { return relay::is_final(row.state); });
}

void Judge::at_end() {
  look(false, true);
  if (!last_view_ || world_.violated()) return;
  for (const auto& row : last_view_->messages) {
    if (relay::is_final(row.state)) continue;
    world_.violate("I1", concat("message ", row.id, " is still ", relay::name_of(row.state),
                                ", past every expiry and receipt window"));
    return;
  }
  if (last_view_->events > 0) {
    world_.violate("I17", concat(last_view_->events, " events were not delivered, to receivers that are well"));
  }
  for (std::size_t item = 0; item < world_.ledger.items.size(); ++item) {
    check_copies(item);
    const auto& of = world_.ledger.items[item];
    const auto& submission = world_.ledger.submission_of(item);
    if (!submission.callback || submission.fate != Fate::acknowledged || !of.final_state) continue;
    if (events_may_be_gone(submission)) continue;
    const auto told = world_.receivers.last_state().find(of.id);
    if (told == world_.receivers.last_state().end() || told->second != relay::name_of(*of.final_state)) {
      world_.violate("I17", concat(name_of_item(item), " is ", relay::name_of(*of.final_state),
                                   ", and its receiver was never told"));
    }
    if (!std::ranges::is_sorted(of.event_ids)) {
      world_.violate("I17", concat(name_of_item(item), ": its events came out of order"));
    }
  }
  check_order(*last_view_);
  check_history(*last_view_);
  check_letters();
  check_shares();
}

/// I4: the ids of the store are the order of commits.
void Judge::check_order(const StoreView& view) {
  struct Turn {
    std::size_t item;
    std::optional<WorldTime> first;
  };
  std::map<std::pair<std::string, MessageClass>, std::vector<Turn>> lines;
  for (const auto& row : view.messages) {
    if (!is_ordered(row.message_class)) continue;
    const auto item = world_.ledger.find(row.text, row.to);
    std::optional<WorldTime> first;
    for (const std::size_t send : world_.ledger.items[*item].sends) {
      const auto& taken = world_.ledger.sends[send].accepted;
      if (taken && (!first || *taken < *first)) first = taken;
    }
    lines[{row.to, row.message_class}].push_back({*item, first});
  }
  for (const auto& [line, turns] : lines) {
    for (std::size_t later = 1; later < turns.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        const Turn& a = turns[earlier];
        const Turn& b = turns[later];
        if (!a.first || !b.first || *a.first <= *b.first) continue;
        const auto& interrupted = world_.ledger.items[a.item].interrupted;
        if (interrupted && *interrupted < *b.first) continue;
        const bool unknown_before = std::ranges::any_of(world_.ledger.items[a.item].sends, [&](std::size_t send) {
          return world_.ledger.sends[send].at < *b.first && world_.ledger.sends[send].ambiguous();
        });
        if (unknown_before) continue;
        // What its application's daily limit holds back does not hold others'.
        const int app = world_.ledger.submission_of(a.item).app;
        const bool limited = world_.options.daily_limits.at(static_cast<std::size_t>(app)) > 0;
        if (limited && app != world_.ledger.submission_of(b.item).app) continue;
        world_.violate("I4", concat(name_of_item(b.item), " was taken ", (*a.first - *b.first).count(), " ms before ",
                                    name_of_item(a.item), ", which had been stored first"));
        return;
      }
    }
  }
}

/// I16: in any ten minutes with both queues full, each gets at least 0.8 of its share, also after one was idle.
void Judge::check_shares() {
  if (!world_.options.flood_contest) return;
  const double both = world_.options.weights[0] + world_.options.weights[1];
  for (WorldTime from{minutes{5} + world_.options.contest_joined_after}; from + minutes{10} <= WorldTime{minutes{35}};
       from += minutes{5}) {
    std::array<int, 2> got{};
    for (const auto& [at, app] : contest_) {
      if (at >= from && at < from + minutes{10}) ++got.at(static_cast<std::size_t>(app));
    }
    const int total = got[0] + got[1];
    if (total < 100) continue;
    world_.hit("contest.window");
    for (std::size_t app = 0; app < 2; ++app) {
      const double share = world_.options.weights.at(app) / both;
      if (got.at(app) < 0.8 * share * total) {
        world_.violate("I16", concat("application ", app, " of weight ", world_.options.weights.at(app), " got ",
                                     got.at(app), " of ", total, " places in ten minutes"));
      }
    }
  }
}

}  // namespace sim
