#include <CppUTest/TestHarness.h>

#include "bridge/store/store.hpp"
#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using relay::ErrorCode;
using relay::Millis;

// What any store of the bridge must do; SqliteStore is the one there is.
TEST_GROUP(BridgeStore) {
  bridge_test::BridgeWorld w;

  void setup() override {
    w.open();
    w.add_box("acme", "b1");
    w.add_box("acme", "b2");
    w.add_box("other", "b1");
  }
};

TEST(BridgeStore, eventsAreNumberedPerBoxAndGivenInOrder) {
  w.keep(w.event("a"));
  w.keep(w.event("b", "acme", "b2"));
  w.keep(w.event("c"));
  w.keep(w.event("a", "other", "b1"));
  const auto first = w.waiting();
  CHECK_EQUAL(2, first.size());
  CHECK_EQUAL(1, first[0].number);
  CHECK_EQUAL(2, first[1].number);
  CHECK_EQUAL(1, w.waiting("acme", "b2").size());
  CHECK_EQUAL(1, w.waiting("other", "b1").size());
  CHECK_EQUAL(1, w.waiting("acme", "b1", 1).size());
}

TEST(BridgeStore, whatIsKnownIsNotKeptAgainAlsoAfterARestart) {
  CHECK_EQUAL(1, w.keep(w.event("a")).stored);
  CHECK_EQUAL(1, w.keep(w.event("a")).repeated);
  w.open();
  const auto kept = w.keep(w.event("a"));
  CHECK_EQUAL(0, kept.stored);
  CHECK_EQUAL(1, kept.repeated);
  CHECK(kept.boxes.empty());
  CHECK_EQUAL(1, w.waiting().size());
}

TEST(BridgeStore, receiptsNeverGoBack) {
  const auto receipt = [&](const char* status, int rank) {
    auto event = w.event(status);
    event.subject = "twilio/SM1";
    event.rank = rank;
    return w.keep(std::move(event));
  };
  CHECK_EQUAL(1, receipt("sent", 3).stored);
  CHECK_EQUAL(1, receipt("queued", 1).stale);
  CHECK_EQUAL(1, receipt("delivered", 5).stored);
  CHECK_EQUAL(1, receipt("undelivered", 5).stale);
  CHECK_EQUAL(2, w.waiting().size());
}

TEST(BridgeStore, whatIsAcknowledgedIsNotGivenAgain) {
  w.keep(w.event("a"));
  w.keep(w.event("b"));
  CHECK(w.run(w.store->acknowledge("acme", "b1", 1)).value());
  CHECK_EQUAL(1, w.waiting().size());
  w.open();
  CHECK_EQUAL(2, w.waiting().front().number);
  CHECK(w.run(w.store->acknowledge("acme", "b1", 0)).value());  // never back
  CHECK_EQUAL(1, w.waiting().size());
  CHECK(w.run(w.store->acknowledge("acme", "b1", 99)).value());  // not what it was never given
  w.keep(w.event("c"));
  CHECK_EQUAL(1, w.waiting().size());
  CHECK_EQUAL(3, w.waiting().front().number);
}

TEST(BridgeStore, eventsOfOneCallAreKeptAllOrNone) {
  std::vector<store::NewEvent> events;
  events.push_back(w.event("a"));
  events.push_back(w.event("b", "acme", "no-such-box"));
  CHECK(w.run(w.store->keep(std::move(events))).error().code == ErrorCode::not_found);
  CHECK_EQUAL(0, w.waiting().size());
}

TEST(BridgeStore, anEventWithoutABoxWaitsForTheRouteOfItsNumber) {
  w.keep(w.event("a", "acme", ""));
  w.keep(w.event("b", "acme", ""));
  CHECK_EQUAL(0, w.waiting().size());
  CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+15550001111", "other", "b1"}, "t")).has_value());
  CHECK_EQUAL(0, w.waiting("other", "b1").size());  // the other tenant's route takes nothing of it
  CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+15550001111", "acme", "b1"}, "t")).has_value());
  CHECK_EQUAL(2, w.waiting().size());
}

TEST(BridgeStore, aChangeIsWholeOrNotAtAll) {
  const auto before = w.run(w.store->list_audit("", 0, 100)).value().size();
  std::vector<store::Change> changes{store::Route{store::Route::Kind::topic, bridge_test::topic, "acme", ""},
                                     store::DropRoute{store::Route::Kind::number, "acme", "none"}};
  CHECK(w.run(w.store->change(std::move(changes), {.actor = "t", .action = "x"})).error().code == ErrorCode::not_found);
  CHECK_EQUAL(0, w.run(w.store->load()).value().routes.size());
  CHECK_EQUAL(before, w.run(w.store->list_audit("", 0, 100)).value().size());
}

TEST(BridgeStore, onlyOldEventsArePrunedAndTheLostAreCounted) {
  w.keep(w.event("acknowledged"));
  w.keep(w.event("waits"));
  CHECK(w.run(w.store->acknowledge("acme", "b1", 1)).value());
  const auto now = w.world.clock.wall();
  CHECK_EQUAL(0, w.run(w.store->prune(now - Millis{1}, now - Millis{1})).value());
  CHECK_EQUAL(2, w.run(w.store->list_events({.tenant = "acme"})).value().events.size());
  CHECK_EQUAL(0, w.run(w.store->prune(now + Millis{1}, now - Millis{1})).value());
  CHECK_EQUAL(1, w.run(w.store->list_events({.tenant = "acme"})).value().events.size());
  CHECK_EQUAL(1, w.run(w.store->prune(now + Millis{1}, now + Millis{1})).value());
}

TEST(BridgeStore, pagesAreNewestFirst) {
  for (int i = 0; i < 5; ++i) w.keep(w.event(std::to_string(i)));
  auto page = w.run(w.store->list_events({.tenant = "acme", .limit = 2})).value();
  CHECK_EQUAL(5, page.events[0].number);
  CHECK_EQUAL(4, page.events[1].number);
  page = w.run(w.store->list_events({.tenant = "acme", .before = page.next, .limit = 2})).value();
  CHECK_EQUAL(3, page.events[0].number);
  CHECK_EQUAL(0, w.run(w.store->list_events({.tenant = "other"})).value().events.size());
}
