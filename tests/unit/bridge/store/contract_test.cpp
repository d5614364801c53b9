#include <CppUTest/TestHarness.h>

#include "bridge/store/store.hpp"
#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using relay::ErrorCode;
using relay::Millis;

namespace {

void prepare(bridge_test::BridgeWorld& w) {
  w.open();
  w.add_box("acme", "b1");
  w.add_box("acme", "b2");
  w.add_box("other", "b1");
}

}  // namespace

TEST_GROUP(SqliteStore) {
  bridge_test::BridgeWorld w;
  void setup() override { prepare(w); }
};

TEST_GROUP(PostgresqlStore) {
  bridge_test::BridgeWorld w{bridge_test::Database::postgresql};
  void setup() override { prepare(w); }
};

// What any store of the bridge must do: each test runs on both.
#define STORE_TEST(name)                       \
  static void name(bridge_test::BridgeWorld&); \
  TEST(SqliteStore, name) { ::name(w); }       \
  TEST(PostgresqlStore, name) { ::name(w); }   \
  static void name(bridge_test::BridgeWorld& w)

STORE_TEST(eventsAreNumberedPerBoxAndGivenInOrder) {
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

STORE_TEST(whatIsKnownIsNotKeptAgainAlsoAfterARestart) {
  CHECK_EQUAL(1, w.keep(w.event("a")).stored);
  CHECK_EQUAL(1, w.keep(w.event("a")).repeated);
  w.open();
  const auto kept = w.keep(w.event("a"));
  CHECK_EQUAL(0, kept.stored);
  CHECK_EQUAL(1, kept.repeated);
  CHECK(kept.boxes.empty());
  CHECK_EQUAL(1, w.waiting().size());
}

STORE_TEST(receiptsNeverGoBack) {
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

STORE_TEST(whatIsAcknowledgedIsNotGivenAgain) {
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

STORE_TEST(eventsOfOneCallAreKeptAllOrNone) {
  std::vector<store::NewEvent> events;
  events.push_back(w.event("a"));
  events.push_back(w.event("b", "acme", "no-such-box"));
  CHECK(w.run(w.store->keep(std::move(events))).error().code == ErrorCode::not_found);
  CHECK_EQUAL(0, w.waiting().size());
}

STORE_TEST(anEventWithoutABoxWaitsForTheRouteOfItsNumber) {
  w.keep(w.event("a", "acme", ""));
  w.keep(w.event("b", "acme", ""));
  CHECK_EQUAL(0, w.waiting().size());
  CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+15550001111", "other", "b1"}, "t")).has_value());
  CHECK_EQUAL(0, w.waiting("other", "b1").size());  // the other tenant's route takes nothing of it
  CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+15550001111", "acme", "b1"}, "t")).has_value());
  CHECK_EQUAL(2, w.waiting().size());
}

STORE_TEST(aChangeIsWholeOrNotAtAll) {
  const auto before = w.run(w.store->list_audit("", 0, 100)).value().size();
  std::vector<store::Change> changes{store::Route{store::Route::Kind::topic, bridge_test::topic, "acme", ""},
                                     store::DropRoute{store::Route::Kind::number, "acme", "none"}};
  CHECK(w.run(w.store->change(std::move(changes), {.actor = "t", .action = "x"})).error().code == ErrorCode::not_found);
  CHECK_EQUAL(0, w.run(w.store->load()).value().routes.size());
  CHECK_EQUAL(before, w.run(w.store->list_audit("", 0, 100)).value().size());
}

STORE_TEST(onlyOldEventsArePrunedAndTheLostAreCounted) {
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

STORE_TEST(pagesAreNewestFirst) {
  for (int i = 0; i < 5; ++i) w.keep(w.event(std::to_string(i)));
  auto page = w.run(w.store->list_events({.tenant = "acme", .limit = 2})).value();
  CHECK_EQUAL(5, page.events[0].number);
  CHECK_EQUAL(4, page.events[1].number);
  page = w.run(w.store->list_events({.tenant = "acme", .before = page.next, .limit = 2})).value();
  CHECK_EQUAL(3, page.events[0].number);
  CHECK_EQUAL(0, w.run(w.store->list_events({.tenant = "other"})).value().events.size());
}

STORE_TEST(aRowThatWasChangedMeanwhileIsNotOverwritten) {
  const auto stale = *w.directory->box("acme", "b1");
  CHECK(w.run(w.directory->revoke("acme", "b1", "test")).has_value());
  auto renewed = stale;
  renewed.certificate = "ab";
  std::vector<store::Change> changes{renewed};
  CHECK(w.run(w.store->change(std::move(changes), {.action = "x"})).error().code == ErrorCode::conflict);
  CHECK(w.run(w.store->load()).value().boxes.front().revoked);
  auto again = *w.directory->tenant("acme");
  again.version = 0;  // as a node that has not heard of it
  std::vector<store::Change> tenants{again};
  CHECK(w.run(w.store->change(std::move(tenants), {.action = "x"})).error().code == ErrorCode::conflict);
}

STORE_TEST(aSecretUnderAnOldKeyIsRefused) {
  const auto account = [](int version) {
    return std::vector<store::Change>{store::Credential{"acme", "twilio", bridge_test::account, "sealed", version}};
  };
  CHECK(w.run(w.directory->rotate_key("acme", "test")).has_value());
  CHECK(w.run(w.store->change(account(1), {.action = "x"})).error().code == ErrorCode::conflict);
  CHECK(w.run(w.store->change(account(2), {.action = "x"})).has_value());
  CHECK_EQUAL(2, w.run(w.store->load()).value().credentials.front().key_version);
}

STORE_TEST(whoComesSecondAgreesToWhatStands) {
  STRCMP_EQUAL("first", w.run(w.store->agree("fact", "first")).value().c_str());
  STRCMP_EQUAL("first", w.run(w.store->agree("fact", "second")).value().c_str());
  CHECK(w.run(w.store->remember("fact", "third")).value());
  STRCMP_EQUAL("third", w.run(w.store->recall("fact")).value()->c_str());
  CHECK_FALSE(w.run(w.store->recall("none")).value().has_value());
}

STORE_TEST(silenceIsToldOnceAndSoIsTheReturn) {
  auto box = *w.directory->box("acme", "b1");
  box.certificate = "ab";
  std::vector<store::Change> changes{box};
  CHECK(w.run(w.store->change(std::move(changes), {.action = "x"})).has_value());
  const auto start = w.world.clock.wall();
  const auto watch = [&](std::vector<store::Heard> heard, int seconds, bool judge = true) {
    const auto now = start + std::chrono::seconds{seconds};
    return w.run(w.store->watch(std::move(heard), {now, now - Millis{75'000}, judge})).value();
  };
  const auto heard = [&](int seconds) {
    return std::vector<store::Heard>{{"acme", "b1", start + std::chrono::seconds{seconds}}};
  };
  CHECK(watch({}, 1000).empty());  // never heard
  CHECK(watch(heard(5), 5).empty());
  CHECK(watch(heard(1), 79).empty());  // late news of another node
  CHECK(watch({}, 81, false).empty());
  const auto gone = watch({}, 81);
  CHECK_EQUAL(1, gone.size());
  STRCMP_EQUAL("b1", gone.front().box.c_str());
  CHECK(gone.front().silent);
  CHECK(watch({}, 82).empty());
  CHECK(w.run(w.store->presence("acme")).value().front().silent);
  const auto back = watch(heard(90), 91);
  CHECK_EQUAL(1, back.size());
  CHECK_FALSE(back.front().silent);
  CHECK(watch({}, 92).empty());
  CHECK(start + std::chrono::seconds{90} == w.run(w.store->presence("acme")).value().front().heard_at);
  const auto events = w.run(w.store->list_events({.tenant = "acme"})).value().events;
  CHECK_EQUAL(2, events.size());
  STRCMP_EQUAL("box.back", events[0].type.c_str());
  STRCMP_EQUAL(R"({"box":"b1"})", events[1].data.c_str());
}

STORE_TEST(oddBytesAreKept) {
  auto event = w.event(std::string("odd\0\xff\xc3", 6));
  event.ours = "\xed\xa0\x80";
  CHECK_EQUAL(1, w.keep(event).stored);
  CHECK_EQUAL(1, w.keep(event).repeated);
}
