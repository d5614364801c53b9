#include <filesystem>
#include <random>

#include <CppUTest/TestHarness.h>

#include "relay/sqlite/database.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

TEST_GROUP(OutboxKeep) {
  OutboxWorld w;
  void setup() override { w.open(); }

  MessageId finished(std::string to) {
    const auto id = w.store(std::move(to));
    CHECK(w.run(w.outbox->cancel(id, std::nullopt)).has_value());
    return id;
  }
};

TEST(OutboxKeep, whatWasCompletedIsThereAfterAKill) {
  const auto queued = w.store("+1555000001");
  const auto sent = w.sent({"SM1"});
  const auto done = w.sent({"SM2"});
  w.apply(w.receipt("SM2", ReceiptStatus::delivered));
  w.reopen_copy();
  CHECK(w.state(queued) == State::queued);
  CHECK(w.state(sent) == State::sent);
  CHECK(w.state(done) == State::delivered);
  CHECK(w.outbox->counters().live[0][3] == 1 && w.outbox->counters().live[2][3] == 1);
  CHECK_EQUAL(3, w.outbox->counters().stored_rows);
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::delivered)).message == sent);
}

TEST(OutboxKeep, whatWasNotCommittedIsNotThereAfterAKill) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  TaskGroup group(w.world.runtime());
  auto ender = [](SqliteOutbox& outbox, AttemptEnd e) -> Task<> { (void)co_await outbox.end_attempt(std::move(e)); };
  group.spawn("end", ender(*w.outbox, w.end_of(id, 1, Outcome::accepted, State::sent)));
  w.world.run_for(Millis{249});
  LONGS_EQUAL(1, group.size());  // relaxed: it still waits for company
  std::filesystem::copy_file(w.settings.path, w.folder + "/copy.db");
  std::filesystem::copy_file(w.settings.path + "-wal", w.folder + "/copy.db-wal");
  w.world.run_for(Millis{2});
  LONGS_EQUAL(0, group.size());
  CHECK(w.state(id) == State::sent);
  w.kill();
  w.settings.path = w.folder + "/copy.db";
  w.open();
  CHECK(w.state(id) == State::sending);
}

TEST(OutboxKeep, countersHoldThroughARandomLife) {
  std::mt19937 random(7);  // NOLINT: the same life each time
  std::vector<MessageId> ids;
  for (int step = 0; step < 600; ++step) {
    const auto dice = random() % 10;
    if (dice < 4 || ids.empty()) {
      ids.push_back(w.store("+1555" + std::to_string(random() % 20), all_message_classes[random() % 5],
                            static_cast<AppId>(random() % 3)));
      continue;
    }
    const MessageId id = ids[random() % ids.size()];
    if (dice == 4) (void)w.run(w.outbox->cancel(id, std::nullopt));
    if (dice == 5 || dice == 6) (void)w.run(w.outbox->begin_attempt({id, "cloud", w.world.clock.wall(), false}));
    if (dice == 7) {
      auto e = w.end_of(id, 1, static_cast<Outcome>(random() % 7), static_cast<State>(random() % 10));
      e.receipt_refs = {"r" + std::to_string(id.value)};
      (void)w.run(w.outbox->end_attempt(e));
    }
    if (dice == 8) (void)w.run(w.outbox->apply(w.receipt("r" + std::to_string(id.value), ReceiptStatus::delivered)));
    if (dice == 9)
      (void)w.run(w.outbox->move(id, static_cast<State>(random() % 3), static_cast<State>(random() % 10), "", w.now()));
    if (step % 50 == 0) CHECK(w.run(w.outbox->keep_time()).has_value());
    if (step % 97 == 0) (void)w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0));
    if (step % 61 == 0) CHECK(w.counters_hold());
  }
  CHECK(w.counters_hold());
}

TEST(OutboxKeep, idsCountedBeforeASlowerSubmissionAreCountedRight) {
  Message slow = w.message("+1555000001");
  w.store("+1555000002");
  CHECK(w.run(w.outbox->keep_time()).has_value());
  w.store(slow);
  CHECK_EQUAL(2, w.outbox->counters().stored_rows);
  CHECK(w.counters_hold());
}

TEST(OutboxKeep, pruningTakesOldFinishedMessagesOnly) {
  const auto old_done = finished("+1555000001");
  const auto old_queued = w.store("+1555000002");
  w.world.run_for(std::chrono::hours{48});
  const auto young = finished("+1555000003");
  CHECK_EQUAL(1, w.run(w.outbox->prune(w.outbox->timeline().now() - std::chrono::hours{24}, 0)).value());
  CHECK(w.run(w.outbox->find(old_done, std::nullopt)).error().code == ErrorCode::not_found);
  CHECK(w.state(old_queued) == State::queued);
  CHECK(w.state(young) == State::cancelled);
  CHECK(w.counters_hold());
}

TEST(OutboxKeep, pruningGoesInStepsAndTakesTheOldestFirstWhenTheStoreIsTooBig) {
  std::vector<MessageId> ids;
  Submission s;
  s.app = 1;
  for (int i = 0; i < 450; ++i) {
    s.messages.push_back(w.message("+1555" + std::to_string(i), MessageClass::otp));
    ids.push_back(s.messages.back().id);
  }
  CHECK(w.run(w.outbox->submit(s)).has_value());
  for (Message& m : s.messages) m.id = w.outbox->next_id();
  s.replaces_older = true;  // ends the first 450
  CHECK(w.run(w.outbox->submit(s)).has_value());
  const auto waiting = w.store("+1555000001");
  const TimelineTime long_ago{};
  CHECK_EQUAL(0, w.run(w.outbox->prune(long_ago, 100 << 20)).value());
  CHECK_EQUAL(200, w.run(w.outbox->prune(long_ago, 20'000)).value());
  CHECK(w.run(w.outbox->find(ids[199], std::nullopt)).error().code == ErrorCode::not_found);
  CHECK(w.state(ids[200]) == State::cancelled);
  int gone = 0;
  while (const int step = w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value()) gone += step;
  CHECK_EQUAL(250, gone);
  CHECK(w.state(waiting) == State::queued);
  CHECK(w.counters_hold());
}

TEST(OutboxKeep, attemptsGoWithTheirMessageAndTheGreatestIdIsNotForgotten) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  w.end(w.end_of(id, 1, Outcome::unavailable, State::queued));
  w.begin(id);
  w.end(w.end_of(id, 2, Outcome::refused, State::failed));
  CHECK_EQUAL(1, w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value());
  w.close();
  {
    auto database = sqlite::Database::open(w.settings.path).value();
    CHECK_EQUAL(0, database.integer("SELECT count(*) FROM earlier_attempts").value());
    CHECK_EQUAL(id.value, database.integer("SELECT counted_id FROM store").value());
  }
  w.open();
  CHECK_EQUAL(0, w.outbox->counters().stored_rows);
}

TEST(OutboxKeep, theTimelineGoesOnOverAReboot) {
  w.world.run_for(Millis{5000});
  const auto before = w.now();
  CHECK(w.run(w.outbox->keep_time()).has_value());
  w.kill();
  w.world.clock.reboot("boot-2");
  w.world.clock.jump_wall(-std::chrono::hours{24});
  w.open();
  CHECK(w.now() >= before);
  CHECK(w.now() < before + Millis{1000});
}

TEST(OutboxKeep, freeSpaceIsReadAtMostOnceASecond) {
  int reads = 0;
  w.settings.free_disk_bytes = [&reads]() -> Result<std::int64_t> { return ++reads * 1000; };
  w.open();
  CHECK_EQUAL(1000, w.outbox->free_bytes());
  CHECK_EQUAL(1000, w.outbox->free_bytes());
  w.world.run_for(Millis{1000});
  CHECK_EQUAL(2000, w.outbox->free_bytes());
  w.settings.free_disk_bytes = nullptr;
  w.open();
  CHECK(w.outbox->free_bytes() > 0);
}
