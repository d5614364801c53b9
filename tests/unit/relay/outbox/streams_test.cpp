#include <CppUTest/TestHarness.h>

#include "relay/sqlite/database.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

TEST_GROUP(OutboxStreams) { OutboxWorld w; };

TEST(OutboxStreams, noApplicationKeepsMoreThanItsShareAndKnowsWhatItLost) {
  w.open();
  CHECK(w.run(w.outbox->listen(1)).has_value());
  w.close();
  {
    auto database = sqlite::Database::open(w.settings.path).value();
    const char* many =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10250) "
        "INSERT INTO events (app, type, url, data, at, due, added, stream) "
        "SELECT 1, 'message.sent', '', '{}', 0, 0, (SELECT timeline FROM store), 1 FROM n";
    CHECK(database.execute(many).has_value());
  }
  w.open();
  int gone = 0;
  for (int step = 1; step > 0; gone += step) step = w.run(w.outbox->prune_events()).value();
  LONGS_EQUAL(250, gone);
  const auto page = w.run(w.outbox->events_after(1, 0, 1)).value();
  LONGS_EQUAL(251, page.events.at(0).id);
  LONGS_EQUAL(250, page.dropped);
  LONGS_EQUAL(10'250, page.newest);
}
