#include "relay/receipts/receipts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relay::receipts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Millis store_retry{1'000};
constexpr std::size_t max_waiting_receipts = 100;

/// When to ask, counted from the acceptance; after the last one every `last_interval`.
constexpr std::array<Millis, 8> ask_at{seconds{2}, seconds{5},  seconds{15}, minutes{1},
                                       minutes{5}, minutes{20}, hours{1},    hours{3}};
constexpr Millis last_interval = hours{6};
constexpr std::size_t max_watched = 1'000;
constexpr int max_asking = 4;

Millis age_of_question(std::size_t asked) {
  if (asked < ask_at.size()) return ask_at[asked];
  return ask_at.back() + last_interval * static_cast<std::int64_t>(asked - ask_at.size() + 1);
}

}  // namespace

Receipts::Receipts(Runtime runtime, outbox::Outbox& outbox,
                   std::function<void(MessageId, MessageClass, State)> on_final)
    : runtime_(runtime), outbox_(outbox), on_final_(std::move(on_final)), writes_(runtime) {}

void Receipts::take(outbox::Receipt receipt) {
  if (writes_.size() >= max_waiting_receipts) {
    runtime_.log.error("receipt_dropped",
                       {{"provider", receipt.provider}, {"reason", "the store takes nothing; too many receipts wait"}});
    return;
  }
  writes_.spawn("receipts.write", write(std::move(receipt)));
}

Task<> Receipts::stop() { co_await writes_.stop(); }

Task<Result<bool>> Receipts::store(outbox::Receipt receipt) {
  auto applied = co_await outbox_.apply(receipt);
  if (!applied) {
    runtime_.log.error("outbox_unwritable", {{"reason", applied.error().message}});
    co_return std::unexpected(applied.error());
  }
  runtime_.log.info("receipt", {{"id", applied->matched ? applied->message.text() : std::string{}},
                                {"provider", receipt.provider},
                                {"status", name_of(receipt.status)},
                                {"code", receipt.code},
                                {"matched", applied->matched},
                                {"state", name_of(applied->state)}});
  if (applied->moved_on && on_moved_on_) on_moved_on_(applied->message, receipt);
  if (applied->changed) on_final_(applied->message, applied->message_class, applied->state);
  co_return applied->matched;
}

Task<> Receipts::write(outbox::Receipt receipt) {
  while (true) {
    const auto stored = co_await store(receipt);
    if (stored) co_return;
    const auto code = stored.error().code;
    if (code == ErrorCode::not_found || code == ErrorCode::conflict || code == ErrorCode::invalid_argument) co_return;
    co_await sleep_for(runtime_, store_retry);
  }
}

ReceiptPoller::ReceiptPoller(Runtime runtime, outbox::Outbox& outbox, std::vector<providers::Provider*> providers,
                             Receipts& receipts)
    : runtime_(runtime),
      outbox_(outbox),
      providers_(std::move(providers)),
      receipts_(receipts),
      changed_(runtime),
      tasks_(runtime) {
  std::erase_if(providers_, [](const auto* provider) {
    return !provider->traits().can_look_up || !provider->traits().asks_for_receipts;
  });
}

providers::Provider* ReceiptPoller::find(const std::string& name) const {
  const auto found =
      std::ranges::find_if(providers_, [&](const auto* provider) { return provider->traits().name == name; });
  return found == providers_.end() ? nullptr : *found;
}

void ReceiptPoller::start() {
  if (!providers_.empty()) tasks_.spawn("receipts.poll", run());
}

Task<> ReceiptPoller::stop() { co_await tasks_.stop(); }

void ReceiptPoller::accepted(const Message& message, const std::string& provider, const providers::SendResult& result) {
  if (result.receipt_refs.empty() || find(provider) == nullptr) return;
  Attempt attempt{.message = message.id,
                  .number = message.attempts,
                  .provider = provider,
                  .started_at = runtime_.clock.wall(),
                  .outcome = Outcome::accepted,
                  .provider_ref = result.provider_ref};
  watch({.message = message, .attempt = std::move(attempt)}, runtime_.clock.steady());
}

void ReceiptPoller::watch(Watched watched, SteadyTime accepted_at) {
  if (watched_.size() >= max_watched) {
    // The one that would be asked last is the oldest: its receipt window ends it, as it would without polling.
    watched_.erase(std::prev(watched_.end()));
  }
  const SteadyTime next = accepted_at + age_of_question(watched.asked);
  watched_.emplace(next, std::pair{accepted_at, std::move(watched)});
  changed_.notify();
}

Task<> ReceiptPoller::run() {
  std::vector<std::string> names;
  for (const auto* provider : providers_) names.push_back(provider->traits().name);
  auto waiting = co_await outbox_.awaiting_receipt(std::move(names), static_cast<int>(max_watched));
  if (waiting) {
    for (auto& record : *waiting) {
      const Millis age = std::max(Millis{0}, runtime_.clock.wall() - record.message.accepted_at);
      Watched watched{.message = std::move(record.message), .attempt = std::move(record.attempts.back())};
      while (age_of_question(watched.asked) < age && watched.asked < ask_at.size()) ++watched.asked;
      watch(std::move(watched), runtime_.clock.steady() - age);
    }
  }
  while (true) {
    const SteadyTime next = watched_.empty() ? SteadyTime::max() : watched_.begin()->first;
    if (runtime_.clock.steady() < next || asking_ >= max_asking) {
      co_await changed_.wait_until(asking_ >= max_asking ? SteadyTime::max() : next);
      continue;
    }
    ++asking_;
    auto node = watched_.extract(watched_.begin());
    tasks_.spawn("receipts.ask", ask(std::move(node.mapped().second), node.mapped().first));
  }
}

Task<> ReceiptPoller::ask(Watched watched, SteadyTime accepted_at) {
  auto record = co_await outbox_.find(watched.message.id, std::nullopt);
  if (!record && record.error().code != ErrorCode::not_found) {
    ++watched.asked;  // the store is in trouble: asked again at the next step
    watch(std::move(watched), accepted_at);
  } else if (record && record->message.state == State::sent) {
    const auto finding = co_await find(watched.attempt.provider)->look_up(watched.message, watched.attempt);
    const bool final = finding.status && *finding.status != ReceiptStatus::pending;
    if (final) {
      receipts_.take({.provider = watched.attempt.provider,
                      .ref = watched.attempt.provider_ref,
                      .status = *finding.status,
                      .code = finding.code,
                      .cost = finding.cost,
                      .at = runtime_.clock.wall(),
                      .refused = finding.refused,
                      .channel_refused = finding.channel_refused});
    } else {
      ++watched.asked;
      // Whatever was missed while the box was off or busy is asked once, not once per step.
      while (accepted_at + age_of_question(watched.asked) <= runtime_.clock.steady()) ++watched.asked;
      watch(std::move(watched), accepted_at);
    }
  }
  --asking_;
  changed_.notify();
}

}  // namespace relay::receipts
