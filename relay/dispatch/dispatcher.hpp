#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/chain/chain.hpp"
#include "relay/dispatch/active_set.hpp"
#include "relay/dispatch/decision.hpp"
#include "relay/dispatch/retry.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/provider.hpp"

namespace relay::dispatch {

struct DispatchSettings {
  RetrySettings retry;
  chain::BreakerSettings breaker;
  Millis no_path_alert{
      120'000};  ///< Waiting messages and no usable provider for this long: the operator is told (within 3 minutes).
  int max_in_flight = 256;  ///< Attempts under way, over all providers.
};

/// What happened, for whoever counts or tells it. Called on the loop, must return at once.
class DispatchObserver {
 public:
  virtual ~DispatchObserver() = default;
  virtual void attempt_ended(const std::string& provider, const Message& message, const providers::SendResult& result,
                             Millis duration) = 0;
  /// An attempt that had ended as `unknown` was accepted after all; `message.attempts` is its number.
  virtual void accepted_after_all(const std::string& provider, const Message& message,
                                  const providers::SendResult& result) {
    (void)provider;
    (void)message;
    (void)result;
  }
  virtual void message_moved(const Message& message, State to) = 0;
  virtual void breaker_changed(const std::string& provider, bool open, std::string_view code,
                               std::string_view detail) = 0;
  /// The first message that had to leave by a lower provider, and (active = false) the first that left by the first one
  /// again.
  virtual void fallback_changed(bool active, const std::string& primary, const std::string& used) = 0;
  /// No provider of the channel is usable while messages wait, and its end.
  virtual void path_changed(Channel channel, bool available) = 0;
  /// The application has sent what it may send today; once a day (again after a restart).
  virtual void daily_limit_reached(AppId app) { (void)app; }
  /// A provider failed in a way that may be the uplink's fault: worth an early probe.
  virtual void uplink_suspect() = 0;
};

/// The flow of a message from the outbox to a provider and back: due, attempt, outcome. Owns no message: memory holds a
/// bounded look-ahead (ActiveSet), the outbox is the truth.
class Dispatcher {
 public:
  /// `providers` in the order of the chain; they, the outbox and the observer outlive the dispatcher.
  Dispatcher(Runtime runtime, outbox::Outbox& outbox, std::vector<providers::Provider*> providers,
             DispatchSettings settings, DispatchObserver& observer);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Settles what a crash left in `sending`: each is an `unknown`, never blindly queued again. Goes on asking about
  /// those that were unknown before. Before start().
  [[nodiscard]] Task<Result<int>> recover();
  void start();
  /// Starts nothing more and waits up to `grace` for attempts under way; what is still open then is settled at the next
  /// start.
  [[nodiscard]] Task<> stop(Millis grace);

  void set_uplink(bool up);
  void set_weight(AppId app, int weight) { active_.set_weight(app, weight); }
  /// A provider became ready or unready (Provider::not_ready()).
  void readiness_changed();

  // --- an operator's orders; none of them outlives the process
  /// A pause for maintenance: no new attempts until resumed.
  void set_paused(bool paused);
  /// False: there is no provider of this name.
  bool set_enabled(std::string_view provider, bool enabled);
  bool reset_breaker(std::string_view provider);
  /// This message goes by one provider only, for a test. Before it is stored. False: there is no such provider.
  bool send_only_by(MessageId id, std::string_view provider);
  /// A queued message that waits for its next try goes now, and by any provider again. Errors: not_found, conflict (it
  /// is not queued).
  [[nodiscard]] Task<Result<bool>> retry_now(MessageId id);

  /// A provider learned late what became of an attempt that had ended as `unknown`. `proof.due` and `proof.at` are
  /// filled in here.
  void late_answer(outbox::AttemptProof proof, std::string provider);

  /// A receipt says that the provider refused after all what it had accepted, and the outbox has put the message back
  /// into the queue: it goes on to its fallback. `whole_channel`: no provider of the channel can carry it.
  void refused_late(MessageId id, const std::string& provider, bool whole_channel);

  /// A receipt says that the provider gives an accepted message back, certainly unsent (outbox::Receipt::not_sent), and
  /// the outbox has put it back into the queue: the others of its chain go first now.
  void given_back(MessageId id, const std::string& provider);

  /// Who leads a channel, for so many of a hundred messages; an empty name: the order of the settings. False: the
  /// channel has no provider of this name.
  bool set_leader(Channel channel, std::string_view provider, int percent);

  struct ProviderFigures {
    std::string name;
    std::string kind;
    Channel channel = Channel::sms;
    chain::BreakerState breaker = chain::BreakerState::closed;
    bool enabled = true;
    bool usable = false;
    std::string why_not;  ///< A sentence when it is not usable.
    int failure_count = 0;
    int in_flight = 0;
    std::array<std::uint64_t, outcome_count> outcomes{};
    std::optional<WallTime> last_success;
  };
  [[nodiscard]] std::vector<ProviderFigures> figures() const;
  [[nodiscard]] const chain::Chain& chain() const { return chain_; }
  /// Grows with every turn of the clock that asks the store for what is due, each 15 s at least: what the watchdog
  /// watches.
  [[nodiscard]] std::uint64_t progress() const { return turns_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  struct ProviderState {
    providers::Provider* provider = nullptr;
    std::array<std::uint64_t, outcome_count> outcomes{};
    std::optional<WallTime> last_success;
  };

  // the three loops
  Task<> run_starter();
  Task<> run_feeder();
  Task<> run_clock();

  [[nodiscard]] SteadyTime start_ready();
  [[nodiscard]] bool can_go(const Active& active, SteadyTime now, SteadyTime& wake) const;
  [[nodiscard]] static chain::Chain::Ask ask_for(const Message& message, chain::ProviderSet excluded);
  [[nodiscard]] chain::Choice choose_for(const Active& active, SteadyTime now) const;
  struct End {
    State state;
    std::string_view reason;
  };
  [[nodiscard]] Millis life_left(const Message& message) const;
  [[nodiscard]] bool is_over_limit(AppId app) const;
  [[nodiscard]] std::optional<End> end_before_start(const Message& message) const;
  Task<> attempt(MessageId id, chain::ProviderIndex index, bool probe);
  Task<providers::SendResult> call_provider(const Message& message, std::int32_t number, chain::ProviderIndex index);
  struct Touch {
    bool probe = false;
    bool touched = true;  ///< false: the provider was never asked, so the outcome says nothing of it.
  };
  Task<> finish(Message message, chain::ProviderSet tried, chain::ProviderIndex index, Touch touch,
                providers::SendResult result, Millis duration);
  void apply(const Decision& decision, const Message& message, chain::ProviderIndex index,
             const providers::SendResult& result);
  [[nodiscard]] Decision decide_next(const Message& message, chain::ProviderSet tried, chain::ProviderIndex index,
                                     const providers::SendResult& result);
  void tell(const Message& message, chain::ProviderIndex index, const providers::SendResult& result, Millis duration,
            const Decision& decision);
  void tell_fallback(const Message& message, chain::ProviderIndex index, Outcome outcome);
  Task<> record_end(outbox::AttemptEnd end, Message message);
  Task<> end_without_attempt(Message message, State to, std::string reason);
  Task<> hold(Message message);
  void watch_limit(AppId app);
  Task<Result<bool>> ask_again();
  Task<> settle(Message message, Attempt attempt, chain::ProviderIndex index);
  Task<> record_proof(outbox::AttemptProof proof, std::string provider);
  Task<> tell_acceptance(const outbox::AttemptProof& proof, const std::string& provider);

  void on_stored(const std::vector<Message>& messages);
  void wake_at(TimelineTime due);
  void refresh_readiness();
  void watch_path(SteadyTime now);
  Task<> sweep_overdue();
  [[nodiscard]] chain::ProviderSet refused_by(MessageId id) const;
  [[nodiscard]] chain::ProviderSet excluded_for(const Active& active) const;
  [[nodiscard]] chain::ProviderSet reach_of(chain::ProviderIndex index, const providers::SendResult& result) const;
  void refuse(MessageId id, chain::ProviderSet by);
  void forget_refusals(MessageId id) {
    refused_.erase(id.value);
    gave_back_.erase(id.value);
  }

  Runtime runtime_;
  outbox::Outbox& outbox_;
  DispatchSettings settings_;
  DispatchObserver& observer_;
  std::vector<ProviderState> providers_;
  chain::Chain chain_;
  RetryPolicy retry_;
  ActiveSet active_;
  std::unordered_map<std::int64_t, chain::ProviderSet>
      refused_;  ///< Providers that refused a message for good. Bounded; a lost
                 ///< entry costs one more refused attempt.
  std::unordered_map<std::int64_t, chain::ProviderSet> gave_back_;  ///< Not asked again in this pass. Bounded likewise.
  std::map<AppId, std::int64_t> limit_told_;                        ///< The day on which its limit was last told.
  TimelineTime next_due_ = TimelineTime::max();
  SteadyTime store_trouble_until_ = SteadyTime::min();
  std::size_t in_flight_ = 0;
  bool stopping_ = false;
  bool paused_ = false;
  std::array<bool, 3> fallback_active_{};  ///< By channel.
  std::optional<SteadyTime> no_path_since_;
  bool no_path_told_ = false;
  std::uint64_t turns_ = 0;

  Notification work_;    ///< Something may start.
  Notification hungry_;  ///< A feed may be refilled.
  Notification clock_;   ///< Something became due earlier than planned.
  Notification idle_;    ///< The last attempt under way ended.
  TaskGroup loops_;
  TaskGroup attempts_;
};

}  // namespace relay::dispatch
