#pragma once

#include <functional>
#include <map>

#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"

namespace bridge::sending {

/// Gives messages back for which no way out was found in time: they end as cancelled, reason given_back, and their
/// boxes go on with the next provider. A message of which a copy may be out is never given back.
class Hold {
 public:
  struct Settings {
    relay::Millis ordinary{};
    relay::Millis urgent{};  ///< Alarms and one-time codes.
  };
  Hold(relay::Runtime runtime, relay::outbox::Outbox& outbox, Settings settings, std::function<void()> on_given_back);

  /// A message was taken.
  void watch(const relay::Message& message);
  /// First finds those that a restart left, whose time starts anew.
  void start();
  [[nodiscard]] relay::Task<> stop() { return tasks_.stop(); }

 private:
  relay::Task<> run();
  relay::Task<> find_waiting();
  relay::Task<> look_at(relay::MessageId id);
  void look_again(relay::MessageId id);

  relay::Runtime runtime_;
  relay::outbox::Outbox& outbox_;
  Settings settings_;
  std::function<void()> on_given_back_;
  std::multimap<relay::SteadyTime, relay::MessageId> ends_;  ///< Bounded by what may be queued.
  relay::Notification changed_;
  relay::TaskGroup tasks_;
};

}  // namespace bridge::sending
