#include <algorithm>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

TEST_GROUP(OutboxOthers) {
  OutboxWorld w;
  void setup() override { w.open(); }

  std::vector<Event> events(int limit = 100) { return w.run(w.outbox->pending_events(w.now(), limit)).value(); }
  std::int64_t add_event(std::string url) {
    Event e;
    e.type = "provider.fallback";
    e.url = std::move(url);
    e.data = "{}";
    e.due = w.now();
    return w.run(w.outbox->add_event(e)).value();
  }
  std::vector<MessageId> list(ListFilter filter) {
    std::vector<MessageId> ids;
    for (const auto& m : w.run(w.outbox->list(std::move(filter))).value()) ids.push_back(m.id);
    return ids;
  }
};

TEST(OutboxOthers, messagesWithACallbackTellEachStateInTheSameCommit) {
  Message m = w.message("+1555000001");
  m.callback_url = "https://app.lan/hook";
  m.tags = {"pump"};
  w.store(m);
  w.store("+1555000002");
  w.begin(m.id);
  CHECK(events().empty());
  auto e = w.end_of(m.id, 1, Outcome::accepted, State::sent);
  e.receipt_refs = {"SM1"};
  w.end(e);
  w.apply(w.receipt("SM1", ReceiptStatus::delivered));
  const auto found = events();
  CHECK_EQUAL(2, found.size());
  STRCMP_EQUAL("message.sent", found[0].type.c_str());
  STRCMP_EQUAL("message.delivered", found[1].type.c_str());
  STRCMP_EQUAL("https://app.lan/hook", found[1].url.c_str());
  CHECK(found[1].message == m.id && found[1].app == 1);
  STRCMP_CONTAINS("\"state\":\"delivered\"", found[1].data.c_str());
  STRCMP_CONTAINS("\"provider\":\"cloud\"", found[1].data.c_str());
  STRCMP_CONTAINS(m.id.text().c_str(), found[1].data.c_str());
  CHECK(found[1].data.find("cellar") == std::string::npos);
}

TEST(OutboxOthers, aFailedEventHoldsBackItsReceiverOnly) {
  const auto a1 = add_event("https://a");
  const auto a2 = add_event("https://a");
  const auto b1 = add_event("https://b");
  CHECK_EQUAL(3, events().size());
  CHECK(w.run(w.outbox->event_failed(a1, w.now() + Millis{5000})).value());
  auto found = events();
  CHECK(found.size() == 1 && found[0].id == b1);
  CHECK(w.run(w.outbox->event_done(b1)).value());
  CHECK_FALSE(w.run(w.outbox->event_done(b1)).value());
  CHECK(w.run(w.outbox->next_event_due()).value() > w.now());
  w.world.run_for(Millis{5000});
  found = events();
  CHECK(found.size() == 2 && found[0].id == a1 && found[0].tries == 1 && found[1].id == a2);
  CHECK(w.run(w.outbox->event_done(a1)).value() && w.run(w.outbox->event_done(a2)).value());
  CHECK_FALSE(w.run(w.outbox->next_event_due()).value().has_value());
  CHECK(add_event("https://a") > b1);  // ids are never used again
}

TEST(OutboxOthers, oneReceiverWithManyEventsDoesNotCrowdOutAnother) {
  for (int i = 0; i < 50; ++i) add_event("https://slow");
  const auto other = add_event("https://other");
  const auto found = events(10);
  CHECK(std::ranges::any_of(found, [other](const Event& e) { return e.id == other; }));
  CHECK(found.size() <= 10);
}

TEST(OutboxOthers, theNetworksRepeatsAreDropped) {
  InboundMessage m{.id = 0,
                   .provider = "modem",
                   .from = "+1555",
                   .to = "+1666",
                   .text = "STOP",
                   .received_at = w.world.clock.wall(),
                   .sent_at = WallTime{Millis{5}},
                   .fingerprint = "f1"};
  CHECK(w.run(w.outbox->store_inbound(m)).value());
  CHECK_FALSE(w.run(w.outbox->store_inbound(m)).value());
  m.fingerprint.clear();
  m.sent_at.reset();
  CHECK(w.run(w.outbox->store_inbound(m)).value());
  CHECK(w.run(w.outbox->store_inbound(m)).value());  // without a fingerprint nothing is a repeat
  const auto all = w.run(w.outbox->list_inbound(std::nullopt, 10)).value();
  CHECK_EQUAL(3, all.size());
  CHECK(all[0].sent_at == WallTime{Millis{5}} && !all[1].sent_at);
  STRCMP_EQUAL("STOP", all[0].text.c_str());
  CHECK_EQUAL(1, w.run(w.outbox->list_inbound(all[1].id, 10)).value().size());
}

TEST(OutboxOthers, dataPortsAndClassOfAReceivedMessageComeBack) {
  InboundMessage m{.provider = "modem", .from = "+1555", .data = std::string("\0\xFFx", 3)};
  m.ports = InboundPorts{.destination = 2948, .source = 9200};
  m.message_class = 0;
  CHECK(w.run(w.outbox->store_inbound(m)).value());
  CHECK(w.run(w.outbox->store_inbound({.provider = "modem", .from = "+1555", .text = "text"})).value());
  const auto all = w.run(w.outbox->list_inbound(std::nullopt, 10)).value();
  CHECK(all.at(0).data == m.data && all[0].ports == m.ports && all[0].message_class == 0);
  CHECK(!all.at(1).data && !all[1].ports && !all[1].message_class);
}

TEST(OutboxOthers, partsAreKeptUntilTheirMessageIsAndThenRemembered) {
  const auto keep = [this](std::string fingerprint, std::string pdu) {
    return w.run(w.outbox->keep_inbound_part({.provider = "modem", .fingerprint = fingerprint, .pdu = pdu})).value();
  };
  CHECK(keep("a1", "00AA"));
  CHECK_FALSE(keep("a1", "00FF"));  // the network's repeat
  CHECK(keep("b1", "00BB"));
  CHECK(w.run(w.outbox->keep_inbound_part({.provider = "other", .fingerprint = "c1", .pdu = "00CC"})).value());
  w.world.run_for(Millis{5000});
  auto kept = w.run(w.outbox->inbound_parts("modem")).value();
  CHECK(kept.size() == 2 && kept[0].pdu == "00AA" && kept[1].fingerprint == "b1");
  CHECK(kept[0].age >= Millis{5000} && kept[0].age < Millis{6000});

  InboundMessage m{.provider = "modem", .from = "+1555", .text = "both", .fingerprint = "f"};
  m.parts = {"a1", "a2"};  // a2 completed it and was never kept by itself
  CHECK(w.run(w.outbox->store_inbound(m)).value());
  CHECK_FALSE(w.run(w.outbox->store_inbound(m)).value());
  kept = w.run(w.outbox->inbound_parts("modem")).value();
  CHECK(kept.size() == 3 && kept[0].pdu.empty() && kept[1].pdu == "00BB" && kept[2].fingerprint == "a2");
  CHECK_FALSE(keep("a2", "00AA"));  // known, so not begun anew
  CHECK(w.run(w.outbox->inbound_parts("modem")).value()[2].pdu.empty());
}

TEST(OutboxOthers, applicationsComeAndGo) {
  Application a;
  a.name = "alarm-panel";
  a.weight = 7;
  a.default_class = MessageClass::alarm;
  a.key_prefix = "er_12";
  a.key_hash[0] = std::byte{9};
  const auto added = w.run(w.outbox->add_application(a)).value();
  CHECK(added.id > 0);
  CHECK(w.run(w.outbox->add_application(a)).error().code == ErrorCode::conflict);
  CHECK(w.run(w.outbox->revoke_application("alarm-panel")).value());
  CHECK_FALSE(w.run(w.outbox->revoke_application("alarm-panel")).value());
  const auto again = w.run(w.outbox->add_application(a)).value();
  CHECK(again.id > added.id);
  const auto all = w.run(w.outbox->applications()).value();
  CHECK(all.size() == 2 && all[0].revoked && !all[1].revoked && all[1].weight == 7 && all[1].key_hash == a.key_hash);
  for (int i = 0; i < 63; ++i) {
    a.name = "app-" + std::to_string(i);
    CHECK(w.run(w.outbox->add_application(a)).has_value());
  }
  a.name = "one-too-many";
  CHECK(w.run(w.outbox->add_application(a)).error().code == ErrorCode::full);
}

TEST(OutboxOthers, listsFilterAndPage) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 10; ++i) {
    Message m =
        w.message("+155500000" + std::to_string(i % 3), i % 2 == 0 ? MessageClass::info : MessageClass::alarm, i % 2);
    if (i == 4) m.tags = {"x", "needle"};
    if (i >= 8) m.batch = ids[7];
    ids.push_back(w.store(m));
  }
  CHECK(w.run(w.outbox->cancel(ids[2], std::nullopt)).has_value());
  CHECK(list({.limit = 3}) == (std::vector{ids[9], ids[8], ids[7]}));
  CHECK(list({.before = ids[7], .limit = 2}) == (std::vector{ids[6], ids[5]}));
  CHECK_EQUAL(5, list({.app = 1}).size());
  CHECK(list({.state = State::cancelled}) == std::vector{ids[2]});
  CHECK_EQUAL(5, list({.message_class = MessageClass::alarm}).size());
  CHECK_EQUAL(3, list({.to = "+1555000001"}).size());
  CHECK(list({.tag = "needle"}) == std::vector{ids[4]});
  CHECK(list({.batch = ids[7]}) == (std::vector{ids[9], ids[8], ids[7]}));
}

TEST(OutboxOthers, aLongHistoryIsSearchedInSteps) {
  const auto oldest = w.store("+1999");
  for (int i = 0; i < 45; ++i) {
    Submission s;
    s.app = 1;
    for (int k = 0; k < 100; ++k) s.messages.push_back(w.message("+1555"));
    CHECK(w.run(w.outbox->submit(std::move(s))).has_value());
  }
  CHECK(list({.to = "+1999"}) == std::vector{oldest});
  CHECK_EQUAL(500, list({.limit = 9999}).size());
  CHECK(list({.to = "+1998"}).empty());
}

TEST(OutboxOthers, theOldestQueuedOfEachClassIsToldByItsId) {
  const auto first = w.now();
  w.store("+1555", MessageClass::alarm);
  w.world.run_for(Millis{500});
  w.store("+1555", MessageClass::alarm);
  auto oldest = w.run(w.outbox->oldest_queued()).value();
  CHECK(oldest[0] == first);
  CHECK_FALSE(oldest[3].has_value());
  w.store("+1555", MessageClass::info);
  CHECK_FALSE(w.run(w.outbox->oldest_queued()).value()[3].has_value());  // at most once a second
  w.world.run_for(Millis{1000});
  CHECK(w.run(w.outbox->oldest_queued()).value()[3].has_value());
}

TEST(OutboxOthers, factsOutliveTheProcess) {
  CHECK(!w.run(w.outbox->recall("sim-pin/1")).value().has_value());
  CHECK(w.run(w.outbox->remember("sim-pin/1", "refused", Urgency::now)).value());
  CHECK(w.run(w.outbox->remember("sim-pin/2", "other", Urgency::now)).value());
  CHECK(w.run(w.outbox->remember("sim-pin/1", "refused again", Urgency::now)).value());
  w.kill();
  w.open();
  STRCMP_EQUAL("refused again", w.run(w.outbox->recall("sim-pin/1")).value()->c_str());
  CHECK(w.run(w.outbox->remember("sim-pin/1", "", Urgency::now)).value());
  CHECK(!w.run(w.outbox->recall("sim-pin/1")).value().has_value());
  STRCMP_EQUAL("other", w.run(w.outbox->recall("sim-pin/2")).value()->c_str());
}

TEST(OutboxOthers, factsAreBounded) {
  CHECK(w.run(w.outbox->remember(std::string(129, 'n'), "v", Urgency::now)).error().code ==
        ErrorCode::invalid_argument);
  CHECK(w.run(w.outbox->remember("n", std::string(4097, 'v'), Urgency::now)).error().code ==
        ErrorCode::invalid_argument);
  for (int i = 0; i < Outbox::max_facts; ++i) {
    CHECK(w.run(w.outbox->remember("n" + std::to_string(i), "v", Urgency::now)).has_value());
  }
  CHECK(w.run(w.outbox->remember("one more", "v", Urgency::now)).error().code == ErrorCode::full);
  CHECK(w.run(w.outbox->remember("n7", "changed", Urgency::now)).has_value());
}
