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
constexpr Millis settled_for{10 * 60'000};  // a provider well for so long has no open breaker and no hold any more
constexpr Millis day_edge{5 * 60'000};      // of the timeline's day and of the world's
constexpr Millis send_under_way{40'000};    // an attempt that was begun before may still wait for the modem
constexpr Millis event_time{4 * 60'000};    // a receiver that is not well is asked anew after ten minutes at most
constexpr Millis backlog_time{15 * 60'000};
constexpr int most_alarms_waiting = 3;
constexpr std::size_t most_timers = 5'000;
constexpr std::int64_t most_disk_bytes = 24LL << 20U;  // the file's 8 MiB, the WAL, and room to work

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
  ++(send.modem ? item.tries_at_modems.at(*send.modem) : item.tries_at_clouds);
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
  if (item.attempts_seen() > most) {
    world_.violate("I10", concat(name_of_item(send.item), " was tried more than ", most, " times"));
  }
  // I8
  const auto told = opt_out_told_.find(item.to);
  const bool stored = opt_outs_stored_.contains(item.to);
  const Millis under_way = send.modem ? send_under_way : commit_tolerance;
  if (stored || (told != opt_out_told_.end() && world_.now() > told->second + under_way)) {
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
    if (line.find(" next=sent") != std::string_view::npos) {
      const auto id = line.find("id=") + 3;
      expect_event(std::string(line.substr(id, line.find(' ', id) - id)));
    }
  } else if (event == "breaker_opened") {
    const auto provider = line.find("provider=") + 9;
    world_.clouds.check_breaker_opened(line.substr(provider, line.find(' ', provider) - provider));
  } else {
    world_.hit(concat("log.", event));
  }
}

/// I17: a receiver that is well hears of a sent message soon, however many others are not.
void Judge::expect_event(const std::string& id) {
  const auto item = world_.ledger.find_id(id);
  if (!item || !world_.ledger.submission_of(*item).callback) return;
  world_.after(event_time, [this, item = *item, from = world_.now()] {
    if (!world_.ledger.items[item].event_ids.empty()) return;
    const int app = world_.ledger.submission_of(item).app;
    const auto well = world_.receivers.well_since(concat("app", app, ".lan"));
    const auto up = world_.box.up_since();
    if (!well || !up || std::max(*well, *up) > from - backlog_time) return;
    if (!world_.box.disk_is_well() || world_.box.disk_well_since() > from - Millis{60'000}) return;
    world_.violate("I17", concat(name_of_item(item), " was sent, and its receiver, which is well, was not told within ",
                                 event_time.count() / 1000, " s"));
  });
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

/// A pool is well when all of its modems are: an alarm may try the one that is not.
std::optional<WorldTime> Judge::modems_well_since() const {
  std::optional<WorldTime> since;
  for (const auto& modem : world_.modems) {
    if (!modem.plays()) continue;
    const auto well = modem.well_since();
    if (!well) return std::nullopt;
    since = std::max(since.value_or(*well), *well);
  }
  return since;
}

void Judge::check_alarm(std::size_t index, std::size_t provider_at, WorldTime from, Millis bound) {
  const Item& item = world_.ledger.items[index];
  const auto taken = [this](std::size_t send) { return world_.ledger.sends[send].accepted.has_value(); };
  if (item.final_state || std::ranges::any_of(item.sends, taken)) return;
  if (world_.options.daily_limits.at(static_cast<std::size_t>(world_.ledger.submission_of(index).app)) > 0) return;
  if (item.to.ends_with("99") || world_.clouds.is_opted_out(item.to) || world_.correspondents.has_said_stop(item.to))
    return;
  const std::string& provider = world_.options.chain[provider_at];
  const auto well = provider == "modem-main" ? modems_well_since() : world_.clouds.well_since(provider);
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
    if (first != "modem-main") expect_nobody_waits();  // a modem takes its time for what a flood has left
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

// --- what comes in ---

void Judge::letter_read(std::string_view from, std::string_view text) {
  const auto letter = std::ranges::find_if(world_.ledger.letters,
                                           [&](const Letter& one) { return one.from == from && one.text == text; });
  if (letter == world_.ledger.letters.end()) {
    world_.violate("inbound", concat("the box has received what nobody wrote: '", text, "' from ", from));
    return;
  }
  if (++letter->times_read > 1 && !may_be_forgotten(*letter)) {
    world_.violate("inbound", concat("'", text, "' was handed out twice"));
  }
  if (text == "STOP") {
    world_.after(send_under_way, [this, from = letter->from] { opt_outs_stored_.insert(from); });
  }
}

void Judge::all_letters_read() { letters_read_at_.push_back(world_.now()); }

/// An hour's history may end before anybody reads it, on a box that is off for most of the time; and a box whose clock
/// went ahead while it was off may take it for old: before anybody has read it, or before the network repeats it.
bool Judge::may_be_forgotten(const Letter& letter) const {
  if (world_.options.history >= hours{24}) return false;
  if (world_.box.time_leaps() != letter.time_leaps_before) return true;
  WorldTime before = letter.at;
  for (const WorldTime read : letters_read_at_) {
    if (read < letter.at) continue;
    if (read - before > world_.options.history - minutes{1}) return true;
    before = read;
  }
  return false;
}

void Judge::check_letters() {
  for (const auto& letter : world_.ledger.letters) {
    if (letter.times_read == 0 && letter.owed && !may_be_forgotten(letter)) {
      world_.violate("inbound", concat("'", letter.text, "' from ", letter.from, " was never handed out"));
      return;
    }
  }
}

}  // namespace sim
