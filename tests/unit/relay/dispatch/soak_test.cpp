// Many messages of all classes and several applications under random outcomes: what the contract promises, promised to
// all of them at once.
#include <algorithm>
#include <map>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

namespace {

constexpr int messages_per_seed = 250;

ScriptedProvider::Step random_step(fakes::SeededRandom& random) {
  const auto drawn = random.below(100);
  const Outcome outcome = drawn < 55   ? accepted
                          : drawn < 65 ? unavailable
                          : drawn < 72 ? unknown
                          : drawn < 80 ? throttled
                          : drawn < 88 ? refused
                          : drawn < 92 ? recipient_refused
                          : drawn < 93 ? account
                                       : unavailable;
  ScriptedProvider::Step step{.outcome = outcome, .after = Millis{1 + static_cast<std::int64_t>(random.below(4'000))}};
  if (outcome == throttled) step.retry_after = Millis{static_cast<std::int64_t>(random.below(5'000))};
  step.receipts = random.below(2) == 0;
  return step;
}

struct Sends {
  int all = 0;
  int may_be_out = 0;
};

class Soak {
 public:
  explicit Soak(std::uint64_t seed) : world(seed), random(seed * 7919) {
    for (const char* name : {"first", "second", "third"}) {
      auto traits = ScriptedProvider::traits_of(name);
      traits.max_in_flight = 30;
      traits.needs_uplink = std::string_view{name} != "third";
      auto& provider = world.add(traits);
      provider.otherwise = [this] { return random_step(random); };
      provider.on_send = [this](MessageId id, std::int32_t attempt) { return check_journal(id, attempt); };
    }
  }

  void run() {
    world.start();
    for (int i = 0; i < messages_per_seed; ++i) {
      const auto message_class = all_message_classes[random.below(all_message_classes.size())];
      const std::string to = "+1555" + std::to_string(1'000'000 + random.below(60));
      ids.push_back(
          world.store(message_class, to, [&](Message& m) { m.app = 1 + static_cast<AppId>(random.below(5)); }));
      if (i % 100 == 0) world.dispatcher->set_uplink(random.below(4) != 0);
      if (i % 7 == 0) world.run_for(Millis{static_cast<std::int64_t>(random.below(1'500))});
      if (i == messages_per_seed / 2) world.crash();
    }
    world.dispatcher->set_uplink(true);
    world.run_for(hours{24 + 48} + minutes{1});
  }

  DispatchWorld world;
  fakes::SeededRandom random;
  std::vector<MessageId> ids;

 private:
  /// I5: committed before the first byte.
  Task<> check_journal(MessageId id, std::int32_t attempt) {
    auto record = co_await world.outbox->find(id, std::nullopt);
    CHECK_TRUE(record.has_value());
    CHECK(record->message.state == State::sending);
    CHECK_EQUAL(attempt, static_cast<std::int32_t>(record->attempts.size()));
  }
};

}  // namespace

TEST_GROUP(DispatcherSoak){
    void check(Soak & soak, std::uint64_t seed){const std::string where = "seed " + std::to_string(seed);
std::map<MessageId, Sends> sends;
for (const auto& provider : soak.world.providers) {
  CHECK_TEXT(provider->most_under_way <= 31, where.c_str());  // and one alarm
  for (const auto& sent : provider->sent) {
    CHECK_TEXT(sent.life_left > Millis{0}, where.c_str());  // I3
    auto& of = sends[sent.message];
    ++of.all;
    if (sent.outcome == accepted || sent.outcome == unknown) ++of.may_be_out;
  }
}
for (const auto id : soak.ids) {
  const auto record = soak.world.record(id);
  const auto& policy = policy_of(record.message.message_class);
  CHECK_TEXT(is_final(record.message.state), where.c_str());        // I1
  CHECK_TEXT(sends[id].all <= policy.max_attempts, where.c_str());  // I10
  // I5: each send is in the journal, which may hold one more that the crash cut before its first byte.
  const int journalled = static_cast<int>(record.attempts.size());
  CHECK_TEXT(sends[id].all == journalled || sends[id].all == journalled - 1, where.c_str());
  // I6
  CHECK_TEXT(sends[id].may_be_out <= policy.max_copies, where.c_str());
  CHECK_TEXT(record.message.copies <= policy.max_copies, where.c_str());
}
CHECK_EQUAL(0, soak.world.outbox->counters().queued());
CHECK_EQUAL(0, soak.world.dispatcher->in_flight());
}
}
;

TEST(DispatcherSoak, allEndNoneIsLostAndNoneIsOutTooOften) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Soak soak(seed);
    soak.run();
    check(soak, seed);
  }
}
