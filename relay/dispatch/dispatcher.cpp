#include "relay/dispatch/dispatcher.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "relay/base/planted_fault.hpp"

namespace relay::dispatch {
namespace {

constexpr Millis store_trouble_pause{1'000};
constexpr Millis overdue_interval{15'000};  // bounds how late an expiry or the end of a receipt window is recorded
constexpr int overdue_batch = 200;

chain::LinkSettings link_of(const providers::Traits& traits, const chain::BreakerSettings& breaker) {
  return {.name = traits.name,
          .channel = traits.channel,
          .needs_uplink = traits.needs_uplink,
          .max_in_flight = traits.max_in_flight,
          .rate_per_second = traits.rate_per_second,
          .breaker = breaker};
}

std::vector<chain::LinkSettings> links_of(const std::vector<providers::Provider*>& providers,
                                          const chain::BreakerSettings& breaker) {
  std::vector<chain::LinkSettings> links;
  for (const auto* provider : providers) links.push_back(link_of(provider->traits(), breaker));
  return links;
}

/// 0..99 by the message's id: the same at each of its attempts, and even over messages (the mixer is splitmix64's).
int draw_of(MessageId id) {
  auto mixed = static_cast<std::uint64_t>(id.value) + 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<int>((mixed ^ (mixed >> 31U)) % 100);
}

std::string sentence_for(chain::Obstacle obstacle, const providers::Provider& provider) {
  switch (obstacle) {
    case chain::Obstacle::disabled:
      return "switched off by hand";
    case chain::Obstacle::uplink_down:
      return "the uplink is down";
    case chain::Obstacle::not_ready:
      return provider.not_ready().value_or("not ready");
    case chain::Obstacle::breaker_open:
      return "it failed too often; the next probe is awaited";
    case chain::Obstacle::throttled:
      return "it asked us to wait";
    case chain::Obstacle::none:
    case chain::Obstacle::excluded:
    case chain::Obstacle::busy:
    case chain::Obstacle::rate:
      return "";
  }
  return "";
}

}  // namespace

Dispatcher::Dispatcher(Runtime runtime, outbox::Outbox& outbox, std::vector<providers::Provider*> providers,
                       DispatchSettings settings, DispatchObserver& observer)
    : runtime_(runtime),
      outbox_(outbox),
      settings_(settings),
      observer_(observer),
      chain_(links_of(providers, settings.breaker)),
      retry_(settings.retry, runtime.random),
      work_(runtime),
      hungry_(runtime),
      clock_(runtime),
      idle_(runtime),
      loops_(runtime),
      attempts_(runtime) {
  for (auto* provider : providers) providers_.push_back({.provider = provider});
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::start() {
  outbox_.on_stored([this](const std::vector<Message>& messages) { on_stored(messages); });
  loops_.spawn("dispatch.starter", run_starter());
  loops_.spawn("dispatch.feeder", run_feeder());
  loops_.spawn("dispatch.clock", run_clock());
}

Task<> Dispatcher::stop(Millis grace) {
  stopping_ = true;
  outbox_.on_stored(nullptr);
  const SteadyTime deadline = runtime_.clock.steady() + grace;
  while (in_flight_ > 0) {
    const bool ended = co_await idle_.wait_until(deadline);
    if (!ended) break;
  }
  co_await attempts_.stop();  // first: the end of an attempt may start settling, which is one of the loops
  co_await loops_.stop();
}

void Dispatcher::set_uplink(bool up) {
  if (chain_.uplink() == up) return;
  chain_.set_uplink(up);
  work_.notify();
}

bool Dispatcher::set_leader(Channel channel, std::string_view provider, int percent) {
  std::optional<chain::Chain::Leader> leader;
  if (!provider.empty()) {
    const auto index = chain_.find(provider);
    if (!index || chain_.settings(*index).channel != channel) return false;
    leader = {.index = *index, .percent = percent};
  }
  chain_.set_leader(channel, leader);
  work_.notify();
  return true;
}

void Dispatcher::readiness_changed() {
  refresh_readiness();
  work_.notify();
}

void Dispatcher::refresh_readiness() {
  for (chain::ProviderIndex index = 0; index < providers_.size(); ++index) {
    chain_.set_ready(index, !providers_[index].provider->not_ready().has_value());
  }
}

// --- the loops
// ------------------------------------------------------------------------------------------------------------------

Task<> Dispatcher::run_starter() {
  refresh_readiness();
  while (true) {
    const SteadyTime wake = start_ready();
    if (!active_.hungry().empty()) hungry_.notify();
    co_await work_.wait_until(wake);
  }
}

/// Starts everything that can go. Returns when something may change by itself: a probe, a token, the end of a hold.
SteadyTime Dispatcher::start_ready() {
  const SteadyTime now = runtime_.clock.steady();
  SteadyTime wake = SteadyTime::max();
  if (stopping_ || paused_) return wake;
  if (now < store_trouble_until_) return store_trouble_until_;
  while (in_flight_ < static_cast<std::size_t>(settings_.max_in_flight)) {
    Active* active = active_.next([&](const Active& candidate) { return can_go(candidate, now, wake); });
    if (active == nullptr) break;
    if (const auto end = end_before_start(active->message)) {
      active->in_flight = true;
      attempts_.spawn("dispatch.end", end_without_attempt(active->message, end->state, std::string{end->reason}));
      continue;
    }
    // Asked here too, so that a long queue over its limit takes no provider's time from others.
    if (is_over_limit(active->message.app)) {
      active->in_flight = true;
      attempts_.spawn("dispatch.hold", hold(active->message));
      continue;
    }
    const chain::Choice choice = choose_for(*active, now);
    if ((excluded_for(*active) & chain::only(choice.index)) != 0) {  // a new pass
      active->tried_in_pass = 0;
      gave_back_.erase(active->message.id.value);
    }
    bool probe = false;
    chain_.begin(choice.index, now, probe);
    active_.started(*active);
    ++in_flight_;
    attempts_.spawn("dispatch.attempt", attempt(active->message.id, choice.index, probe));
  }
  watch_path(now);
  return wake;
}

bool Dispatcher::can_go(const Active& active, SteadyTime now, SteadyTime& wake) const {
  if (end_before_start(active.message)) return true;   // it goes, to be ended
  if (is_over_limit(active.message.app)) return true;  // or to be put back
  const chain::Choice choice = choose_for(active, now);
  if (choice.kind == chain::Choice::Kind::provider) return true;
  wake = std::min(wake, choice.retry_at);
  return false;
}

/// The provider that takes it now. When those that are left in its pass have gone down meanwhile, the pass is over: a
/// message must not wait for one of them while a provider that it tried earlier is back.
chain::Choice Dispatcher::choose_for(const Active& active, SteadyTime now) const {
  const Message& message = active.message;
  const chain::ProviderSet excluded = excluded_for(active);
  const auto choice = chain_.choose(ask_for(message, excluded), now);
  const bool has_way = choice.kind == chain::Choice::Kind::provider || choice.kind == chain::Choice::Kind::wait;
  if (has_way || excluded == refused_by(message.id)) return choice;
  return chain_.choose(ask_for(message, refused_by(message.id)), now);
}

chain::Chain::Ask Dispatcher::ask_for(const Message& message, chain::ProviderSet excluded) {
  return {.channel = message.channel,
          .message_class = message.message_class,
          .excluded = excluded,
          .then = message.fallback ? std::optional(message.fallback->channel) : std::nullopt,
          .draw = draw_of(message.id)};
}

bool Dispatcher::is_over_limit(AppId app) const { return outbox_.counters().over_limit(app, outbox_.timeline().now()); }

Millis Dispatcher::life_left(const Message& message) const {
  const Millis left = message.expires_at - outbox_.timeline().now();
  return planted(PlantedFault::expiry_only_swept) ? std::max(left, Millis{60'000}) : left;
}

/// How a message ends that may not be attempted any more.
std::optional<Dispatcher::End> Dispatcher::end_before_start(const Message& message) const {
  const Millis left = life_left(message);
  if (left <= Millis{0}) return End{expired_state(message.copies), "expired"};
  if (const auto refusal = refuses_copy(message.message_class, message.copies, left))
    return End{State::unknown, *refusal};
  const chain::ProviderSet refused = refused_by(message.id);
  if (refused != 0 && !chain_.any_left(ask_for(message, refused)))  // the last one said so later, by a receipt
    return End{message.copies > 0 ? State::unknown : State::failed, "refused"};
  const bool not_counted = planted(PlantedFault::attempts_counted_in_memory) ||
                           (planted(PlantedFault::throttled_attempts_not_counted) && message.reason == "throttled");
  if (!not_counted && message.attempts >= policy_of(message.message_class).max_attempts) {
    return End{message.copies > 0 ? State::unknown : State::failed, "attempts_exhausted"};
  }
  return std::nullopt;
}

Task<> Dispatcher::run_feeder() {
  while (true) {
    auto feeds = co_await outbox_.queued_feeds();
    if (feeds) {
      for (const auto& [lane, app] : *feeds) active_.mark_more({lane, app});
      break;
    }
    runtime_.log.error("outbox_unreadable", {{"reason", feeds.error().message}});
    co_await sleep_for(runtime_, store_trouble_pause);
  }
  wake_at(outbox_.timeline().now());
  while (true) {
    const auto keys = active_.hungry();
    bool store_ok = true;
    for (const auto key : keys) {
      const auto room = static_cast<int>(active_.room(key));
      if (room == 0) continue;
      active_.begin_refill(key);
      auto batch = co_await outbox_.due(key.lane, key.app, outbox_.timeline().now(), room,
                                        static_cast<int>(ActiveSet::per_recipient), active_.ids());
      if (!batch) {
        runtime_.log.error("outbox_unreadable", {{"reason", batch.error().message}});
        store_ok = false;
        break;
      }
      active_.refilled(key, batch->more, batch->held_back);
      for (auto& message : batch->messages) active_.offer(std::move(message));
    }
    if (!keys.empty()) work_.notify();
    if (!store_ok) co_await sleep_for(runtime_, store_trouble_pause);
    if (!store_ok || !active_.hungry().empty()) {
      co_await yield_now(runtime_);
      continue;
    }
    co_await hungry_.wait();
  }
}

/// Wakes for queued messages whose time comes (retries, send_at), and ends overdue ones.
Task<> Dispatcher::run_clock() {
  SteadyTime sweep_at = runtime_.clock.steady();
  while (true) {
    ++turns_;
    const TimelineTime now = outbox_.timeline().now();
    if (next_due_ <= now) {
      next_due_ = TimelineTime::max();
      auto next = co_await outbox_.next_due(now);
      if (!next) {
        runtime_.log.error("outbox_unreadable", {{"reason", next.error().message}});
        wake_at(now + store_trouble_pause);
      } else if (*next) {
        wake_at(**next);
      }
      active_.mark_more_all();
      hungry_.notify();
    }
    if (runtime_.clock.steady() >= sweep_at) {
      co_await sweep_overdue();
      sweep_at = runtime_.clock.steady() + overdue_interval;
      work_.notify();  // the path's watch, and expiries of messages that wait in memory
    }
    SteadyTime until = sweep_at;
    if (next_due_ != TimelineTime::max()) until = std::min(until, outbox_.timeline().to_steady(next_due_));
    co_await clock_.wait_until(until);
  }
}

void Dispatcher::wake_at(TimelineTime due) {
  if (due >= next_due_) return;
  next_due_ = due;
  clock_.notify();
}

Task<> Dispatcher::sweep_overdue() {
  while (true) {
    const TimelineTime now = outbox_.timeline().now();
    auto overdue = co_await outbox_.overdue(now, overdue_batch);
    if (!overdue) {
      runtime_.log.error("outbox_unreadable", {{"reason", overdue.error().message}});
      co_return;
    }
    for (const Message& message : *overdue) {
      const Active* active = active_.find(message.id);
      if (active != nullptr && active->in_flight) continue;
      const bool was_sent = message.state == State::sent;
      co_await end_without_attempt(message, was_sent ? State::unconfirmed : expired_state(message.copies),
                                   was_sent ? "no_receipt" : "expired");
    }
    if (static_cast<int>(overdue->size()) < overdue_batch) co_return;
  }
}

Task<> Dispatcher::end_without_attempt(Message message, State to, std::string reason) {
  auto moved = co_await outbox_.move(message.id, message.state, to, reason, TimelineTime{});
  if (moved) {
    runtime_.log.info("message_ended", {{"id", message.id.text()}, {"state", name_of(to)}, {"reason", reason}});
    observer_.message_moved(message, to);
  } else if (moved.error().code != ErrorCode::conflict && moved.error().code != ErrorCode::not_found) {
    runtime_.log.error("outbox_unwritable", {{"id", message.id.text()}, {"reason", moved.error().message}});
    store_trouble_until_ = runtime_.clock.steady() + store_trouble_pause;
  }
  forget_refusals(message.id);
  if (!planted(PlantedFault::finished_message_kept_in_memory)) active_.remove(message.id);
  active_.mark_more(ActiveSet::feed_of(message));  // whatever the outbox now says of it, it says it anew
  active_.order_moved(policy_of(message.message_class).lane);
  work_.notify();
}

/// The application's daily limit is reached: the message waits in the outbox, and what must not overtake it too.
Task<> Dispatcher::hold(Message message) {
  watch_limit(message.app);
  const auto until = co_await outbox_.hold_over_limit(message.id);
  if (!until && until.error().code != ErrorCode::conflict && until.error().code != ErrorCode::not_found) {
    runtime_.log.error("outbox_unwritable", {{"id", message.id.text()}, {"reason", until.error().message}});
    store_trouble_until_ = runtime_.clock.steady() + store_trouble_pause;
  }
  active_.remove(message.id, true);
  active_.mark_more(ActiveSet::feed_of(message));
  active_.order_moved(policy_of(message.message_class).lane);  // other applications' messages do not wait for it
  if (until && *until) wake_at(**until);
  work_.notify();
}

/// The operator is told once a day.
void Dispatcher::watch_limit(AppId app) {
  if (!is_over_limit(app)) return;
  const std::int64_t today = outbox::day_of(outbox_.timeline().now());
  const auto told = limit_told_.find(app);
  if (told != limit_told_.end() && told->second == today) return;
  limit_told_[app] = today;
  observer_.daily_limit_reached(app);
}

// --- what comes in
// --------------------------------------------------------------------------------------------------------------

void Dispatcher::on_stored(const std::vector<Message>& messages) {
  const TimelineTime now = outbox_.timeline().now();
  for (const Message& message : messages) {
    const auto feed = ActiveSet::feed_of(message);
    if (message.due > now) {
      active_.know(feed);
      wake_at(message.due);
      continue;
    }
    if (active_.may_have_more(feed)) {
      active_.mark_more(feed);  // older ones are still in the outbox: this one waits its turn there
    } else {
      active_.offer(message);
    }
  }
  work_.notify();
}

/// The providers that refused the message for good.
chain::ProviderSet Dispatcher::refused_by(MessageId id) const {
  const auto refused = refused_.find(id.value);
  return refused == refused_.end() ? 0 : refused->second;
}

chain::ProviderSet Dispatcher::excluded_for(const Active& active) const {
  const auto given_back = gave_back_.find(active.message.id.value);
  const chain::ProviderSet gave_it_back = given_back == gave_back_.end() ? 0 : given_back->second;
  return active.tried_in_pass | refused_by(active.message.id) | gave_it_back;
}

/// "If no path works, you are told within 3 minutes."
void Dispatcher::watch_path(SteadyTime now) {
  const bool path = chain_.has_path(Channel::sms, now);
  // One under way is waiting too: it may be the probe that finds the path still closed.
  const auto& live = outbox_.counters().live;
  const bool waiting = std::ranges::any_of(live[0], std::identity{}) || std::ranges::any_of(live[1], std::identity{});
  if (path || !waiting) {
    if (path && std::exchange(no_path_told_, false)) observer_.path_changed(Channel::sms, true);
    no_path_since_.reset();
    return;
  }
  if (!no_path_since_) no_path_since_ = now;
  if (!no_path_told_ && now - *no_path_since_ >= settings_.no_path_alert) {
    no_path_told_ = true;
    observer_.path_changed(Channel::sms, false);
  }
}

std::vector<Dispatcher::ProviderFigures> Dispatcher::figures() const {
  const SteadyTime now = runtime_.clock.steady();
  std::vector<ProviderFigures> all;
  for (chain::ProviderIndex index = 0; index < providers_.size(); ++index) {
    const auto& state = providers_[index];
    const chain::Obstacle obstacle = chain_.obstacle(index, now);
    const std::string why_not = sentence_for(obstacle, *state.provider);
    all.push_back({.name = state.provider->traits().name,
                   .kind = state.provider->traits().kind,
                   .channel = state.provider->traits().channel,
                   .breaker = chain_.breaker(index).state(now),
                   .enabled = chain_.enabled(index),
                   .usable = why_not.empty(),
                   .why_not = why_not,
                   .failure_count = chain_.breaker(index).failure_count(),
                   .in_flight = chain_.in_flight(index),
                   .outcomes = state.outcomes,
                   .last_success = state.last_success});
  }
  return all;
}

}  // namespace relay::dispatch
