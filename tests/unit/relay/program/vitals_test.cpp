#include "relay/program/vitals.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using relay::Millis;

TEST_GROUP(Vitals) {
  fakes::VirtualClock clock;
  relay::program::Vitals vitals{clock};
  std::uint64_t store = 0;
  std::uint64_t modem = 0;

  void setup() override {
    vitals.watch("the store", [this] { return store; }, Millis{60'000});
    vitals.watch("modem-1", [this] { return modem; }, Millis{900'000});
  }
  /// Looks every 20 s for so long, while `turning` turns; what the last look said.
  std::string after(Millis duration, std::uint64_t* turning = nullptr, std::uint64_t* also = nullptr) {
    relay::Result<void> last;
    for (Millis passed{0}; passed < duration; passed += Millis{20'000}) {
      clock.advance(Millis{20'000});
      if (turning != nullptr) ++*turning;
      if (also != nullptr) ++*also;
      last = vitals.look();
    }
    return last ? "" : last.error().message;
  }
};

TEST(Vitals, whatTurnsIsAlive) { STRCMP_EQUAL("", after(Millis{3'600'000}, &store, &modem).c_str()); }

TEST(Vitals, eachPartHasItsOwnPatience) {
  STRCMP_EQUAL("", after(Millis{60'000}).c_str());
  STRCMP_EQUAL("the store has stood still for 80 s", after(Millis{20'000}).c_str());
  STRCMP_EQUAL("", after(Millis{20'000}, &store).c_str());
}

TEST(Vitals, onePartThatStandsStillIsEnough) {
  STRCMP_EQUAL("", after(Millis{900'000}, &store).c_str());
  STRCMP_EQUAL("modem-1 has stood still for 920 s", after(Millis{20'000}, &store).c_str());
  CHECK(vitals.look().error().code == relay::ErrorCode::unavailable);
}
