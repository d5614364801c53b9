#include "bridge/sending/hold.hpp"

#include <utility>

namespace bridge::sending {

using relay::Message;
using relay::MessageId;
using relay::State;
using relay::Task;

namespace {

/// One is under way, or may be out: looked at again, as it may come back unsent.
constexpr relay::Millis look_again_after{2'000};
constexpr relay::Millis store_retry{1'000};
constexpr int page = 500;

}  // namespace

Hold::Hold(relay::Runtime runtime, relay::outbox::Outbox& outbox, Settings settings,
           std::function<void()> on_given_back)
    : runtime_(runtime),
      outbox_(outbox),
      settings_(settings),
      on_given_back_(std::move(on_given_back)),
      changed_(runtime),
      tasks_(runtime) {}

void Hold::watch(const Message& message) {
  const bool urgent = relay::policy_of(message.message_class).lane != relay::Lane::rest;
  ends_.emplace(runtime_.clock.steady() + (urgent ? settings_.urgent : settings_.ordinary), message.id);
  changed_.notify();
}

void Hold::look_again(MessageId id) {
  ends_.emplace(runtime_.clock.steady() + look_again_after, id);
  changed_.notify();
}

void Hold::start() { tasks_.spawn("sending.hold", run()); }

Task<> Hold::find_waiting() {
  relay::outbox::ListFilter filter{.state = State::queued, .limit = page};
  while (true) {
    const auto waiting = co_await outbox_.list(filter);
    if (!waiting) {
      runtime_.log.error("outbox_unreadable", {{"reason", waiting.error().message}});
      co_await sleep_for(runtime_, store_retry);
      continue;
    }
    for (const auto& message : *waiting) watch(message);
    if (waiting->size() < page) co_return;
    filter.before = waiting->back().id;
  }
}

Task<> Hold::run() {
  co_await find_waiting();
  while (true) {
    const auto next = ends_.empty() ? relay::SteadyTime::max() : ends_.begin()->first;
    if (runtime_.clock.steady() < next) {
      co_await changed_.wait_until(next);
      continue;
    }
    const MessageId id = ends_.begin()->second;
    ends_.erase(ends_.begin());
    co_await look_at(id);
  }
}

/// Should an attempt begin and end between the look and the move, the message says that a copy may be out (`copies`),
/// and whoever tells the box reads that of what was moved.
Task<> Hold::look_at(MessageId id) {
  const auto record = co_await outbox_.find(id, std::nullopt);
  if (!record && record.error().code == relay::ErrorCode::not_found) co_return;
  if (!record) {
    look_again(id);
    co_return;
  }
  const Message& message = record->message;
  if (relay::is_final(message.state) || message.state == State::sent) co_return;
  if (message.state != State::queued || message.copies > 0) {
    look_again(id);
    co_return;
  }
  const auto moved = co_await outbox_.move(id, State::queued, State::cancelled, "given_back", {});
  if (!moved) {
    look_again(id);
    co_return;
  }
  runtime_.log.warning("given_back", {{"id", id.text()}, {"attempts", message.attempts}});
  on_given_back_();
}

}  // namespace bridge::sending
