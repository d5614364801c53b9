#include "firmware/provider_set.hpp"

#include <memory>
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/settings.hpp"
#include "hal/power_rail.hpp"
#include "hal/sim/clock_trust.hpp"
#include "hal/sim/gpio_lines.hpp"
#include "hal/sim/leds.hpp"
#include "hal/sim/serial_line.hpp"
#include "hal/sim/storage.hpp"
#include "hal/sim/thermometer.hpp"
#include "hal/sim/watchdog.hpp"
#include "relay/base/concat.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using relay::Result;

namespace {

class NoNetwork final : public hal::Network {
 public:
  relay::Task<bool> reachable(std::string, std::uint16_t, relay::SteadyTime) override { co_return false; }
  void on_change(std::function<void()>) override {}
  void close() override {}
};

class TestPlatform final : public firmware::Platform {
 public:
  explicit TestPlatform(relay::Runtime runtime) : runtime_(runtime), serial_ports_(runtime) {}

  hal::SerialPorts& serial_ports() override { return serial_ports_; }
  hal::Network& network() override { return network_; }
  std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions) override {
    return std::make_unique<fakes::ScriptedHttpClient>(runtime_, script_);
  }
  Result<std::unique_ptr<relay::http::Listener>> listen_tcp(const std::string&, std::uint16_t) override {
    return relay::fail(relay::ErrorCode::unavailable, "nobody listens in this test");
  }
  Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string&, unsigned) override {
    return relay::fail(relay::ErrorCode::unavailable, "nobody listens in this test");
  }
  hal::SimGpioLines& gpio_lines() override { return gpio_lines_; }
  hal::Leds& leds() override { return leds_; }
  hal::ClockTrust& clock_trust() override { return clock_trust_; }
  hal::Storage& storage() override { return storage_; }
  hal::Thermometer& thermometer() override { return thermometer_; }
  hal::Watchdog& watchdog() override { return watchdog_; }

 private:
  relay::Runtime runtime_;
  fakes::HttpScript script_;
  hal::SimSerialPorts serial_ports_;
  NoNetwork network_;
  hal::SimGpioLines gpio_lines_;
  hal::SimLeds leds_;
  hal::SimClockTrust clock_trust_;
  hal::SimStorage storage_;
  hal::SimThermometer thermometer_;
  hal::SimWatchdog watchdog_;
};

std::string a_modem(const std::string& name, const std::string& more = "") {
  return relay::concat("[providers.", name, "]\nkind = \"modem\"\ndevice = \"/dev/", name, "\"\n", more, "\n");
}

}  // namespace

TEST_GROUP(ProviderSet) {
  fakes::VirtualRuntime world;
  TestPlatform platform{world.runtime()};
  std::unique_ptr<hal::PowerRail> power;

  void give_the_board_a_power_key() {
    const hal::GpioAddress key{.chip = "gpiochip0", .line = 4};
    platform.gpio_lines().add(key, [](bool) {});
    auto taken = hal::PowerRail::take(world.runtime(), platform.gpio_lines(), {.power_key = key, .reset = {}});
    CHECK(taken.has_value());
    power = std::move(*taken);
  }

  Result<firmware::ProviderSet> made_of(const std::string& text) {
    const auto document = relay::config::Document::parse(text, "relay.toml", firmware::settings_tables(),
                                                         [](const std::string&) { return std::nullopt; });
    CHECK_TEXT(document.has_value(), document ? "" : document.error().message.c_str());
    return firmware::make_providers(*document, {.runtime = world.runtime(),
                                                .platform = platform,
                                                .on_receipt = [](const relay::outbox::Receipt&) {},
                                                .modem = {.power = power.get()}});
  }

  void refuses(const std::string& text, const std::string& sentence) {
    const auto set = made_of(text);
    CHECK_FALSE(set.has_value());
    STRCMP_EQUAL(sentence.c_str(), set.error().message.c_str());
  }
};

TEST(ProviderSet, hasTheChainsProvidersInItsOrder) {
  const auto set = made_of(a_modem("a") + a_modem("b") + a_modem("idle") + "[chain]\nsms = [\"b\", \"a\"]\n");
  CHECK(set.has_value());
  LONGS_EQUAL(2, set->all.size());
  STRCMP_EQUAL("b", set->all[0]->traits().name.c_str());
  STRCMP_EQUAL("a", set->all[1]->traits().name.c_str());
  LONGS_EQUAL(2, set->modems.size());
}

TEST(ProviderSet, aPoolStandsForItsMembers) {
  const auto set =
      made_of(a_modem("a") + a_modem("b") +
              "[providers.pool]\nkind = \"modem-pool\"\nmembers = [\"a\", \"b\"]\n[chain]\nsms = [\"pool\"]\n");
  CHECK(set.has_value());
  LONGS_EQUAL(1, set->all.size());
  LONGS_EQUAL(2, set->modems.size());
}

TEST(ProviderSet, aModemHasOnePlace) {
  refuses(
      a_modem("a") + "[providers.pool]\nkind = \"modem-pool\"\nmembers = [\"a\"]\n[chain]\nsms = [\"pool\", \"a\"]\n",
      "[chain] sms: \"a\" is in a pool already; each modem has one place");
}

TEST(ProviderSet, aBoardsPowerLinesAreOfOneModem) {
  const std::string two = a_modem("a") + a_modem("b") + "[chain]\nsms = [\"a\", \"b\"]\n";
  CHECK(made_of(two).has_value());  // no lines, no question
  give_the_board_a_power_key();
  refuses(two,
          "[providers.b] board_slot: the board's power lines are of one modem; say board_slot = false here or in "
          "[providers.a]");
  CHECK(made_of(a_modem("a", "board_slot = false") + a_modem("b") + "[chain]\nsms = [\"a\", \"b\"]\n").has_value());
}

TEST(ProviderSet, aModemOutsideTheChainDoesNotCompeteForTheLines) {
  give_the_board_a_power_key();
  CHECK(made_of(a_modem("a") + a_modem("idle") + "[chain]\nsms = [\"a\"]\n").has_value());
}

TEST(ProviderSet, aMemberOfAPoolDoes) {
  give_the_board_a_power_key();
  refuses(a_modem("a") + a_modem("b") +
              "[providers.pool]\nkind = \"modem-pool\"\nmembers = [\"a\", \"b\"]\n[chain]\nsms = [\"pool\"]\n",
          "[providers.b] board_slot: the board's power lines are of one modem; say board_slot = false here or in "
          "[providers.a]");
}

TEST(ProviderSet, aProviderStandsInItsOwnChannelsChain) {
  refuses(a_modem("a") + "[chain]\nsms = [\"a\"]\nwhatsapp = [\"demo\"]\n[providers.demo]\nkind = \"demo\"\n",
          "[chain]: \"demo\" is a provider of sms; name it there");
}
