#include <CppUTest/TestHarness.h>

#include "relay/base/concat.hpp"
#include "tests/unit/relay/outbox/disk_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::DiskWorld;

TEST_GROUP(FullDisk) {
  DiskWorld w;

  Result<SubmitResult> try_store(MessageClass c) {
    Submission s;
    s.app = 1;
    s.urgency = Urgency::now;
    s.messages = {w.message("+358401234567", c)};
    s.messages[0].content = SmsContent{std::string(1000, 'x')};
    return w.run(w.outbox->submit(std::move(s)));
  }
  int fill(MessageClass c) {
    int stored = 0;
    while (stored < 5000 && try_store(c)) ++stored;
    return stored;
  }
  /// Sends one message and finishes it.
  void finish(MessageId id) {
    w.begin(id);
    w.end(w.end_of(id, 1, Outcome::accepted, State::unconfirmed));
  }
};

TEST(FullDisk, aFileAtItsLimitKeepsAReserveForAlarms) {
  w.settings.max_file_bytes = 1 << 20;
  w.open();
  const auto first = w.store("+358400000001");
  CHECK(fill(MessageClass::bulk) > 300);
  for (const auto c : {MessageClass::otp, MessageClass::once, MessageClass::info, MessageClass::bulk}) {
    CHECK(try_store(c).error().code == ErrorCode::full);
  }
  const int alarms = fill(MessageClass::alarm);
  CHECK(alarms >= 20 && alarms < 100);
  // What was accepted can still be finished, and what is finished goes.
  finish(first);
  const auto due = w.run(w.outbox->due(Lane::rest, 1, w.now(), 40, 100, {}));
  for (const Message& message : due->messages) finish(message.id);
  CHECK(w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value() > 0);
  CHECK(try_store(MessageClass::bulk).has_value());
  CHECK(w.counters_hold());
}

TEST(FullDisk, whatCannotBeStoredIsRefusedAndRoomAloneHelps) {
  w.settings.checkpoint_bytes = 64 << 10;
  w.open();
  const auto first = w.store("+358400000001");
  w.disk.set_faults({.capacity_bytes = w.disk.bytes() + (256 << 10)});
  CHECK(fill(MessageClass::info) > 10);
  CHECK(try_store(MessageClass::alarm).error().code == ErrorCode::full);
  CHECK(w.run(w.outbox->probe()).has_value() || w.run(w.outbox->probe()).error().code == ErrorCode::full);
  CHECK(w.run(w.outbox->find(first, std::nullopt)).has_value());
  w.disk.set_faults({.capacity_bytes = w.disk.bytes() + (256 << 10)});  // somebody made room
  CHECK(try_store(MessageClass::info).has_value());
  finish(first);
  CHECK(w.counters_hold());
  STRCMP_EQUAL("", w.examine().trouble.c_str());
}

/// Admission refuses all but alarms below critical_disk (16 MiB, relay/admission); here is that what it keeps is
/// enough: alarms, outcomes and deletions find room for long, the WAL being folded in although nothing more may grow.
TEST(FullDisk, theReserveCarriesAlarmsAndOutcomes) {
  w.settings.checkpoint_bytes = 256 << 10;
  w.open();
  std::vector<MessageId> accepted;
  for (int i = 0; i < 200; ++i) accepted.push_back(w.store(concat("+35840000", i)));
  w.disk.set_faults({.capacity_bytes = w.disk.bytes() + (2 << 20)});
  for (int i = 0; i < 200; ++i) CHECK(try_store(MessageClass::alarm).has_value());
  for (const MessageId id : accepted) finish(id);
  CHECK_EQUAL(200, w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value());
  CHECK(w.counters_hold());
}
