#include "firmware/console/config_desk.hpp"

#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace firmware::console;
using std::chrono::minutes;

namespace {

/// No daemon answers.
class DeadDaemon final : public relay::http::Client {
 public:
  relay::Task<std::expected<relay::http::ClientResponse, relay::http::ClientFailure>> perform(
      relay::http::ClientRequest) override {
    ++calls;
    co_return std::unexpected(relay::http::ClientFailure{.message = "connection refused"});
  }
  int calls = 0;
};

}  // namespace

/// Taking back what nobody confirmed: with a store and a file, without a daemon.
TEST_GROUP(ConfigDesk) {
  fakes::VirtualRuntime world;
  DeadDaemon nobody;
  std::string folder;
  std::unique_ptr<Host> host;
  std::unique_ptr<AdminClient> daemon;
  std::unique_ptr<ConfigDesk> desk;
  Store store = *Store::open(":memory:", world.runtime().clock, world.runtime().random, 10);

  void setup() override {
    std::string name = (std::filesystem::temp_directory_path() / "relay-desk-XXXXXX").string();
    folder = mkdtemp(name.data());
    Places places;
    places.settings = folder + "/relay.toml";
    places.unit = "no-such-unit.service";
    host = std::make_unique<Host>(world.runtime(), places);
    daemon = std::make_unique<AdminClient>(world.runtime(), nobody, "none");
    desk = std::make_unique<ConfigDesk>(world.runtime(), *daemon, *host, store);
    CHECK_TRUE(Host::replace_file(places.settings, "[listen]\nnew = 1\n").has_value());
  }
  void teardown() override { std::filesystem::remove_all(folder); }

  std::string file() const { return *Host::read_file(folder + "/relay.toml"); }
  void change_unconfirmed(const std::string& boot_id) {
    const auto kept = store.keep_revision("[listen]\nold = 1\n", "anna").value();
    CHECK_TRUE(
        store.set_unconfirmed(Unconfirmed{kept, "anna", boot_id, world.clock.steady() + minutes{5}}).has_value());
  }
};

TEST(ConfigDesk, withNothingUnconfirmedNothingIsTakenBack) {
  CHECK_FALSE(world.run(desk->take_back_if_over()));
  STRCMP_EQUAL("[listen]\nnew = 1\n", file().c_str());
  CHECK(desk->confirm().error().code == relay::ErrorCode::conflict);
}

TEST(ConfigDesk, aChangeStandsWhileItsTimeRuns) {
  change_unconfirmed(world.clock.boot_id());
  world.run_for(minutes{4});
  CHECK_FALSE(world.run(desk->take_back_if_over()));
  STRCMP_EQUAL("[listen]\nnew = 1\n", file().c_str());
  CHECK_TRUE(desk->confirm().has_value());
  world.run_for(minutes{10});
  CHECK_FALSE(world.run(desk->take_back_if_over()));
}

TEST(ConfigDesk, theFileOfAnotherTimeIsReplacedWhole) {
  CHECK_TRUE(Host::replace_file(folder + "/relay.toml", "x = 1\n").has_value());
  STRCMP_EQUAL("x = 1\n", file().c_str());
  CHECK_FALSE(std::filesystem::exists(folder + "/relay.toml.new"));
  CHECK(Host::replace_file(folder + "/none/relay.toml", "x").error().code == relay::ErrorCode::not_found);
  CHECK(Host::read_file(folder + "/relay.toml", 3).error().code == relay::ErrorCode::full);
}
