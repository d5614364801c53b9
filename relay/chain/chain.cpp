#include "relay/chain/chain.hpp"

#include <algorithm>
#include <cassert>

#include "relay/base/planted_fault.hpp"

namespace relay::chain {

std::string_view name_of(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none:
      return "none";
    case Obstacle::excluded:
      return "excluded";
    case Obstacle::disabled:
      return "disabled";
    case Obstacle::uplink_down:
      return "uplink_down";
    case Obstacle::breaker_open:
      return "breaker_open";
    case Obstacle::not_ready:
      return "not_ready";
    case Obstacle::throttled:
      return "throttled";
    case Obstacle::busy:
      return "busy";
    case Obstacle::rate:
      return "rate";
  }
  return "";
}

Chain::Link::Link(LinkSettings s)
    : settings(std::move(s)),
      breaker(settings.breaker),
      rate(settings.rate_per_second, settings.rate_per_second),
      capacity(settings.max_in_flight) {}

Chain::Chain(std::vector<LinkSettings> links) {
  assert(links.size() <= max_providers);
  links_.reserve(links.size());
  for (auto& link : links) links_.emplace_back(std::move(link));
}

Obstacle Chain::obstacle(const Link& link, MessageClass message_class, SteadyTime now) const {
  if (!link.enabled) return Obstacle::disabled;
  if (link.settings.needs_uplink && !uplink_up_) return Obstacle::uplink_down;
  if (!link.ready) return Obstacle::not_ready;
  if (!link.breaker.lets_through(now)) return Obstacle::breaker_open;
  if (now < link.held_until) return Obstacle::throttled;
  // One place more is kept for alarms, so that a provider filled with ordinary messages never makes one wait.
  const bool alarm = message_class == MessageClass::alarm;
  if (link.in_flight >= link.capacity + (alarm ? 1 : 0)) return Obstacle::busy;
  if (!alarm && !link.rate.has_token(now)) return Obstacle::rate;
  return Obstacle::none;
}

Obstacle Chain::obstacle(ProviderIndex index, SteadyTime now) const {
  return obstacle(links_[index], MessageClass::info, now);
}

/// The channels of a message one after the other: the next one when the first has no way now. What is only busy is
/// waited for, or a burst would spill over to the costlier channel; an alarm waits for nothing that another could take.
Choice Chain::choose(const Ask& ask, SteadyTime now) const {
  Choice first = choose_in(ask.channel, ask, now);
  const bool waits = first.kind == Choice::Kind::wait;
  const bool has_way = first.kind == Choice::Kind::provider || (waits && ask.message_class != MessageClass::alarm);
  if (has_way || !ask.then || *ask.then == ask.channel) return first;
  Choice second = choose_in(*ask.then, ask, now);
  if (second.kind == Choice::Kind::provider) return second;
  second.retry_at = std::min(first.retry_at, second.retry_at);
  if (waits || second.kind == Choice::Kind::exhausted) second.kind = first.kind;
  return second;
}

Choice Chain::choose_in(Channel channel, const Ask& ask, SteadyTime now) const {
  Choice choice;
  const auto leader = leader_of(channel, ask.draw);
  if (leader && look_at(*leader, ask, now, choice)) return choice;
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.channel != channel || index == leader) continue;
    if (look_at(index, ask, now, choice)) return choice;
  }
  return choice;
}

bool Chain::look_at(ProviderIndex index, const Ask& ask, SteadyTime now, Choice& choice) const {
  const Link& link = links_[index];
  if ((ask.excluded & only(index)) != 0) return false;
  if (choice.kind == Choice::Kind::exhausted) choice.kind = Choice::Kind::no_path;
  switch (obstacle(link, ask.message_class, now)) {
    case Obstacle::none:
      choice = {Choice::Kind::provider, index, now};
      return true;
    case Obstacle::disabled:
    case Obstacle::uplink_down:
    case Obstacle::not_ready:
    case Obstacle::excluded:
      return false;
    case Obstacle::breaker_open:
      if (link.breaker.probe_at() > now) choice.retry_at = std::min(choice.retry_at, link.breaker.probe_at());
      if (!planted(PlantedFault::alarm_waits_for_open_breaker)) return false;
      choice = {Choice::Kind::wait, index, choice.retry_at};
      return true;
    case Obstacle::throttled:
      choice.retry_at = std::min(choice.retry_at, link.held_until);
      if (policy_of(ask.message_class).next_on_throttle) return false;
      choice = {Choice::Kind::wait, index, choice.retry_at};
      return true;
    case Obstacle::busy:
      // An alarm does not stand in a queue while another provider could take it; everything else waits for the right
      // one, or a burst would spill over to the costly modem.
      if (ask.message_class != MessageClass::alarm) {
        choice = {Choice::Kind::wait, index, choice.retry_at};
        return true;
      }
      if (choice.kind == Choice::Kind::no_path) choice = {Choice::Kind::wait, index, choice.retry_at};
      return false;
    case Obstacle::rate:
      choice = {Choice::Kind::wait, index, std::min(choice.retry_at, link.rate.next_token(now))};
      return true;
  }
  return false;
}

std::optional<ProviderIndex> Chain::leader_of(Channel channel, int draw) const {
  const auto& leader = leaders_[static_cast<std::size_t>(channel)];
  return leader && draw < leader->percent ? std::optional(leader->index) : std::nullopt;
}

void Chain::begin(ProviderIndex index, SteadyTime now, bool& probe) {
  Link& link = links_[index];
  probe = link.breaker.begin(now);
  link.rate.take(now);
  ++link.in_flight;
}

Chain::Change Chain::end(ProviderIndex index, bool probe, Outcome outcome, SteadyTime now) {
  Link& link = links_[index];
  --link.in_flight;
  if (!link.breaker.end(probe, outcome, now)) return {};
  const bool open = link.breaker.state(now) != BreakerState::closed;
  return {.opened = open, .closed = !open};
}

void Chain::abandon(ProviderIndex index, bool probe) {
  Link& link = links_[index];
  --link.in_flight;
  link.rate.give_back();
  link.breaker.abandon(probe);
}

void Chain::hold(ProviderIndex index, SteadyTime until) {
  links_[index].held_until = std::max(links_[index].held_until, until);
}

bool Chain::any_left(const Ask& ask) const {
  const ProviderSet all = all_of(ask.channel) | (ask.then ? all_of(*ask.then) : ProviderSet{0});
  return (all & ~ask.excluded) != 0;
}

ProviderSet Chain::all_of(Channel channel) const {
  ProviderSet all = 0;
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.channel == channel) all |= only(index);
  }
  return all;
}

bool Chain::has_path(Channel channel, SteadyTime now) const {
  return std::ranges::any_of(links_, [&](const Link& link) {
    // An open breaker's probe may be due, or under way: that is a hope, not a path, and must not end the alert.
    if (link.settings.channel != channel || link.breaker.state(now) != BreakerState::closed) return false;
    const Obstacle why = obstacle(link, MessageClass::alarm, now);
    return why == Obstacle::none || why == Obstacle::busy || why == Obstacle::rate;
  });
}

std::optional<ProviderIndex> Chain::primary(const Ask& ask) const {
  if (const auto leader = leader_of(ask.channel, ask.draw)) return leader;
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.channel == ask.channel) return index;
  }
  return std::nullopt;
}

std::optional<ProviderIndex> Chain::find(std::string_view name) const {
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.name == name) return index;
  }
  return std::nullopt;
}

}  // namespace relay::chain
