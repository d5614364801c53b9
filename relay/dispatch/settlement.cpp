// What became of an attempt whose outcome could not be known: settled at start, by asking the provider, or by a late
// answer.

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/dispatch/dispatcher.hpp"

namespace relay::dispatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// When to ask after an unknown outcome. The last one comes before the longest settle time (15 min) ends.
constexpr std::array<Millis, 5> ask_after{seconds{2}, seconds{8}, seconds{30}, minutes{3}, minutes{14}};
constexpr Millis store_retry{1'000};
/// What was to be sent again while the box was off waits for the first three questions.
constexpr Millis asked_first{40'000};
constexpr int max_in_doubt = 512;  // of each provider: they are all asked about at once
constexpr int proof_tries = 30;
constexpr std::size_t max_given_back = 4096;

/// Writes that are begun together, so that they share a commit, and awaited together.
class Together {
 public:
  explicit Together(Runtime runtime) : runtime_(runtime), ended_(runtime), tasks_(runtime) {}

  void begin(MessageId id, Task<Result<State>> write) {
    ++open_;
    tasks_.spawn("dispatch.recover", run(id, std::move(write)));
  }
  Task<> all_ended() {
    for (bool go_on = true; go_on && open_ > 0;) go_on = co_await ended_.wait();
    co_await tasks_.stop();
  }

 private:
  Task<> run(MessageId id, Task<Result<State>> write) {
    const auto done = co_await std::move(write);
    if (!done) runtime_.log.error("outbox_unwritable", {{"id", id.text()}, {"reason", done.error().message}});
    --open_;
    ended_.notify();
  }

  Runtime runtime_;
  Notification ended_;
  TaskGroup tasks_;
  std::size_t open_ = 0;
};

}  // namespace

Task<Result<int>> Dispatcher::recover() {
  // First those of earlier starts: what is interrupted now is in doubt only after it has ended.
  auto doubted = co_await ask_again();
  if (!doubted) co_return std::unexpected(doubted.error());
  auto interrupted = co_await outbox_.interrupted();
  if (!interrupted) co_return std::unexpected(interrupted.error());
  for (auto& record : *interrupted) {
    Message message = record.message;
    const Outcome outcome =
        planted(PlantedFault::interrupted_taken_as_failure) ? Outcome::unavailable : Outcome::unknown;
    const Decision decision = decide({.message_class = message.message_class,
                                      .outcome = outcome,
                                      .attempts = message.attempts,
                                      .copies = message.copies,
                                      .life_left = life_left(message),
                                      .next_provider_now = true});
    outbox::AttemptEnd end{.message = message.id,
                           .number = message.attempts,
                           .outcome = outcome,
                           .code = "interrupted",
                           .detail = "the box stopped before the outcome was known",
                           .next = decision.next,
                           .reason = std::string{decision.reason},
                           .due = outbox_.timeline().now() + decision.delay,
                           .at = runtime_.clock.wall(),
                           .urgency = outbox::Urgency::now};  // the start waits for it
    auto recorded = co_await outbox_.end_attempt(std::move(end));
    if (!recorded) co_return std::unexpected(recorded.error());
    runtime_.log.warning("attempt_interrupted", {{"id", message.id.text()},
                                                 {"n", message.attempts},
                                                 {"class", name_of(message.message_class)},
                                                 {"next", name_of(*recorded)}});
    const auto index = record.attempts.empty() ? std::nullopt : chain_.find(record.attempts.back().provider);
    if (index && providers_[*index].provider->traits().can_look_up) {
      loops_.spawn("dispatch.settle", settle(std::move(message), record.attempts.back(), *index));
    }
  }
  co_return static_cast<int>(interrupted->size());
}

/// Goes on asking what an earlier run of the program did not learn: it asked from memory.
Task<Result<bool>> Dispatcher::ask_again() {
  std::vector<std::string> can_be_asked;
  for (const auto& state : providers_) {
    if (state.provider->traits().can_look_up) can_be_asked.push_back(state.provider->traits().name);
  }
  auto in_doubt = co_await outbox_.in_doubt(std::move(can_be_asked), max_in_doubt);
  if (!in_doubt) co_return std::unexpected(in_doubt.error());
  Together put_off(runtime_);
  for (auto& record : *in_doubt) {
    const Message& message = record.message;
    bool asked = false;
    for (const Attempt& attempt : record.attempts) {
      if (attempt.outcome != Outcome::unknown) continue;
      const auto index = chain_.find(attempt.provider);
      if (!index || !providers_[*index].provider->traits().can_look_up) continue;
      loops_.spawn("dispatch.settle", settle(message, attempt, *index));
      asked = true;
    }
    const Millis wait = std::min(asked_first, policy_of(message.message_class).unknown_settle);
    const TimelineTime answered = outbox_.timeline().now() + wait;
    if (!asked || message.reason != settling || message.due >= answered) continue;
    put_off.begin(message.id, outbox_.move(message.id, State::queued, State::queued, std::string{settling}, answered));
  }
  co_await put_off.all_ended();  // what could not be written goes at its time, which is lawful
  co_return true;
}

Task<> Dispatcher::settle(Message message, Attempt attempt, chain::ProviderIndex index) {
  const SteadyTime began = runtime_.clock.steady();
  auto& provider = *providers_[index].provider;
  const Message outgoing = in_channel(message, provider.traits().channel);
  for (const Millis after : ask_after) {
    co_await sleep_until(runtime_, began + after);
    auto record = co_await outbox_.find(message.id, std::nullopt);
    if (!record && record.error().code != ErrorCode::not_found) continue;
    if (!record || record->message.state == State::delivered) co_return;
    attempt.surely_over = runtime_.clock.steady() - began;
    const auto finding = co_await provider.look_up(outgoing, attempt);
    if (finding.kind == providers::Finding::Kind::no_answer) continue;
    const bool was_sent = finding.kind == providers::Finding::Kind::accepted;
    const TimelineTime now = outbox_.timeline().now();
    outbox::AttemptProof proof{.message = message.id,
                               .number = attempt.number,
                               .was_sent = was_sent,
                               .provider_ref = finding.provider_ref,
                               .receipt_refs = finding.receipt_refs,
                               .code = finding.code,
                               .due = was_sent ? now + provider.traits().receipt_window : now,
                               .at = runtime_.clock.wall()};
    co_await record_proof(std::move(proof), provider.traits().name);
    co_return;
  }
}

void Dispatcher::refused_late(MessageId id, const std::string& provider, bool whole_channel) {
  if (const auto index = chain_.find(provider)) {
    refuse(id, whole_channel ? chain_.all_of(chain_.settings(*index).channel) : chain::only(*index));
  }
  wake_at(outbox_.timeline().now());
}

void Dispatcher::given_back(MessageId id, const std::string& provider) {
  if (const auto index = chain_.find(provider)) {
    if (gave_back_.size() >= max_given_back && !gave_back_.contains(id.value)) gave_back_.erase(gave_back_.begin());
    gave_back_[id.value] |= chain::only(*index);
  }
  wake_at(outbox_.timeline().now());
}

void Dispatcher::late_answer(outbox::AttemptProof proof, std::string provider) {
  if (stopping_) return;  // the attempt stays unknown, which is lawful
  const auto index = chain_.find(provider);
  const Millis window = index && proof.was_sent ? providers_[*index].provider->traits().receipt_window : Millis{0};
  proof.due = outbox_.timeline().now() + window;
  proof.at = runtime_.clock.wall();
  loops_.spawn("dispatch.proof", record_proof(std::move(proof), std::move(provider)));
}

Task<> Dispatcher::record_proof(outbox::AttemptProof proof, std::string provider) {
  for (int tries = 0; tries < proof_tries; ++tries) {
    auto state = co_await outbox_.prove(proof);
    if (state) {
      runtime_.log.info("unknown_settled", {{"id", proof.message.text()},
                                            {"n", proof.number},
                                            {"provider", provider},
                                            {"was_sent", proof.was_sent},
                                            {"state", name_of(*state)}});
      if (proof.was_sent) co_await tell_acceptance(proof, provider);
      // What memory holds of it is stale now; if it is queued, the outbox will hand it out again.
      if (Active* active = active_.find(proof.message); active != nullptr && !active->in_flight)
        active_.remove(proof.message);
      if (*state == State::queued) wake_at(proof.due);
      co_return;
    }
    if (state.error().code == ErrorCode::not_found || state.error().code == ErrorCode::conflict) co_return;
    runtime_.log.error("outbox_unwritable", {{"id", proof.message.text()}, {"reason", state.error().message}});
    co_await sleep_for(runtime_, store_retry);
  }
}

/// From here on it is an accepted attempt like any other: its receipt is awaited, and asked for where that is possible.
Task<> Dispatcher::tell_acceptance(const outbox::AttemptProof& proof, const std::string& provider) {
  auto record = co_await outbox_.find(proof.message, std::nullopt);
  if (!record) co_return;
  Message message = std::move(record->message);
  message.attempts = proof.number;
  providers::SendResult result;
  result.outcome = Outcome::accepted;
  result.provider_ref = proof.provider_ref;
  result.receipt_refs = proof.receipt_refs;
  result.code = proof.code;
  observer_.accepted_after_all(provider, message, result);
}

}  // namespace relay::dispatch
