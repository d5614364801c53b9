#include "relay/events/event_streams.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::events;
using outbox_test::OutboxWorld;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Source = std::shared_ptr<http::BodySource>;

TEST_GROUP(EventStreams) {
  OutboxWorld w;
  std::unique_ptr<EventStreams> streams;
  bool allowed = true;

  void setup() override { start(); }
  void teardown() override { streams.reset(); }
  void start() {
    w.open();
    streams = std::make_unique<EventStreams>(
        w.world.runtime(), *w.outbox, [this](AppId) { return allowed; },
        EventStreams::Limits{.most = 6, .most_of_application = 2});
    w.outbox->on_events([this](const std::vector<AppId>& apps) { streams->wake(apps); });
  }
  Source open(AppId app = 1, std::optional<std::int64_t> after = std::nullopt) {
    auto opened = w.run(streams->open(app, after));
    if (!opened) FAIL(opened.error().message.c_str());
    STRCMP_EQUAL("retry: 3000\n\n", w.run((*opened)->next()).c_str());
    return *opened;
  }
  std::string next(const Source& source) { return w.run(source->next()); }
  /// A message that ends as cancelled: one event.
  MessageId happen(AppId app = 1) {
    const auto id = w.store("+358401234567", MessageClass::info, app);
    CHECK(w.run(w.outbox->cancel(id, std::nullopt)).has_value());
    return id;
  }
  /// The id of the only event in a piece.
  std::int64_t id_in(const std::string& piece) {
    CHECK_TEXT(piece.starts_with("id: "), piece.c_str());
    return std::stoll(piece.substr(4));
  }
};

TEST(EventStreams, showWhatHappensFromNowOnAndNothingOfOthers) {
  happen();
  const auto source = open();
  const auto id = happen();
  happen(2);
  const std::string piece = next(source);
  STRCMP_CONTAINS("\nevent: message.cancelled\ndata: {\"type\":\"message.cancelled\",\"timestamp\":\"", piece.c_str());
  STRCMP_CONTAINS(("\"id\":\"" + id.text() + "\"").c_str(), piece.c_str());
  CHECK(piece.ends_with("}\n\n"));
  const SteadyTime before = w.world.clock.steady();
  STRCMP_EQUAL(":\n\n", next(source).c_str());  // the heartbeat, and nothing of application 2
  CHECK(w.world.clock.steady() - before == seconds{15});
}

TEST(EventStreams, goOnAfterTheLastEventSeenAlsoAfterARestart) {
  auto source = open();
  happen();
  const auto first = id_in(next(source));
  source.reset();
  happen();
  happen();
  streams.reset();
  w.close();
  start();
  source = open(1, first);
  const std::string piece = next(source);  // both, in order
  CHECK(id_in(piece) == first + 1);
  STRCMP_CONTAINS(("\n\nid: " + std::to_string(first + 2) + "\n").c_str(), piece.c_str());
  CHECK(!piece.contains("stream.gap"));
}

TEST(EventStreams, aReaderThatHasMissedEventsIsTold) {
  auto source = open();
  happen();
  const auto seen = id_in(next(source));
  source.reset();
  happen();
  w.world.run_for(hours{23});
  open();  // it is still an application that listens
  w.world.run_for(hours{2});
  CHECK(w.run(w.outbox->prune_events()).value() == 2);
  happen();
  const std::string piece = next(open(1, seen));
  STRCMP_CONTAINS("event: stream.gap\n", piece.c_str());
  STRCMP_CONTAINS("event: message.cancelled\n", piece.c_str());
  // An id that this outbox has not given yet: its reader has seen another box, or the file was replaced.
  STRCMP_CONTAINS("event: stream.gap\n", next(open(1, 1'000'000)).c_str());
}

TEST(EventStreams, nothingIsKeptForAnApplicationThatIsGone) {
  open();
  w.world.run_for(hours{25});
  CHECK(w.run(w.outbox->prune_events()).has_value());
  happen();
  CHECK(w.run(w.outbox->events_after(1, 0, 10)).value().events.empty());
}

TEST(EventStreams, oneThatIsOpenForDaysGoesOnListening) {
  const auto source = open();
  for (int i = 0; i < 4 * 60 * 30; ++i) STRCMP_EQUAL(":\n\n", next(source).c_str());
  CHECK(w.run(w.outbox->prune_events()).has_value());
  happen();
  STRCMP_CONTAINS("message.cancelled", next(source).c_str());
}

TEST(EventStreams, anEventThatAWebhookTookStaysInTheStreamUnderTheSameId) {
  const auto source = open();
  const auto happen_with_webhook = [this] {
    auto message = w.message();
    message.callback_url = "http://app.lan/";
    CHECK(w.run(w.outbox->cancel(w.store(message), std::nullopt)).has_value());
  };
  happen_with_webhook();
  const auto pending = w.run(w.outbox->pending_events(w.now(), 10)).value();
  LONGS_EQUAL(1, pending.size());
  CHECK(w.run(w.outbox->event_done(pending[0].id)).value());
  CHECK_FALSE(w.run(w.outbox->event_done(pending[0].id)).value());
  CHECK(w.run(w.outbox->pending_events(w.now(), 10)).value().empty());
  CHECK(id_in(next(source)) == pending[0].id);
  // And the other way round: too old for the stream, it still waits for its receiver.
  happen_with_webhook();
  w.world.run_for(hours{25});
  CHECK(w.run(w.outbox->prune_events()).value() == 2);
  LONGS_EQUAL(1, w.run(w.outbox->pending_events(w.now(), 10)).value().size());
}

TEST(EventStreams, oneMoreThanAnApplicationMayHaveEndsItsOldest) {
  const auto first = open();
  const auto second = open();
  const auto third = open();
  STRCMP_EQUAL("", next(first).c_str());
  STRCMP_EQUAL(":\n\n", next(second).c_str());
  STRCMP_EQUAL(":\n\n", next(third).c_str());
}

TEST(EventStreams, allTogetherAreBounded) {
  std::vector<Source> held;
  for (AppId app = 1; app <= 6; ++app) held.push_back(open(app));
  const auto refused = w.run(streams->open(7, std::nullopt));
  CHECK(refused.error().code == ErrorCode::full);
  held.pop_back();
  CHECK(w.run(streams->open(7, std::nullopt)).has_value());
}

TEST(EventStreams, aRevokedKeyEndsIt) {
  const auto source = open();
  allowed = false;
  happen();
  STRCMP_EQUAL("", next(source).c_str());
}
