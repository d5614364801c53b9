#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "relay/providers/provider.hpp"

namespace fakes {

/// A way out that answers by script, and remembers what physically left and when. A send beyond the script is accepted.
class ScriptedProvider final : public relay::providers::Provider {
 public:
  struct Step {
    relay::Outcome outcome = relay::Outcome::accepted;
    relay::Millis after{100};
    std::optional<relay::Millis> retry_after;
    bool opted_out = false;
    bool receipts = true;  ///< accepted: with a reference for receipts.
    bool channel_refused = false;
  };
  struct Sent {
    relay::MessageId message;
    std::string to;
    relay::MessageClass message_class{};
    std::int32_t attempt = 0;
    bool marked_as_repeat = false;
    relay::SteadyTime at{};
    relay::SteadyTime deadline{};
    relay::Millis life_left{};
    relay::Outcome outcome{};  ///< What it will be answered with.
    relay::Channel channel{};
    std::string text;  ///< Empty for what is no text.
  };

  ScriptedProvider(relay::Runtime runtime, relay::providers::Traits traits);
  explicit ScriptedProvider(relay::Runtime runtime, std::string name) : ScriptedProvider(runtime, traits_of(name)) {}
  [[nodiscard]] static relay::providers::Traits traits_of(std::string name);

  [[nodiscard]] const relay::providers::Traits& traits() const override { return traits_; }
  [[nodiscard]] relay::Task<relay::providers::SendResult> send(relay::providers::SendRequest request) override;
  [[nodiscard]] std::optional<std::string> not_ready() const override { return why_not_ready; }
  [[nodiscard]] int capacity() const override { return learned_capacity.value_or(traits_.max_in_flight); }
  [[nodiscard]] relay::Task<relay::providers::Finding> look_up(const relay::Message& message,
                                                               const relay::Attempt& attempt) override;

  void will(relay::Outcome outcome, int times = 1) {
    steps.insert(steps.end(), static_cast<std::size_t>(times), Step{.outcome = outcome});
  }

  std::deque<Step> steps;
  std::function<Step()> otherwise;  ///< Beyond the script; empty: accepted.
  /// The first byte leaves now: what does the journal say?
  std::function<relay::Task<>(relay::MessageId message, std::int32_t attempt)> on_send;
  std::deque<relay::providers::Finding> findings;  ///< Beyond them: no_answer.
  std::optional<std::string> why_not_ready;
  std::optional<int> learned_capacity;
  std::vector<Sent> sent;
  std::vector<relay::SteadyTime> looked_up;
  int under_way = 0;
  int most_under_way = 0;

 private:
  relay::Runtime runtime_;
  relay::providers::Traits traits_;
};

}  // namespace fakes
