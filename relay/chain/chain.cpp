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

Choice Chain::choose(const Ask& ask, SteadyTime now) const {
  Choice choice;
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    const Link& link = links_[index];
    if (link.settings.channel != ask.channel || (ask.excluded & only(index)) != 0) continue;
    if (choice.kind == Choice::Kind::exhausted) choice.kind = Choice::Kind::no_path;
    switch (obstacle(link, ask.message_class, now)) {
      case Obstacle::none:
        return {Choice::Kind::provider, index, now};
      case Obstacle::disabled:
      case Obstacle::uplink_down:
      case Obstacle::not_ready:
      case Obstacle::excluded:
        break;
      case Obstacle::breaker_open:
        if (link.breaker.probe_at() > now) choice.retry_at = std::min(choice.retry_at, link.breaker.probe_at());
        if (planted(PlantedFault::alarm_waits_for_open_breaker)) return {Choice::Kind::wait, index, choice.retry_at};
        break;
      case Obstacle::throttled:
        choice.retry_at = std::min(choice.retry_at, link.held_until);
        if (policy_of(ask.message_class).next_on_throttle) break;
        return {Choice::Kind::wait, index, choice.retry_at};
      case Obstacle::busy:
        // An alarm does not stand in a queue while another provider could take it; everything else waits for the right
        // one, or a burst would spill over to the costly modem.
        if (ask.message_class != MessageClass::alarm) return {Choice::Kind::wait, index, choice.retry_at};
        if (choice.kind == Choice::Kind::no_path) choice = {Choice::Kind::wait, index, choice.retry_at};
        break;
      case Obstacle::rate:
        return {Choice::Kind::wait, index, std::min(choice.retry_at, link.rate.next_token(now))};
    }
  }
  return choice;
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

bool Chain::any_left(Channel channel, ProviderSet excluded) const {
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.channel == channel && (excluded & only(index)) == 0) return true;
  }
  return false;
}

bool Chain::has_path(Channel channel, SteadyTime now) const {
  return std::ranges::any_of(links_, [&](const Link& link) {
    // An open breaker's probe may be due, or under way: that is a hope, not a path, and must not end the alert.
    if (link.settings.channel != channel || link.breaker.state(now) != BreakerState::closed) return false;
    const Obstacle why = obstacle(link, MessageClass::alarm, now);
    return why == Obstacle::none || why == Obstacle::busy || why == Obstacle::rate;
  });
}

std::optional<ProviderIndex> Chain::primary(Channel channel) const {
  for (ProviderIndex index = 0; index < links_.size(); ++index) {
    if (links_[index].settings.channel == channel) return index;
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
