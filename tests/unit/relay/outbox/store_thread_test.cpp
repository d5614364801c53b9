#include <thread>

#include <CppUTest/TestHarness.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "relay/base/system_runtime.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;

namespace {

/// One client: stores, sends and finishes `count` messages, one after the other.
Task<> client(SqliteOutbox& outbox, const Clock& clock, int number, int count, int& finished) {
  for (int i = 0; i < count; ++i) {
    Submission s;
    s.app = number;
    Message m;
    m.id = m.batch = outbox.next_id();
    m.app = number;
    m.to = "+1555" + std::to_string(number);
    m.content = SmsContent{"text"};
    m.due = m.expires_at = outbox.timeline().now();
    const MessageId id = m.id;
    s.messages = {std::move(m)};
    const auto stored = co_await outbox.submit(std::move(s));
    if (!stored) co_return;
    AttemptStart start{id, "cloud", clock.wall(), false, Urgency::now};
    const auto begun = co_await outbox.begin_attempt(start);
    if (!begun) co_return;
    AttemptEnd end{.message = id, .number = 1, .outcome = Outcome::accepted, .next = State::unconfirmed};
    end.urgency = Urgency::now;
    const auto ended = co_await outbox.end_attempt(end);
    const auto found = co_await outbox.find(id, number);
    if (ended && found && found->message.state == State::unconfirmed) ++finished;
  }
}

}  // namespace

TEST_GROUP(StoreThread) {
  outbox_test::OutboxWorld files;  // for its folder only
  fakes::RecordedLog log;
  asio::io_context io{1};
  SystemClock clock;
  SystemRandom random;
  SystemTimerQueue timers{io.get_executor(), clock};

  std::unique_ptr<SqliteOutbox> open() {
    SqliteOutboxSettings settings;
    settings.path = files.folder + "/thread.db";
    return std::move(SqliteOutbox::open({io.get_executor(), clock, timers, random, log}, settings).value());
  }
};

TEST(StoreThread, manyClientsWorkThroughTheStoresOwnThread) {
  auto outbox = open();
  int finished = 0;
  int stored = 0;
  outbox->on_stored([&stored](const std::vector<Message>& messages) { stored += static_cast<int>(messages.size()); });
  for (int n = 1; n <= 8; ++n) asio::co_spawn(io, client(*outbox, clock, n, 20, finished), asio::detached);
  io.run();
  CHECK_EQUAL(160, finished);
  CHECK_EQUAL(160, stored);
  CHECK_EQUAL(0, outbox->counters().queued());
  CHECK_EQUAL(160, outbox->counters().stored_rows);
  io.restart();
  asio::co_spawn(io, outbox->close(), asio::detached);
  io.run();
  outbox.reset();
  CHECK_EQUAL(160, open()->counters().stored_rows);
}

TEST(StoreThread, goingAwayInTheMiddleOfWorkIsLikeAKill) {
  int finished = 0;
  {
    auto outbox = open();
    for (int n = 1; n <= 8; ++n) asio::co_spawn(io, client(*outbox, clock, n, 50, finished), asio::detached);
    while (finished < 20) io.run_one();
    outbox.reset();
    io.poll();
  }
  CHECK(open()->counters().stored_rows >= 20);
}
