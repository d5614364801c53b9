#include "tests/sim/judge.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::MessageClass;
using relay::Millis;
using relay::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Fate = Submission::Fate;

constexpr Millis expiry_tolerance{1'000};
constexpr Millis modem_tolerance{5'000};  // the world sees a modem's send when the network takes it
constexpr Millis commit_tolerance{3'000};
constexpr Millis settled_for{10 * 60'000};      // a provider well for so long has no open breaker and no hold any more
constexpr Millis prunes_within{2 * 3'600'000};  // it prunes every hour, and at each start
constexpr Millis day_edge{5 * 60'000};          // of the timeline's day and of the world's
constexpr Millis looks_at_room_every{60'000};
constexpr Millis send_under_way{40'000};  // an attempt that was begun before may still wait for the modem
constexpr int most_alarms_waiting = 3;
constexpr std::size_t most_timers = 5'000;
constexpr std::int64_t most_disk_bytes = 24LL << 20U;  // the file's 8 MiB, the WAL, and room to work

bool is_ordered(MessageClass message_class) {
  return relay::policy_of(message_class).order == relay::MessageOrder::fifo_per_recipient;
}

}  // namespace

Judge::Judge(World& world) : world_(world) {}

std::string Judge::name_of_item(std::size_t item) const {
  const auto& submission = world_.ledger.submission_of(item);
  return concat(submission.token, " (", relay::name_of(submission.message_class), " to ", world_.ledger.items[item].to,
                ", ", world_.ledger.items[item].id, ")");
}

// --- what the world saw ---

void Judge::attempt_begins(std::size_t index) {
  const Send& send = world_.ledger.sends[index];
  Item& item = world_.ledger.items[send.item];
  const Submission& submission = world_.ledger.submission_of(send.item);
  ++item.attempts_seen;
  // I3
  const WorldTime latest =
      submission.acknowledged_at.value_or(submission.last_try) + submission.delay + submission.life;
  const Millis lag = world_.box.lost_time() - submission.lost_time_before;
  const Millis tolerance = expiry_tolerance + (send.provider == "modem-main" ? modem_tolerance : Millis{0});
  if (world_.now() > latest + lag + tolerance) {
    world_.violate("I3", concat(name_of_item(send.item), " was tried at ", send.provider, " ",
                                (world_.now() - latest).count(), " ms after its expiry"));
  }
  // I2: what is final is over.
  if (item.final_state) {
    world_.violate("I2", concat(name_of_item(send.item), " was tried at ", send.provider, " when it was ",
                                relay::name_of(*item.final_state), " already"));
  }
  // I10
  const int most = relay::policy_of(submission.message_class).max_attempts;
  if (item.attempts_seen > most) {
    world_.violate("I10", concat(name_of_item(send.item), " was tried more than ", most, " times"));
  }
  // I8
  const auto told = opt_out_told_.find(item.to);
  const bool stored = opt_outs_stored_.contains(item.to);
  if (stored || (told != opt_out_told_.end() && world_.now() > told->second + commit_tolerance)) {
    world_.violate("I8", concat(name_of_item(send.item), " was tried at ", send.provider,
                                " after the box knew that the recipient has opted out"));
  }
}

void Judge::accepted(std::size_t index) {
  const Send& send = world_.ledger.sends[index];
  const Submission& submission = world_.ledger.submission_of(send.item);
  world_.hit(concat("accepted.", send.provider, ".", relay::name_of(submission.message_class)));
  check_copies(send.item);
  spend(index);
  if (world_.options.flood_contest) contest_.emplace_back(world_.now(), submission.app);
}

/// I15: an application's parts of a day are at most its limit, and the rest of the message that reached it.
void Judge::spend(std::size_t index) {
  const Send& send = world_.ledger.sends[index];
  const Submission& submission = world_.ledger.submission_of(send.item);
  const int limit = world_.options.daily_limits.at(static_cast<std::size_t>(submission.app));
  const bool day_is_known =
      !world_.options.has(FaultClass::clock_jumps) && !world_.options.has(FaultClass::no_clock_at_boot);
  if (limit == 0 || !day_is_known) return;
  const auto wall = world_.options.wall_at_start + send.at.time_since_epoch();
  const auto day = std::chrono::floor<std::chrono::days>(wall.time_since_epoch());
  const auto of_day = wall.time_since_epoch() - day;
  if (of_day < day_edge || of_day > hours{24} - day_edge) return;
  int& spent = spent_[{submission.app, day.count()}];
  spent += submission.parts;
  constexpr int most_parts = 2;
  if (spent > limit - 1 + most_parts) {
    world_.violate(
        "I15", concat("application ", submission.app, " has sent ", spent, " parts in a day; its limit is ", limit));
  }
}

/// I6: acceptances <= 1 + attempts whose outcome could not be known, and never more copies than the class allows.
void Judge::check_copies(std::size_t index) {
  const Item& item = world_.ledger.items[index];
  const Submission& submission = world_.ledger.submission_of(index);
  int acceptances = 0;
  int ambiguous = 0;
  for (std::size_t i = 0; i < item.sends.size(); ++i) {
    const Send& send = world_.ledger.sends[item.sends[i]];
    acceptances += send.accepted ? 1 : 0;
    // The last one is under way: nobody has been told of it yet. An answer that came after the next one had begun came
    // too late to be known.
    if (i + 1 == item.sends.size()) break;
    const bool too_late = send.byte_left && send.answered > world_.ledger.sends[item.sends[i + 1]].at;
    ambiguous += send.ambiguous() || too_late ? 1 : 0;
  }
  if (acceptances > 1) world_.hit("copies.second");
  if (acceptances > 1 + ambiguous) {
    world_.violate("I6", concat(name_of_item(index), " was taken ", acceptances, " times, with ", ambiguous,
                                " earlier attempts whose outcome the box could not know"));
  }
  const int most = relay::policy_of(submission.message_class).max_copies;
  if (acceptances > most) {
    world_.violate("I6", concat(name_of_item(index), " was taken ", acceptances, " times; its class allows ", most));
  }
}

void Judge::answered(std::size_t index) {
  const Send& send = world_.ledger.sends[index];
  const auto& to = world_.ledger.items[send.item].to;
  if (send.opted_out && world_.box.disk_is_well() && last_view_ && !opt_out_told_.contains(to)) {
    opt_out_told_[to] = world_.now();
  }
}

void Judge::state_told(std::size_t index, State state, std::string_view by_whom) {
  Item& item = world_.ledger.items[index];
  const Submission& submission = world_.ledger.submission_of(index);
  if (!relay::is_final(state)) {
    if (item.final_state && by_whom != "a webhook") {  // webhooks may come late
      world_.violate("I2", concat(name_of_item(index), " was ", relay::name_of(*item.final_state), ", and is ",
                                  relay::name_of(state), " now, says ", by_whom));
    }
    return;
  }
  if (item.final_state) {
    if (*item.final_state != state) {
      world_.violate("I2", concat(name_of_item(index), " was ", relay::name_of(*item.final_state), ", and is ",
                                  relay::name_of(state), " now, says ", by_whom));
    }
    return;
  }
  item.final_state = state;
  world_.hit(concat("final.", relay::name_of(submission.message_class), ".", relay::name_of(state)));
  if (state == State::delivered && !item.delivered) {
    world_.violate("I12", concat(name_of_item(index), " is delivered, says ", by_whom, ", and nobody reported that"));
  }
  const bool leapt = world_.box.time_leaps() != submission.time_leaps_before;
  if (state == State::expired && !leapt &&
      world_.now() + expiry_tolerance < submission.first_try + submission.delay + submission.life) {
    world_.violate("I3", concat(name_of_item(index), " expired ",
                                (submission.first_try + submission.delay + submission.life - world_.now()).count(),
                                " ms before its time"));
  }
}

/// I19, and what the log tells of breakers (I7).
void Judge::log_line(std::string_view line) {
  world_.note("log", line);
  if (line.find(text_mark) != std::string_view::npos || line.find(secret_mark) != std::string_view::npos ||
      line.find(secret_mark_base64) != std::string_view::npos) {
    world_.violate("I19", concat("a text or a secret is in the log: ", line));
  }
  for (auto at = line.find(number_prefix); at != std::string_view::npos; at = line.find(number_prefix, at + 1)) {
    const auto rest = line.substr(at + number_prefix.size(), 4);
    if (rest.size() == 4 && std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; })) {
      world_.violate("I19", concat("a whole number is in the log: ", line));
    }
  }
  const auto event = line.substr(0, line.find(' '));
  if (event == "attempt") {
    const auto outcome = line.find("outcome=") + 8;
    world_.hit(concat("outcome.", line.substr(outcome, line.find(' ', outcome) - outcome)));
  } else if (event == "breaker_opened") {
    const auto provider = line.find("provider=") + 9;
    world_.clouds.check_breaker_opened(line.substr(provider, line.find(' ', provider) - provider));
  } else {
    world_.hit(concat("log.", event));
  }
}

/// I9: checked for each provider of the chain at its own time.
void Judge::watch_alarm(std::size_t item) {
  const WorldTime from = world_.now();
  // A flood of alarms takes its time: the promise is about the way, not about the width of it.
  int waiting = 0;
  for (std::size_t other = 0; other < item; ++other) {
    const bool alarm = world_.ledger.submission_of(other).message_class == MessageClass::alarm;
    if (alarm && world_.ledger.items[other].sends.empty() && !world_.ledger.items[other].final_state) ++waiting;
  }
  if (waiting > most_alarms_waiting) return;
  const auto& chain = world_.options.chain;
  for (std::size_t at = 0; at < chain.size(); ++at) {
    const Millis bound = seconds{30} + at * seconds{10};
    world_.after(bound, [this, item, at, from, bound] { check_alarm(item, at, from, bound); });
  }
}

void Judge::check_alarm(std::size_t index, std::size_t provider_at, WorldTime from, Millis bound) {
  const Item& item = world_.ledger.items[index];
  const auto taken = [this](std::size_t send) { return world_.ledger.sends[send].accepted.has_value(); };
  if (item.final_state || std::ranges::any_of(item.sends, taken)) return;
  if (world_.options.daily_limits.at(static_cast<std::size_t>(world_.ledger.submission_of(index).app)) > 0) return;
  if (item.to.ends_with("99") || world_.clouds.is_opted_out(item.to) || world_.correspondents.has_said_stop(item.to))
    return;
  const std::string& provider = world_.options.chain[provider_at];
  const auto well = provider == "modem-main" ? world_.modem.well_since() : world_.clouds.well_since(provider);
  if (!well || *well > from - settled_for) return;
  const auto up = world_.box.up_since();
  if (!up || *up > from - Millis{60'000} || !world_.box.disk_is_well() ||
      world_.box.disk_well_since() > from - Millis{60'000})
    return;
  world_.violate("I9", concat(name_of_item(index), " was not taken within ", bound.count() / 1000, " s, and ", provider,
                              " was well all the time"));
}

void Judge::expect_first_provider(std::size_t submission) {
  const std::size_t item = world_.ledger.submissions[submission].items.front();
  world_.after(minutes{2}, [this, item] {
    const auto& sends = world_.ledger.items[item].sends;
    const std::string& first = world_.options.chain.front();
    const bool went = std::ranges::any_of(sends, [&](std::size_t send) {
      return world_.ledger.sends[send].accepted && world_.ledger.sends[send].provider == first;
    });
    if (!went) {
      world_.violate("I7", concat(name_of_item(item), " did not leave by ", first,
                                  ", which has been well for more than half an hour"));
    }
  });
}

/// I18
void Judge::watch_bounds() {
  const Boot* boot = world_.box.boot();
  if (boot != nullptr && boot->timers.size() > most_timers) {
    world_.violate("I18", concat("the daemon has ", boot->timers.size(), " timers"));
  }
  if (world_.box.disk().bytes() > most_disk_bytes) {
    world_.violate("I18", concat("the store takes ", world_.box.disk().bytes(), " bytes of disk"));
  }
  world_.after(minutes{30}, [this] { watch_bounds(); });
}

int Judge::waiting_of(int app) const {
  int waiting = 0;
  for (const auto& submission : world_.ledger.submissions) {
    if (submission.app != app || submission.fate != Fate::acknowledged) continue;
    for (const std::size_t item : submission.items) {
      if (world_.ledger.items[item].sends.empty()) ++waiting;
    }
  }
  return waiting;
}

// --- what stands in the store ---

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
  if (item.attempts_seen > row.attempts) {
    world_.violate("I5", concat(name_of_item(index), " was tried ", item.attempts_seen, " times; the journal knows ",
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

/// Events that no receiver took in all that time go with the history.
bool Judge::events_may_be_gone(const Submission& submission) const {
  const auto& options = world_.options;
  const bool leapt = world_.box.time_leaps() != submission.time_leaps_before;
  const bool troubled = options.has(FaultClass::receiver_down) || options.has(FaultClass::receiver_slow);
  return options.history < hours{24} && (leapt || troubled);
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

void Judge::taken_for_room(std::size_t index) {
  const auto& submission = world_.ledger.submissions[index];
  const bool near_full = room_refused_ && world_.now() < *room_refused_ + minutes{2};
  if (!near_full || submission.message_class == MessageClass::alarm || submission.tries > 1) return;
  if (world_.options.flood_contest || !world_.box.disk_is_well()) return;
  const auto queued = queued_of(submission.app);
  const int places = world_.options.app_places;
  // An attempt that failed meanwhile gives its message its place back.
  constexpr int came_back_meanwhile = 1;
  if (queued && *queued > places - places / 10 + came_back_meanwhile) {
    world_.violate(
        "I14", concat(submission.token, " (", relay::name_of(submission.message_class),
                      ") took one of the places that are kept for alarms: ", *queued, " of ", places, " are taken"));
  }
}

// --- what comes in ---

void Judge::letter_read(std::string_view from, std::string_view text) {
  const auto letter = std::ranges::find_if(world_.ledger.letters,
                                           [&](const Letter& one) { return one.from == from && one.text == text; });
  if (letter == world_.ledger.letters.end()) {
    world_.violate("inbound", concat("the box has received what nobody wrote: '", text, "' from ", from));
    return;
  }
  if (++letter->times_read > 1) world_.violate("inbound", concat("'", text, "' was handed out twice"));
  if (text == "STOP") {
    world_.after(send_under_way, [this, from = letter->from] { opt_outs_stored_.insert(from); });
  }
}

void Judge::check_letters() {
  for (const auto& letter : world_.ledger.letters) {
    // A box whose clock went ahead while it was off may take an hour's history for old before anybody has read it.
    const bool leapt = world_.box.time_leaps() != letter.time_leaps_before && world_.options.history < hours{24};
    if (letter.times_read == 0 && !leapt) {
      world_.violate("inbound", concat("'", letter.text, "' from ", letter.from, " was never handed out"));
      return;
    }
  }
}

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

/// I16: in any ten minutes with both queues full, each gets at least 0.8 of its share.
void Judge::check_shares() {
  if (!world_.options.flood_contest) return;
  const double both = world_.options.weights[0] + world_.options.weights[1];
  for (WorldTime from{minutes{5}}; from + minutes{10} <= WorldTime{minutes{35}}; from += minutes{5}) {
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
