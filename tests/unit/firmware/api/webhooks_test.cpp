#include <vector>

#include "relay/base/rfc3339.hpp"
#include "tests/unit/firmware/api/api_world.hpp"

using namespace api_test;

namespace {

class Receivers : public ApiWorld {
 public:
  static int events_in(const ServerResponse& response) {
    CHECK_EQUAL(202, response.status);
    return json::parse(response.body)["events"];
  }
  std::vector<outbox::Event> pending() {
    return world.run(outbox->pending_events(outbox->timeline().now(), 10)).value();
  }
};

}  // namespace

TEST_GROUP_BASE(Webhooks, Receivers){};

TEST(Webhooks, areSentOnceMore) {
  const std::string told = R"({"to":"+358401234567","text":"x","callback_url":"http://app.lan/hook"})";
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(json::parse(submit(told).body)["id"]);
  const std::string silent = json::parse(submit().body)["id"];
  const auto replay = [this](const std::string& wish) { return ask("POST", "/v1/webhooks/replay", wish); };
  const auto one = [](const std::string& id) { return json{{"message", id}}.dump(); };
  problem(replay(one(ids[0])), 409, "nothing-to-replay");  // it waits
  for (int i = 0; i < 2; ++i) CHECK_EQUAL(200, ask("DELETE", "/v1/messages/" + ids[i]).status);
  CHECK_EQUAL(200, ask("DELETE", "/v1/messages/" + silent).status);
  for (const auto& event : pending()) world.run(outbox->event_done(event.id));
  problem(replay(one(silent)), 409, "nothing-to-replay");  // it has no receiver

  CHECK_EQUAL(1, events_in(replay(one(ids[1]))));
  const auto events = pending();
  CHECK_EQUAL(1, events.size());
  STRCMP_EQUAL("message.cancelled", events[0].type.c_str());
  STRCMP_EQUAL("http://app.lan/hook", events[0].url.c_str());
  CHECK(json::parse(events[0].data)["id"] == ids[1]);
  CHECK_EQUAL(1, pokes);
  CHECK_TRUE(world.run(outbox->event_done(events[0].id)).value());

  const auto since = [](WallTime from) { return json{{"since", format_rfc3339(from)}}.dump(); };
  const auto start = world.clock.wall() - std::chrono::hours{1};
  CHECK_EQUAL(2, events_in(replay(since(start))));
  const auto all = pending();
  CHECK(all.size() == 2 && all[0].message->text() == ids[0] && all[1].message->text() == ids[1]);  // as they were sent
  CHECK_EQUAL(0, events_in(replay(since(world.clock.wall() + std::chrono::hours{1}))));
  const json before{{"since", format_rfc3339(start)}, {"until", format_rfc3339(start)}};
  CHECK_EQUAL(0, events_in(replay(before.dump())));

  for (const char* wrong :
       {"", "{}", R"({"since":"yesterday"})", R"({"since":5})", R"({"message":"x","since":"2026-01-01T00:00:00Z"})",
        R"({"since":"2026-01-01T00:00:00Z","until":"then"})", R"({"since":"2026-01-01T00:00:00Z","all":true})"})
    problem(replay(wrong), 400, "request-invalid");
  problem(replay(one("x")), 404, "not-found");
  key = new_key("other");
  problem(replay(one(ids[1])), 404, "not-found");
  CHECK_EQUAL(0, events_in(replay(since(start))));
  problem(ask("GET", "/v1/webhooks/replay"), 405, "method-not-allowed");
}
