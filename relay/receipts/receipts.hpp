#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/provider.hpp"

namespace relay::receipts {

/// Takes a provider's later word, from wherever it comes (a modem's status report, a poll, the bridge), to its attempt
/// in the outbox.
class Receipts {
 public:
  /// `on_final(message, class, state)` is told of each message that a receipt made final.
  Receipts(Runtime runtime, outbox::Outbox& outbox, std::function<void(MessageId, MessageClass, State)> on_final);
  /// Told of each message that goes on to its fallback because of a receipt (outbox::Receipt::refused). Before any
  /// receipt comes.
  void on_moved_on(std::function<void(MessageId, const outbox::Receipt&)> listener) {
    on_moved_on_ = std::move(listener);
  }

  /// Returns at once; the receipt is written in its turn, and written again until the store takes it (at most 100
  /// wait).
  void take(outbox::Receipt receipt);
  /// For a source that keeps the receipt until it is committed: returns when it is, with whether it named an attempt of
  /// ours. An error: give it again later.
  [[nodiscard]] Task<Result<bool>> store(outbox::Receipt receipt);
  [[nodiscard]] Task<> stop();

 private:
  Task<> write(outbox::Receipt receipt);

  Runtime runtime_;
  outbox::Outbox& outbox_;
  std::function<void(MessageId, MessageClass, State)> on_final_;
  std::function<void(MessageId, const outbox::Receipt&)> on_moved_on_;
  TaskGroup writes_;
};

/// Asks the providers that can be asked (Traits::can_look_up) what became of accepted messages, on a widening schedule:
/// seconds after the acceptance, then minutes, then hours. For a box behind NAT this is how "did it go?" gets an answer
/// without a webhook.
class ReceiptPoller {
 public:
  ReceiptPoller(Runtime runtime, outbox::Outbox& outbox, std::vector<providers::Provider*> providers,
                Receipts& receipts);

  /// A provider accepted an attempt.
  void accepted(const Message& message, const std::string& provider, const providers::SendResult& result);
  void start();
  [[nodiscard]] Task<> stop();

 private:
  struct Watched {
    Message message;
    Attempt attempt;
    std::size_t asked = 0;
  };
  Task<> run();
  Task<> ask(Watched watched, SteadyTime accepted_at);
  void watch(Watched watched, SteadyTime accepted_at);
  [[nodiscard]] providers::Provider* find(const std::string& name) const;

  Runtime runtime_;
  outbox::Outbox& outbox_;
  std::vector<providers::Provider*> providers_;  ///< Only those that can be asked.
  Receipts& receipts_;
  std::multimap<SteadyTime, std::pair<SteadyTime, Watched>>
      watched_;     ///< Next question -> (accepted at, what). Bounded.
  int asking_ = 0;  ///< Questions under way.
  Notification changed_;
  TaskGroup tasks_;
};

}  // namespace relay::receipts
