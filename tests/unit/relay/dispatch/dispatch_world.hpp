#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay/dispatch/dispatcher.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/scripted_provider.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace dispatch_test {

/// Keeps what the dispatcher told.
class Observer final : public relay::dispatch::DispatchObserver {
 public:
  void attempt_ended(const std::string& provider, const relay::Message&, const relay::providers::SendResult& result,
                     relay::Millis) override {
    attempts.emplace_back(provider, result.outcome);
  }
  void message_moved(const relay::Message& message, relay::State to) override { moves.emplace_back(message.id, to); }
  void breaker_changed(const std::string& provider, bool open, std::string_view, std::string_view) override {
    breakers.emplace_back(provider, open);
  }
  void fallback_changed(bool active, const std::string&, const std::string&) override { fallbacks.push_back(active); }
  void path_changed(relay::Channel, bool available) override { paths.push_back(available); }
  void daily_limit_reached(relay::AppId app) override { limits.push_back(app); }
  void uplink_suspect() override { ++suspicions; }

  std::vector<std::pair<std::string, relay::Outcome>> attempts;
  std::vector<std::pair<relay::MessageId, relay::State>> moves;
  std::vector<std::pair<std::string, bool>> breakers;
  std::vector<bool> fallbacks;
  std::vector<bool> paths;
  std::vector<relay::AppId> limits;
  int suspicions = 0;
};

/// The dispatcher over the real outbox on a file of its own and scripted providers, in virtual time.
class DispatchWorld {
 public:
  explicit DispatchWorld(std::uint64_t seed = 1);
  ~DispatchWorld();

  /// In the order of the chain, before start().
  fakes::ScriptedProvider& add(relay::providers::Traits traits);
  fakes::ScriptedProvider& add(std::string name) { return add(fakes::ScriptedProvider::traits_of(std::move(name))); }
  void start();
  void stop(relay::Millis grace = relay::Millis{0});
  /// Power fails now: a new start on what was on the disk.
  void crash();

  using Tweak = std::function<void(relay::Message&)>;
  relay::MessageId store(relay::MessageClass message_class = relay::MessageClass::info, std::string to = "",
                         const Tweak& tweak = {});
  relay::outbox::MessageRecord record(relay::MessageId id);
  relay::State state(relay::MessageId id) { return record(id).message.state; }
  void run_for(relay::Millis duration) { world.run_for(duration); }
  [[nodiscard]] relay::TimelineTime now() const { return outbox->timeline().now(); }
  [[nodiscard]] relay::SteadyTime steady() const { return world.clock.steady(); }

  fakes::VirtualRuntime world;
  relay::outbox::SqliteOutboxSettings settings;
  relay::dispatch::DispatchSettings dispatch_settings;
  std::unique_ptr<relay::outbox::SqliteOutbox> outbox;
  std::vector<std::unique_ptr<fakes::ScriptedProvider>> providers;
  Observer observer;
  std::unique_ptr<relay::dispatch::Dispatcher> dispatcher;

 private:
  void open();

  std::string folder_;
  int crashes_ = 0;
  int recipients_ = 0;
};

}  // namespace dispatch_test
