#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "relay/chain/chain.hpp"
#include "relay/message/message.hpp"

namespace relay::dispatch {

/// A message in memory that may be sent: a bounded look-ahead into the outbox, never the queue itself.
struct Active {
  Message message;
  chain::ProviderSet tried_in_pass = 0;
  bool in_flight = false;
};

/// The bounded set of messages in memory: one feed per (lane, application), order per recipient, weighted fairness
/// between applications. Pure: no IO, no clock. The outbox stays the truth; whatever is dropped here is loaded again.
class ActiveSet {
 public:
  static constexpr std::size_t feed_window = 64;   ///< Messages of one feed in memory.
  static constexpr std::size_t per_recipient = 8;  ///< Of those in one order (recipient, class).
  static constexpr std::size_t max_active = 1024;  ///< Over all feeds.

  struct FeedKey {
    Lane lane = Lane::rest;
    AppId app = 0;
    auto operator<=>(const FeedKey&) const = default;
  };

  /// Feeds exist for the applications that have been seen; weights as configured (1..100).
  void set_weight(AppId app, int weight) { weights_[app] = weight; }

  /// Takes a message in, in commit order within its feed. False when there is no room (the feed is then marked as
  /// having more in the outbox).
  bool offer(Message message);
  /// Feeds with room whose outbox part is not known to be empty; each needs a refill.
  [[nodiscard]] std::vector<FeedKey> hungry() const;
  /// The outbox is about to be asked; what happens to the feed until refilled() is not in its answer.
  void begin_refill(FeedKey key);
  /// What the outbox said (outbox::DueBatch): is there more, and is some of it held back by predecessors?
  void refilled(FeedKey key, bool more, bool held_back);
  /// Something of this feed lies in the outbox that is not in memory.
  void mark_more(FeedKey key);
  void mark_more_all();
  /// The feed exists: mark_more_all() will include it.
  void know(FeedKey key) { feeds_.try_emplace(key); }
  /// The outbox has recorded the end of a message of this lane: what it held back, in the feed of whichever
  /// application, may be free now.
  void order_moved(Lane lane);
  [[nodiscard]] bool may_have_more(FeedKey key) const;
  [[nodiscard]] static FeedKey feed_of(const Message& message);
  [[nodiscard]] std::vector<MessageId> ids() const;
  [[nodiscard]] std::size_t room(FeedKey key) const;

  /// The next message to go: lanes strictly in order, then applications by weight, then by age, skipping those that
  /// must wait for a predecessor and those for which `can_go` says no. Null when nothing can go.
  [[nodiscard]] Active* next(const std::function<bool(const Active&)>& can_go);
  /// It goes: counted for fairness.
  void started(Active& active);

  [[nodiscard]] Active* find(MessageId id);
  /// Takes it out: finished, cancelled, or given back to the outbox. With `give_back_successors` those of its order go
  /// too, since they must not overtake it (they are loaded again when it is done).
  void remove(MessageId id, bool give_back_successors = false);

  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  struct Feed {
    std::deque<MessageId> order;
    bool more = false;       ///< The outbox may hold more than is here.
    bool changed = false;    ///< Since begin_refill().
    bool held_back = false;  ///< Some of it waits for predecessors: each one that finishes is a reason to look again.
    double pass = 0;         ///< Stride scheduling: the feed with the smallest pass goes next.
  };
  using OrderKey = std::pair<std::string, MessageClass>;

  static void look_again(Feed& feed) { feed.more = feed.changed = true; }
  [[nodiscard]] bool is_held_back(const Active& active) const;
  [[nodiscard]] Active* first_ready(Feed& feed, const std::function<bool(const Active&)>& can_go);

  std::map<FeedKey, Feed> feeds_;
  std::unordered_map<std::int64_t, Active> by_id_;
  std::map<OrderKey, std::set<MessageId>> orders_;  ///< Only of classes with an order per recipient.
  std::map<AppId, int> weights_;
  std::array<double, 3> lane_pass_{};  ///< Pass of the feed that was last served, per lane: the lane's virtual time.
};

}  // namespace relay::dispatch
