#include "relay/commit/commit_queue.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/disk_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::DiskWorld;

namespace {

constexpr int sqlite_full = 13;  // sqlite.org/rescode.html

Task<> submit_into(SqliteOutbox& outbox, Message message, Urgency urgency, std::vector<Result<SubmitResult>>& out) {
  Submission s;
  s.app = message.app;
  s.messages = {std::move(message)};
  s.urgency = urgency;
  auto result = co_await outbox.submit(std::move(s));
  out.push_back(std::move(result));
}

Task<> cancel_into(SqliteOutbox& outbox, MessageId id, std::vector<Result<Message>>& out) {
  auto result = co_await outbox.cancel(id, std::nullopt);
  out.push_back(std::move(result));
}

Task<> probe_into(SqliteOutbox& outbox, std::vector<ErrorCode>& out) {
  const auto result = co_await outbox.probe();
  out.push_back(result ? ErrorCode::not_found : result.error().code);
}

}  // namespace

TEST_GROUP(CommitQueue) {
  DiskWorld w;
  std::vector<Result<SubmitResult>> results;
  std::unique_ptr<TaskGroup> group;

  void setup() override {
    w.open();
    group = std::make_unique<TaskGroup>(w.world.runtime());
  }
  void teardown() override { w.kill(); }
  void submit(Urgency urgency = Urgency::paced) {
    group->spawn("submit", submit_into(*w.outbox, w.message("+1555000001"), urgency, results));
  }
};

TEST(CommitQueue, whatIsReadyTogetherIsCommittedTogether) {
  w.store("+1555000000");
  const auto before = w.disk.counts().syncs;
  for (int i = 0; i < 32; ++i) submit();
  w.world.settle();
  CHECK_EQUAL(32, results.size());
  CHECK_EQUAL(before + 1, w.disk.counts().syncs);
}

TEST(CommitQueue, aFailedCommitFailsEveryJobOfItsGroupAndLeavesNothing) {
  const auto kept = w.store("+1555000000");
  int heard = 0;
  w.outbox->on_stored([&heard](const std::vector<Message>&) { ++heard; });
  w.disk.set_faults({.sync_error = 1});
  std::vector<Result<Message>> cancelled;
  submit();
  group->spawn("cancel", cancel_into(*w.outbox, kept, cancelled));
  submit();
  w.world.settle();
  CHECK_EQUAL(2, results.size());
  for (const auto& r : results) CHECK(!r && r.error().code == ErrorCode::io);
  CHECK(cancelled.size() == 1 && !cancelled[0] && cancelled[0].error().code == ErrorCode::io);
  CHECK_EQUAL(0, heard);
  CHECK_EQUAL(1, w.outbox->counters().stored_rows);
  CHECK(w.world.log.contains("commit_failed"));

  w.disk.set_faults({});
  CHECK(w.state(kept) == State::queued);
  submit();
  w.world.settle();
  CHECK(results.back().has_value());
  CHECK_EQUAL(2, w.outbox->counters().stored_rows);
  CHECK(w.counters_hold());
}

TEST(CommitQueue, aFullDiskIsToldApartAndPassesAway) {
  w.store("+1555000000");
  w.disk.set_faults({.full = 1});
  std::vector<ErrorCode> probes;
  group->spawn("probe", probe_into(*w.outbox, probes));
  submit();
  w.world.settle();
  CHECK(!results.at(0) && results[0].error().code == ErrorCode::full);
  CHECK(probes.at(0) == ErrorCode::full);
  w.disk.set_faults({});
  submit();
  w.world.settle();
  CHECK(results.at(1).has_value());
  CHECK(w.counters_hold());
}

TEST(CommitQueue, oneJobsErrorUndoesOnlyItself) {
  const auto kept = w.store("+1555000000");
  std::vector<Result<Message>> cancelled;
  Message twice = w.message("+1555000001");
  group->spawn("a", submit_into(*w.outbox, twice, Urgency::paced, results));
  Submission second;  // stores one message and fails at the next: the same id again
  second.app = 1;
  second.messages = {w.message("+1555000002"), twice};
  auto submit_both = [](SqliteOutbox& outbox, Submission s, std::vector<Result<SubmitResult>>& out) -> Task<> {
    auto result = co_await outbox.submit(std::move(s));
    out.push_back(std::move(result));
  };
  group->spawn("b", submit_both(*w.outbox, second, results));
  group->spawn("c", cancel_into(*w.outbox, kept, cancelled));
  w.world.settle();
  CHECK(results.at(0).has_value());
  CHECK(!results.at(1) && results[1].error().code == ErrorCode::conflict);
  CHECK(cancelled.at(0).has_value());
  CHECK(w.run(w.outbox->find(second.messages[0].id, std::nullopt)).error().code == ErrorCode::not_found);
  CHECK_EQUAL(2, w.outbox->counters().stored_rows);
  CHECK(w.counters_hold());
}

TEST(CommitQueue, whenSqliteUndoesTheWholeTransactionNothingOfTheGroupIsKept) {
  w.settings.cache_kib = 8;  // pages are written in the middle of the transaction
  w.open();
  submit();
  Submission big;
  big.app = 1;
  for (int i = 0; i < 50; ++i) {
    big.messages.push_back(w.message("+1555" + std::to_string(i)));
    big.messages.back().content = SmsContent{std::string(1500, 'x')};
  }
  auto submit_big = [](DiskWorld& world, Submission s, std::vector<Result<SubmitResult>>& out) -> Task<> {
    world.disk.fail_operation(30, sqlite_full, false);
    auto result = co_await world.outbox->submit(std::move(s));
    out.push_back(std::move(result));
  };
  group->spawn("big", submit_big(w, std::move(big), results));
  submit();  // would fit
  w.world.settle();
  CHECK_EQUAL(3, results.size());
  for (const auto& r : results) CHECK_FALSE(r.has_value());
  CHECK(results[1].error().code == ErrorCode::full);
  CHECK_EQUAL(0, w.outbox->counters().stored_rows);
  CHECK(w.counters_hold());
}

TEST(CommitQueue, underLoadPacedWritesWaitForTheNextToken) {
  w.settings.commit_burst = 1;
  w.settings.commit_rate = 20;
  w.open();
  submit();
  w.world.settle();
  CHECK_EQUAL(1, results.size());
  submit();
  w.world.run_for(Millis{49});
  CHECK_EQUAL(1, results.size());
  w.world.run_for(Millis{1});
  CHECK_EQUAL(2, results.size());
}

TEST(CommitQueue, anUrgentWriteTakesTheQueueBeforeItAlong) {
  w.settings.commit_burst = 1;
  w.open();
  submit();
  w.world.settle();
  submit(Urgency::relaxed);
  submit(Urgency::paced);
  w.world.settle();
  CHECK_EQUAL(1, results.size());
  submit(Urgency::now);
  w.world.settle();
  CHECK_EQUAL(4, results.size());
}

TEST(CommitQueue, readsNeitherWaitForTheQueueNorCauseACommit) {
  const auto id = w.store("+1555000000");
  w.begin(id);
  const auto before = w.disk.counts().syncs;
  auto ender = [](SqliteOutbox& outbox, AttemptEnd e) -> Task<> { (void)co_await outbox.end_attempt(std::move(e)); };
  group->spawn("end", ender(*w.outbox, w.end_of(id, 1, Outcome::accepted, State::sent)));
  w.world.settle();
  CHECK(w.state(id) == State::sending);  // what is not committed is not seen
  CHECK_EQUAL(before, w.disk.counts().syncs);
  w.world.run_for(Millis{250});
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(before + 1, w.disk.counts().syncs);
}

TEST(CommitQueue, theQueueHasABound) {
  w.world.settle();
  for (int i = 0; i < 4097; ++i) submit(Urgency::relaxed);
  w.world.settle();
  w.world.run_for(Millis{1000});
  CHECK_EQUAL(4097, results.size());
  int refused = 0;
  for (const auto& r : results) refused += !r && r.error().code == ErrorCode::full ? 1 : 0;
  CHECK_EQUAL(1, refused);
}

TEST(CommitQueue, aLongWalIsFoldedInBetweenCommits) {
  w.settings.checkpoint_bytes = 64 * 1024;
  w.open();
  for (int i = 0; i < 200; ++i) w.store("+1555" + std::to_string(i));
  CHECK(w.disk.files().at("outbox.db").size() > 40 * 1024);
  CHECK(w.disk.files().at("outbox.db-wal").size() < 128 * 1024);
  CHECK(w.counters_hold());
}

TEST(CommitQueue, closingCommitsWhatWaitsAndRefusesWhatComes) {
  submit(Urgency::relaxed);
  w.world.settle();
  CHECK(results.empty());
  w.world.run(w.outbox->close());
  CHECK(results.size() == 1 && results[0].has_value());
  CHECK_EQUAL(0, w.disk.files().at("outbox.db-wal").size());
  submit();
  w.world.settle();
  CHECK(!results.at(1) && results[1].error().code == ErrorCode::unavailable);
  CHECK(w.counters_hold());
}
