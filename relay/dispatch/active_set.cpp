#include "relay/dispatch/active_set.hpp"

#include <algorithm>
#include <limits>

#include "relay/base/planted_fault.hpp"

namespace relay::dispatch {
namespace {

bool is_fifo(const Message& message) {
  return policy_of(message.message_class).order == MessageOrder::fifo_per_recipient;
}

}  // namespace

ActiveSet::FeedKey ActiveSet::feed_of(const Message& message) {
  return {policy_of(message.message_class).lane, message.app};
}

bool ActiveSet::offer(Message message) {
  const FeedKey key = feed_of(message);
  Feed& feed = feeds_[key];
  if (by_id_.contains(message.id.value)) return true;
  const bool fifo = is_fifo(message);
  const OrderKey order_key{message.to, message.message_class};
  const auto order = fifo ? orders_.find(order_key) : orders_.end();
  if (order != orders_.end() && order->second.size() >= per_recipient) {
    feed.held_back = true;
    return false;
  }
  if (feed.order.size() >= feed_window || by_id_.size() >= max_active) {
    look_again(feed);
    return false;
  }
  // A feed that was idle has not saved up the right to a burst, even if all others happen to be idle as well.
  if (feed.order.empty() && !planted(PlantedFault::idle_feed_saves_up_turns))
    feed.pass = std::max(feed.pass, lane_pass_[static_cast<std::size_t>(key.lane)]);
  const auto place = std::ranges::upper_bound(feed.order, message.id);
  feed.order.insert(place, message.id);
  if (fifo) orders_[order_key].insert(message.id);
  const auto id = message.id.value;
  by_id_.emplace(id, Active{.message = std::move(message)});
  return true;
}

std::vector<ActiveSet::FeedKey> ActiveSet::hungry() const {
  std::vector<FeedKey> keys;
  if (by_id_.size() >= max_active) return keys;
  for (const auto& [key, feed] : feeds_) {
    if (feed.more && feed.order.size() <= feed_window / 2) keys.push_back(key);
  }
  return keys;
}

void ActiveSet::begin_refill(FeedKey key) { feeds_[key].changed = false; }

void ActiveSet::refilled(FeedKey key, bool more, bool held_back) {
  Feed& feed = feeds_[key];
  feed.more = more || feed.changed;
  feed.held_back = held_back;
}
void ActiveSet::mark_more(FeedKey key) { look_again(feeds_[key]); }

void ActiveSet::mark_more_all() {
  for (auto& [key, feed] : feeds_) look_again(feed);
}

void ActiveSet::order_moved(Lane lane) {
  for (auto& [key, feed] : feeds_) {
    if (key.lane != lane) continue;
    feed.changed = true;
    feed.more = feed.more || feed.held_back;
  }
}

bool ActiveSet::may_have_more(FeedKey key) const {
  const auto feed = feeds_.find(key);
  return feed != feeds_.end() && feed->second.more;
}

std::vector<MessageId> ActiveSet::ids() const {
  std::vector<MessageId> ids;
  ids.reserve(by_id_.size());
  for (const auto& [id, active] : by_id_) ids.push_back(MessageId{id});
  return ids;
}

std::size_t ActiveSet::room(FeedKey key) const {
  const auto feed = feeds_.find(key);
  const std::size_t in_feed = feed == feeds_.end() ? 0 : feed->second.order.size();
  return std::min(feed_window - std::min(feed_window, in_feed), max_active - std::min(max_active, by_id_.size()));
}

bool ActiveSet::is_held_back(const Active& active) const {
  if (!is_fifo(active.message)) return false;
  const auto order = orders_.find({active.message.to, active.message.message_class});
  return order != orders_.end() && *order->second.begin() != active.message.id;
}

Active* ActiveSet::first_ready(Feed& feed, const std::function<bool(const Active&)>& can_go) {
  for (const MessageId id : feed.order) {
    Active& active = by_id_.at(id.value);
    if (!active.in_flight && !is_held_back(active) && can_go(active)) return &active;
  }
  return nullptr;
}

Active* ActiveSet::next(const std::function<bool(const Active&)>& can_go) {
  for (const Lane lane : {Lane::alarm, Lane::otp, Lane::rest}) {
    Active* best = nullptr;
    double best_pass = std::numeric_limits<double>::max();
    for (auto& [key, feed] : feeds_) {
      if (key.lane != lane || feed.pass >= best_pass) continue;
      if (Active* candidate = first_ready(feed, can_go)) {
        best = candidate;
        best_pass = feed.pass;
      }
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

void ActiveSet::started(Active& active) {
  active.in_flight = true;
  const auto weight = weights_.find(active.message.app);
  const FeedKey key = feed_of(active.message);
  Feed& feed = feeds_[key];
  double& lane_pass = lane_pass_[static_cast<std::size_t>(key.lane)];
  lane_pass = std::max(lane_pass, feed.pass);
  const bool plain = weight == weights_.end() || planted(PlantedFault::weight_ignored);
  feed.pass += 1.0 / (plain ? 1 : std::max(1, weight->second));
}

Active* ActiveSet::find(MessageId id) {
  const auto found = by_id_.find(id.value);
  return found == by_id_.end() ? nullptr : &found->second;
}

void ActiveSet::remove(MessageId id, bool give_back_successors) {
  const auto found = by_id_.find(id.value);
  if (found == by_id_.end()) return;
  const Message& message = found->second.message;
  Feed& feed = feeds_[feed_of(message)];
  std::erase(feed.order, id);
  std::vector<MessageId> successors;
  if (is_fifo(message)) {
    const auto order = orders_.find({message.to, message.message_class});
    if (give_back_successors) successors.assign(order->second.upper_bound(id), order->second.end());
    order->second.erase(id);
    if (order->second.empty()) orders_.erase(order);
    order_moved(policy_of(message.message_class).lane);
  }
  by_id_.erase(found);
  for (const MessageId successor : successors) {
    const Active* active = find(successor);
    if (active == nullptr || active->in_flight) continue;
    feeds_[feed_of(active->message)].held_back = true;
    remove(successor);
  }
}

}  // namespace relay::dispatch
