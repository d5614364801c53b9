#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/modem_provider.hpp"
#include "hal/power_rail.hpp"
#include "hal/sim/gpio_lines.hpp"
#include "relay/message/message.hpp"
#include "tests/unit/firmware/modem/simulated_modem.hpp"

/// A ModemProvider against the strict modem of tools/modem-sim, in virtual time.

inline constexpr const char* device = "/dev/modem0";

/// What the modem's news came to.
struct Heard {
  std::vector<relay::outbox::Receipt> receipts;
  std::vector<relay::outbox::InboundMessage> inbound;
  std::vector<relay::outbox::InboundPart> parts;  ///< Kept; without their PDU once they are of a message.
  [[nodiscard]] long waiting_parts() const {
    return std::ranges::count_if(parts, [](const auto& part) { return !part.pdu.empty(); });
  }
  std::vector<modem::LateAnswer> late;
  std::vector<modem::Alarm> alarms;
  std::vector<relay::WallTime> network_times;
  bool store_works = true;
};

inline relay::Task<bool> take_inbound(Heard& heard, relay::outbox::InboundMessage message) {
  if (!heard.store_works) co_return false;
  for (const auto& fingerprint : message.parts) {
    std::erase_if(heard.parts, [&](const auto& part) { return part.fingerprint == fingerprint; });
    heard.parts.push_back({.provider = message.provider, .fingerprint = fingerprint, .pdu = ""});
  }
  heard.inbound.push_back(std::move(message));
  co_return true;
}

inline relay::Task<bool> keep_part(Heard& heard, relay::outbox::InboundPart part) {
  if (!heard.store_works) co_return false;
  const bool known = std::ranges::any_of(heard.parts, [&](const auto& p) { return p.fingerprint == part.fingerprint; });
  if (!known) heard.parts.push_back(std::move(part));
  co_return true;
}

inline relay::Task<relay::Result<std::vector<relay::outbox::InboundPart>>> recall_parts(const Heard& heard) {
  co_return heard.parts;
}

struct Sending {
  relay::Message message;
  std::optional<relay::providers::SendResult> result;
};

inline relay::Task<> send(modem::ModemProvider& provider, std::shared_ptr<Sending> sending, relay::SteadyTime deadline,
                          bool repeat) {
  relay::providers::SendResult result = co_await provider.send({.message = &sending->message,
                                                                .attempt = 1,
                                                                .mark_as_repeat = repeat,
                                                                .deadline = deadline,
                                                                .life_left = std::chrono::hours{1}});
  sending->result = std::move(result);
}

struct ModemProviderFixture : Utest {
  fakes::VirtualRuntime world;
  hal::SimSerialPorts ports{world.runtime()};
  modem_sim::ModemConfig config;
  modem::Settings settings;
  modem::ProfileLibrary profiles;
  modem::SimMemory* sim_memory = nullptr;
  std::function<void()> use_power;  ///< What the board's power key does to the modem; empty: it has none.
  hal::SimGpioLines gpio;
  std::unique_ptr<hal::PowerRail> power;
  int pulses = 0;
  Heard heard;
  std::unique_ptr<SimulatedModem> sim;
  std::unique_ptr<modem::ModemProvider> provider;
  std::unique_ptr<relay::TaskGroup> group;
  int next_id = 1000;

  void setup() override {
    settings.name = "modem-main";
    settings.line.device = device;
    config.send.latency_min = config.send.latency_max = relay::Millis{2000};
  }

  void teardown() override {
    if (group) world.run(group->stop());
    provider.reset();
    group.reset();
    sim.reset();
  }

  void plug_in() { sim = std::make_unique<SimulatedModem>(world, ports.line(device), config); }

  void start() {
    if (!sim) plug_in();
    modem::ModemPorts news;
    news.on_receipt = [this](relay::outbox::Receipt receipt) { heard.receipts.push_back(std::move(receipt)); };
    news.on_inbound = [this](relay::outbox::InboundMessage m) { return take_inbound(heard, std::move(m)); };
    news.keep_part = [this](relay::outbox::InboundPart part) { return keep_part(heard, std::move(part)); };
    news.recall_parts = [this](const std::string&) { return recall_parts(heard); };
    news.on_late_answer = [this](modem::LateAnswer answer) { heard.late.push_back(std::move(answer)); };
    news.on_alarm = [this](const modem::Alarm& alarm) { heard.alarms.push_back(alarm); };
    news.on_network_time = [this](relay::WallTime told) { heard.network_times.push_back(told); };
    news.sim_memory = sim_memory;
    if (use_power) {
      const hal::GpioAddress key{.chip = "board", .line = 1};
      gpio.add(key, [this](bool pressed) {
        if (!pressed && ++pulses % 2 == 0) use_power();  // Off, and on again.
      });
      power = *hal::PowerRail::take(world.runtime(), gpio, {.power_key = key});
      news.power = power.get();
    }
    provider = std::make_unique<modem::ModemProvider>(world.runtime(), settings, ports, std::move(news), profiles);
    group = std::make_unique<relay::TaskGroup>(world.runtime());
    provider->start(*group);
  }

  void start_ready() {
    start();
    world.run_until([this] { return !provider->not_ready(); }, relay::Millis{60'000});
    world.run_for(relay::Millis{100});  // the sweep of the start
  }

  std::shared_ptr<Sending> begin(std::string text, relay::Millis budget = relay::Millis{300'000},
                                 std::string to = "+358401234567",
                                 relay::MessageClass message_class = relay::MessageClass::info, bool repeat = false) {
    auto sending = std::make_shared<Sending>();
    sending->message.id = {next_id++};
    sending->message.to = std::move(to);
    sending->message.message_class = message_class;
    sending->message.content = relay::SmsContent{std::move(text)};
    group->spawn("test-send", send(*provider, sending, world.clock.steady() + budget, repeat));
    return sending;
  }

  relay::providers::SendResult finish(const std::shared_ptr<Sending>& sending) {
    world.run_until([&] { return sending->result.has_value(); }, relay::Millis{600'000});
    return *sending->result;
  }

  void check_outcome(relay::Outcome expected, const relay::providers::SendResult& result) {
    STRCMP_EQUAL_TEXT(std::string{relay::name_of(expected)}.c_str(),
                      std::string{relay::name_of(result.outcome)}.c_str(),
                      (result.code + ": " + result.detail).c_str());
  }
};
