#include "relay/dispatch/active_set.hpp"

#include <map>

#include <CppUTest/TestHarness.h>

using namespace relay;
using namespace relay::dispatch;
using FeedKey = ActiveSet::FeedKey;

namespace {

const auto anything = [](const Active&) { return true; };

}  // namespace

TEST_GROUP(ActiveSet) {
  ActiveSet set;
  std::int64_t last_id = 1'000;

  Message message(MessageClass message_class, AppId app = 1, std::string to = "") {
    Message m;
    m.id = MessageId{++last_id};
    m.app = app;
    m.message_class = message_class;
    m.to = to.empty() ? "+1555" + std::to_string(last_id) : to;
    return m;
  }
  MessageId offer(MessageClass message_class, AppId app = 1, std::string to = "") {
    Message m = message(message_class, app, std::move(to));
    const MessageId id = m.id;
    CHECK_TRUE(set.offer(std::move(m)));
    return id;
  }
  /// Takes the next one out, as if it were sent at once. 0: nothing can go.
  std::int64_t serve() {
    Active* active = set.next(anything);
    if (active == nullptr) return 0;
    const MessageId id = active->message.id;
    set.started(*active);
    set.remove(id);
    return id.value;
  }
};

TEST(ActiveSet, lanesAreServedStrictlyInOrder) {
  const auto info = offer(MessageClass::info);
  const auto code = offer(MessageClass::otp);
  const auto once = offer(MessageClass::once);
  const auto alarm = offer(MessageClass::alarm);
  CHECK_EQUAL(alarm.value, serve());
  CHECK_EQUAL(code.value, serve());
  CHECK_EQUAL(info.value, serve());
  CHECK_EQUAL(once.value, serve());
  CHECK_EQUAL(0, serve());
}

TEST(ActiveSet, anAlarmThatCannotGoDoesNotStopTheRest) {
  offer(MessageClass::alarm);
  const auto info = offer(MessageClass::info);
  const Active* next = set.next([](const Active& a) { return a.message.message_class != MessageClass::alarm; });
  CHECK(next != nullptr && next->message.id == info);
}

TEST(ActiveSet, withinAFeedTheOldestGoesFirstWhateverTheOrderOfLoading) {
  Message older = message(MessageClass::info);
  const auto newer = offer(MessageClass::info);
  const auto older_id = older.id;
  CHECK_TRUE(set.offer(older));
  CHECK_TRUE(set.offer(std::move(older)));  // again: no second copy
  CHECK_EQUAL(2, set.size());
  CHECK_EQUAL(older_id.value, serve());
  CHECK_EQUAL(newer.value, serve());
}

TEST(ActiveSet, applicationsAreServedByWeight) {
  const std::map<AppId, int> weights{{1, 1}, {2, 2}, {3, 7}};
  for (const auto& [app, weight] : weights) set.set_weight(app, weight);
  std::map<AppId, int> served;
  for (int i = 0; i < 1'000; ++i) {
    for (const auto& [app, weight] : weights) {
      while (set.room({Lane::rest, app}) > 60) offer(MessageClass::info, app);
    }
    Active* active = set.next(anything);
    ++served[active->message.app];
    set.started(*active);
    set.remove(active->message.id);
  }
  CHECK(served[1] >= 80 && served[1] <= 120);
  CHECK(served[2] >= 160 && served[2] <= 240);
  CHECK(served[3] >= 560 && served[3] <= 840);
}

TEST(ActiveSet, aFeedThatWasIdleHasNotSavedUpTheRightToABurst) {
  for (int i = 0; i < 500; ++i) {
    offer(MessageClass::info, 1);
    serve();  // application 1 works alone; between its messages its feed is empty
  }
  for (int i = 0; i < 40; ++i) offer(MessageClass::info, 2);  // first to come while all feeds are empty
  for (int i = 0; i < 40; ++i) offer(MessageClass::info, 1);
  int first = 0;
  for (int i = 0; i < 20; ++i) {
    Active* active = set.next(anything);
    first += active->message.app == 1 ? 1 : 0;
    set.started(*active);
    set.remove(active->message.id);
  }
  CHECK(first >= 8 && first <= 12);
}

TEST(ActiveSet, perRecipientAndClassTheOrderHolds) {
  const auto first = offer(MessageClass::info, 1, "+1555");
  const auto other_app = offer(MessageClass::info, 2, "+1555");  // the order is the recipient's, over all applications
  const auto other_class = offer(MessageClass::bulk, 1, "+1555");
  Active* active = set.next(anything);
  CHECK(active->message.id == first);
  set.started(*active);
  active = set.next(anything);
  CHECK(active != nullptr && active->message.id == other_class);
  set.started(*active);
  CHECK(set.next(anything) == nullptr);  // the other application's waits for the first
  set.remove(first);
  active = set.next(anything);
  CHECK(active != nullptr && active->message.id == other_app);
}

TEST(ActiveSet, alarmsAndCodesHaveNoOrder) {
  for (const auto message_class : {MessageClass::alarm, MessageClass::otp}) {
    offer(message_class, 1, "+1555");
    offer(message_class, 1, "+1555");
    for (int i = 0; i < 2; ++i) {
      Active* active = set.next(anything);
      CHECK(active != nullptr);
      set.started(*active);
    }
  }
}

TEST(ActiveSet, whatGoesBackTakesItsSuccessorsWithIt) {
  const auto first = offer(MessageClass::info, 1, "+1555");
  const auto second = offer(MessageClass::info, 1, "+1555");
  const auto third = offer(MessageClass::info, 2, "+1555");
  const auto bystander = offer(MessageClass::info, 1, "+1666");
  set.refilled({Lane::rest, 1}, false, false);
  set.refilled({Lane::rest, 2}, false, false);
  set.remove(first, true);
  CHECK(set.find(second) == nullptr);
  CHECK(set.find(third) == nullptr);
  CHECK(set.find(bystander) != nullptr);
  // What was given back is looked for again, in the feeds of both applications.
  CHECK_TRUE(set.may_have_more({Lane::rest, 1}));
  CHECK_TRUE(set.may_have_more({Lane::rest, 2}));
}

TEST(ActiveSet, anUnknownLetsItsSuccessorsPass) {
  const auto first = offer(MessageClass::info, 1, "+1555");
  const auto second = offer(MessageClass::info, 1, "+1555");
  set.remove(first);
  CHECK_EQUAL(second.value, serve());
}

TEST(ActiveSet, moreThanEightPerRecipientStayInTheOutbox) {
  std::vector<MessageId> ids;
  for (std::size_t i = 0; i < ActiveSet::per_recipient; ++i) ids.push_back(offer(MessageClass::info, 1, "+1555"));
  CHECK_FALSE(set.offer(message(MessageClass::info, 1, "+1555")));
  CHECK_FALSE(set.may_have_more({Lane::rest, 1}));  // asking now would bring nothing
  offer(MessageClass::info, 1, "+1666");            // one recipient does not fill the feed
  set.remove(ids.front());
  CHECK_TRUE(set.may_have_more({Lane::rest, 1}));  // a predecessor is done: asking is worth it
}

TEST(ActiveSet, aFullFeedSaysNoAndRemembersThatThereIsMore) {
  for (std::size_t i = 0; i < ActiveSet::feed_window; ++i) offer(MessageClass::alarm);
  CHECK_EQUAL(0, set.room({Lane::alarm, 1}));
  CHECK_FALSE(set.offer(message(MessageClass::alarm)));
  CHECK_TRUE(set.may_have_more({Lane::alarm, 1}));
  CHECK_TRUE(set.hungry().empty());  // but not before half of it is done
  for (std::size_t i = 0; i < ActiveSet::feed_window / 2; ++i) serve();
  CHECK_EQUAL(1, set.hungry().size());
  CHECK_EQUAL(32, set.room({Lane::alarm, 1}));
}

TEST(ActiveSet, theWholeSetIsBounded) {
  for (AppId app = 1; app <= 16; ++app) {
    for (std::size_t i = 0; i < ActiveSet::feed_window; ++i) offer(MessageClass::info, app);
  }
  CHECK_EQUAL(ActiveSet::max_active, set.size());
  CHECK_FALSE(set.offer(message(MessageClass::info, 17)));
  CHECK_EQUAL(0, set.room({Lane::rest, 17}));
  CHECK_TRUE(set.hungry().empty());
  serve();
  CHECK_EQUAL(1, set.hungry().size());  // 17 is not forgotten
  CHECK_EQUAL(1, set.room({Lane::rest, 17}));
}

TEST(ActiveSet, whatHappensDuringARefillIsNotLost) {
  const FeedKey key{Lane::rest, 1};
  set.mark_more(key);
  set.begin_refill(key);
  set.refilled(key, false, false);
  CHECK_FALSE(set.may_have_more(key));
  set.mark_more(key);
  set.begin_refill(key);
  set.mark_more(key);  // something was stored while the outbox was being asked
  set.refilled(key, false, false);
  CHECK_TRUE(set.may_have_more(key));
  set.begin_refill(key);
  set.order_moved(key.lane);  // a predecessor ended meanwhile
  set.refilled(key, false, true);
  CHECK_TRUE(set.may_have_more(key));
}

TEST(ActiveSet, theEndOfAPredecessorMattersOnlyWhenSomethingIsHeldBack) {
  const FeedKey key{Lane::rest, 1};
  set.refilled(key, false, false);
  set.order_moved(key.lane);
  set.begin_refill(key);
  set.refilled(key, false, false);
  set.order_moved(key.lane);
  CHECK_FALSE(set.may_have_more(key));
  set.begin_refill(key);
  set.refilled(key, false, true);
  CHECK_FALSE(set.may_have_more(key));
  set.order_moved(key.lane);
  CHECK_TRUE(set.may_have_more(key));
}

TEST(ActiveSet, thePredecessorMayBeAnotherApplications) {
  const auto first = offer(MessageClass::info, 1, "+1555");
  set.refilled({Lane::rest, 2}, false, true);  // one of application 2 waits for it in the outbox
  set.remove(first);
  CHECK_TRUE(set.may_have_more({Lane::rest, 2}));
}

TEST(ActiveSet, markingAllReachesFeedsThatAreOnlyKnown) {
  set.know({Lane::rest, 9});
  CHECK_FALSE(set.may_have_more({Lane::rest, 9}));
  set.mark_more_all();
  CHECK_TRUE(set.may_have_more({Lane::rest, 9}));
}

TEST(ActiveSet, oneInFlightIsNotServedAgain) {
  offer(MessageClass::alarm);
  Active* active = set.next(anything);
  set.started(*active);
  CHECK(set.next(anything) == nullptr);
  active->in_flight = false;
  CHECK(set.next(anything) == active);
}
