#include "firmware/uplink/monitor.hpp"

#include <set>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace firmware::uplink;
using relay::Millis;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

class FakeNetwork final : public hal::Network {
 public:
  explicit FakeNetwork(relay::Runtime runtime) : runtime_(runtime) {}
  relay::Task<bool> reachable(std::string host, std::uint16_t, relay::SteadyTime deadline) override {
    ++probes;
    const bool is_up = up.contains(host);
    // A dead place says nothing until the deadline.
    co_await relay::sleep_until(runtime_, is_up ? runtime_.clock.steady() + Millis{20} : deadline);
    co_return is_up;
  }
  void on_change(std::function<void()> listener) override { changed = std::move(listener); }
  void close() override {}

  std::set<std::string> up;
  std::function<void()> changed;
  int probes = 0;

 private:
  relay::Runtime runtime_;
};

}  // namespace

TEST_GROUP(UplinkMonitor) {
  fakes::VirtualRuntime world;
  FakeNetwork network{world.runtime()};
  std::vector<bool> verdicts;
  std::unique_ptr<UplinkMonitor> monitor;

  void start(std::vector<Target> targets) {
    monitor = std::make_unique<UplinkMonitor>(world.runtime(), network, UplinkSettings{.targets = std::move(targets)},
                                              [this](bool up) { verdicts.push_back(up); });
    monitor->start();
    world.settle();
  }
  void teardown() override {
    if (monitor) world.run(monitor->stop());
  }
};

TEST(UplinkMonitor, withoutTargetsItIsUpAndNothingIsProbed) {
  start({});
  monitor->suspect();
  world.run_for(hours{1});
  CHECK_TRUE(monitor->up());
  CHECK_FALSE(monitor->watched());
  CHECK_EQUAL(0, network.probes);
}

TEST(UplinkMonitor, tellsEachChangeOnce) {
  network.up = {"one"};
  start({{"one"}});
  world.run_for(minutes{5});
  CHECK_TRUE(verdicts.empty());
  network.up.clear();
  world.run_for(seconds{20});  // 10 s until the next round, then 3 + 1 + 3 s
  CHECK(verdicts == std::vector{false});
  network.up = {"one"};
  world.run_for(seconds{10});
  CHECK(verdicts == (std::vector{false, true}));
}

TEST(UplinkMonitor, oneTargetThatAnswersIsEnough) {
  network.up = {"three"};
  start({{"one"}, {"two"}, {"three"}});
  world.run_for(minutes{10});
  CHECK_TRUE(verdicts.empty());
  // and is asked first from then on: the dead ones cost no more time
  CHECK(network.probes < 70);
}

TEST(UplinkMonitor, aSuspicionOrALinkChangeProbesAtOnce) {
  network.up = {"one"};
  start({{"one"}});
  world.run_for(seconds{5});
  network.up.clear();
  monitor->suspect();
  world.run_for(Millis{7'500});
  CHECK(verdicts == std::vector{false});
  const int before = network.probes;
  network.changed();
  world.run_for(Millis{500});
  CHECK(network.probes > before);
}

TEST(UplinkMonitor, aFloodOfSuspicionsCausesFewProbes) {
  network.up = {"one"};
  start({{"one"}});
  for (int i = 0; i < 1000; ++i) {
    monitor->suspect();
    world.run_for(Millis{10});
  }
  CHECK(network.probes <= 51);  // in 10 s
}

TEST(UplinkMonitor, aDrillCountsAsDownAndEndsByItself) {
  for (const bool watched : {true, false}) {
    verdicts.clear();
    network.up = {"one"};
    start(watched ? std::vector<Target>{{"one"}} : std::vector<Target>{});
    monitor->simulate_down(minutes{5});
    CHECK_FALSE(monitor->up());
    world.run_for(minutes{4});
    CHECK(verdicts == std::vector<bool>{false});
    world.run_for(minutes{2});
    CHECK(verdicts == (std::vector<bool>{false, true}));
    CHECK_TRUE(monitor->up());
    CHECK_FALSE(monitor->simulated_until().has_value());
    world.run(monitor->stop());
    monitor.reset();
  }
}

TEST(UplinkMonitor, aDrillCanBeEndedAndHidesNoRealOutage) {
  network.up = {"one"};
  start({{"one"}});
  monitor->simulate_down(minutes{60});
  monitor->end_simulation();
  CHECK(verdicts == (std::vector<bool>{false, true}));
  monitor->simulate_down(minutes{1});
  network.up.clear();
  world.run_for(minutes{5});
  CHECK_FALSE(monitor->up());
  CHECK(verdicts == (std::vector<bool>{false, true, false}));
}
