#include <vector>

#include "tests/unit/firmware/api/api_world.hpp"

using namespace api_test;

TEST_GROUP_BASE(Api, ApiWorld){};

TEST(Api, aSubmissionIsAnsweredWhenItIsStored) {
  const auto response = submit();
  CHECK_EQUAL(202, response.status);
  const std::string id = json::parse(response.body)["id"];
  STRCMP_EQUAL(("/v1/messages/" + id).c_str(), std::string{http::header_value(response.headers, "Location")}.c_str());
  const auto found = world.run(outbox->find(*MessageId::parse(id), std::nullopt));
  CHECK_TRUE(found.has_value());
  STRCMP_EQUAL(number, found->message.to.c_str());
}

TEST(Api, aMessageIsShownToItsApplicationOnly) {
  const std::string id = json::parse(submit().body)["id"];
  const json shown = json::parse(ask("GET", "/v1/messages/" + id).body);
  CHECK(shown["id"] == id && shown["state"] == "queued" && shown["class"] == "info");
  key = new_key("other");
  problem(ask("GET", "/v1/messages/" + id), 404, "not-found");
  problem(ask("DELETE", "/v1/messages/" + id), 404, "not-found");
  CHECK_EQUAL(0, json::parse(ask("GET", "/v1/messages").body)["messages"].size());
}

TEST(Api, whatCannotBeReadIsRefusedByName) {
  problem(submit("{"), 400, "json-invalid");
  problem(submit(""), 400, "json-invalid");
  problem(submit("[]"), 400, "request-invalid");
  for (const auto& [content, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"text":"x"})", "to"},
           {R"({"to":"+358401234567"})", "text"},
           {R"({"to":5,"text":"x"})", "to"},
           {R"({"to":["+358401234567",5],"text":"x"})", "to"},
           {R"({"to":"+358401234567","text":5})", "text"},
           {R"({"to":"+358401234567","text":"x","clas":"info"})", "clas"},
           {R"({"to":"+358401234567","text":"x","class":"urgent"})", "class"},
           {R"({"to":"+358401234567","text":"x","expires_in":1.5})", "expires_in"},
           {R"({"to":"+358401234567","text":"x","expires_in":0})", "expires_in"},
           {R"({"to":"+358401234567","text":"x","expires_in":18446744073709551615})", "expires_in"},
           {R"({"to":"+358401234567","text":"x","send_at":"tomorrow"})", "send_at"},
           {R"({"to":"+358401234567","text":"x","tags":"a"})", "tags"}}) {
    const auto response = submit(content);
    problem(response, 400, "request-invalid");
    CHECK_TEXT(json::parse(response.body)["field"] == field, content.c_str());
  }
  problem(submit(R"({"to":"0401234567","text":"x"})"), 400, "number-invalid");
  problem(submit(R"({"to":"+358401234567","text":"x","callback_url":"http://evil/"})"), 400,
          "callback-url-not-allowed");
  CHECK_EQUAL(0, stored());
}

TEST(Api, anIdempotencyKeyIsOneMessage) {
  const http::Headers with_key{{"Idempotency-Key", "\"k-1\""}};
  const auto first = submit(body, with_key);
  const auto again =
      submit(R"({ "text":"Water in the cellar", "to":"+358401234567" })", with_key);  // the same, canonically
  CHECK_EQUAL(202, again.status);
  STRCMP_EQUAL(first.body.c_str(), again.body.c_str());
  STRCMP_EQUAL("true", std::string{http::header_value(again.headers, "Idempotent-Replayed")}.c_str());
  STRCMP_EQUAL(std::string{http::header_value(first.headers, "Location")}.c_str(),
               std::string{http::header_value(again.headers, "Location")}.c_str());
  problem(submit(R"({"to":"+358401234567","text":"another"})", with_key), 422, "idempotency-key-reused");
  CHECK_EQUAL(1, stored());
  key = new_key("other");  // its keys are its own
  CHECK_EQUAL(202, submit(body, with_key).status);
  CHECK_EQUAL(2, stored());
  for (const char* unusable : {"\"\"", "a b", "k\xC3\xA4"}) {
    problem(submit(body, {{"Idempotency-Key", unusable}}), 400, "idempotency-key-invalid");
  }
  problem(submit(body, {{"Idempotency-Key", std::string(256, 'k')}}), 400, "idempotency-key-invalid");
}

TEST(Api, withoutAValidKeyNothingIsShown) {
  const auto refused = ask("GET", "/v1/messages", "", {{"Authorization", "Bearer er_wrong"}});
  problem(refused, 401, "unauthorized");
  STRCMP_EQUAL("Bearer", std::string{http::header_value(refused.headers, "WWW-Authenticate")}.c_str());
  CHECK_EQUAL(401, ask("GET", "/v1/messages", "", {{"Authorization", "Basic " + key}}).status);
  CHECK_EQUAL(200, ask("GET", "/v1/messages", "", {{"Authorization", "bearer " + key}}).status);
  CHECK_TRUE(world.run(keys->revoke("alarms")).has_value());
  CHECK_EQUAL(401, ask("GET", "/v1/messages").status);
}

TEST(Api, tenWrongKeysCloseTheDoorForAMinute) {
  for (int i = 0; i < 10; ++i) CHECK_EQUAL(401, ask("GET", "/v1/messages", "", {{"Authorization", "Bearer x"}}).status);
  const auto closed = ask("GET", "/v1/messages");  // even with the right one
  problem(closed, 429, "too-many-failures");
  STRCMP_EQUAL("60", std::string{http::header_value(closed.headers, "Retry-After")}.c_str());
  world.run_for(Millis{60'000});
  CHECK_EQUAL(200, ask("GET", "/v1/messages").status);
}

TEST(Api, pagesFollowTheCursorWithoutGapOrRepeat) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), json::parse(submit().body)["id"]);
  std::vector<std::string> seen;
  std::string query = "limit=2";
  for (int page = 0; page < 5; ++page) {
    const json answer = json::parse(ask("GET", "/v1/messages", "", {}, query).body);
    for (const auto& message : answer["messages"]) seen.push_back(message["id"]);
    if (answer["next_cursor"].is_null()) break;
    query = "limit=2&cursor=" + answer["next_cursor"].get<std::string>();
  }
  CHECK(seen == ids);
  for (const char* wrong :
       {"limit=0", "limit=501", "limit=x", "cursor=!", "state=gone", "class=x", "batch=x", "page=2"}) {
    problem(ask("GET", "/v1/messages", "", {}, wrong), 400, "request-invalid");
  }
}

TEST(Api, whatIsQueuedCanBeCancelledWhatIsUnderWayCannot) {
  const std::string id = json::parse(submit().body)["id"];
  const auto cancelled = ask("DELETE", "/v1/messages/" + id);
  CHECK_EQUAL(200, cancelled.status);
  CHECK(json::parse(cancelled.body)["state"] == "cancelled");
  problem(ask("DELETE", "/v1/messages/" + id), 409, "conflict");
  const std::string other = json::parse(submit().body)["id"];
  CHECK_TRUE(world.run(outbox->begin_attempt({*MessageId::parse(other), "cloud", world.clock.wall()})).has_value());
  problem(ask("DELETE", "/v1/messages/" + other), 409, "conflict");
}

TEST(Api, otherPathsAndMethodsSayWhatThereIs) {
  problem(ask("GET", "/v2/messages"), 404, "not-found");
  problem(ask("GET", "/v1/nothing"), 404, "not-found");
  problem(ask("GET", "/v1/messages/short"), 404, "not-found");
  const auto put = ask("PUT", "/v1/messages");
  problem(put, 405, "method-not-allowed");
  STRCMP_EQUAL("GET, POST", std::string{http::header_value(put.headers, "Allow")}.c_str());
}

TEST(Api, metricsHoldNoNumberNoTextAndNoKey) {
  submit();
  metrics.attempt("cloud", Outcome::accepted, Millis{120});
  const auto response = ask("GET", "/metrics", "", {{"Authorization", "none"}});  // no key needed
  CHECK_EQUAL(200, response.status);
  CHECK(response.body.contains("relay_queue_messages{state=\"queued\",class=\"info\"} 1\n"));
  for (const std::string& secret : {std::string{"358401234567"}, std::string{"cellar"}, key}) {
    CHECK_FALSE(response.body.contains(secret));
    for (const auto& line : world.log.lines) CHECK_FALSE(line.contains(secret));
  }
}

TEST(Api, healthTellsWhetherThereIsAWayOut) {
  CHECK_EQUAL(200, ask("GET", "/livez").status);
  CHECK_EQUAL(200, ask("GET", "/readyz").status);
  const auto good = ask("GET", "/v1/health");
  CHECK(good.status == 200 && json::parse(good.body)["status"] == "pass");
  health.report.providers[0].breaker = chain::BreakerState::half_open;
  CHECK(json::parse(ask("GET", "/health/messaging").body)["status"] == "warn");
  health.report.providers[0].usable = false;
  CHECK_EQUAL(503, ask("GET", "/health/messaging").status);
}

TEST(Api, aFullDiskIsSaidWithRetryAfter) {
  health.report.free_disk_bytes = 1;
  const auto response = submit();
  problem(response, 503, "storage-low");
  STRCMP_EQUAL("60", std::string{http::header_value(response.headers, "Retry-After")}.c_str());
  CHECK_EQUAL(202, submit(R"({"to":"+358401234567","text":"fire","class":"alarm"})").status);
}

TEST(Api, keysAreMadeListedAndRevokedOverTheAdminSocketAndShownOnce) {
  const auto admin = [this](std::string method, std::string path, std::string content = "") {
    return world.run(
        api->answer_admin(ServerRequest{std::move(method), std::move(path), "", {}, std::move(content), "uid 0"}));
  };
  const auto made = admin("POST", "/v1/admin/keys", R"({"name":"erp","class":"bulk","weight":3})");
  CHECK_EQUAL(201, made.status);
  const std::string secret = json::parse(made.body)["key"];
  CHECK_FALSE(admin("GET", "/v1/admin/keys").body.contains(secret));
  problem(admin("POST", "/v1/admin/keys", R"({"name":"erp"})"), 409, "conflict");
  problem(admin("POST", "/v1/admin/keys", R"({"name":"Not A Name"})"), 400, "request-invalid");
  problem(admin("POST", "/v1/admin/keys", R"({"name":"x","weight":4294967297})"), 400, "request-invalid");
  CHECK_EQUAL(200, admin("DELETE", "/v1/admin/keys/erp").status);
  problem(admin("DELETE", "/v1/admin/keys/erp"), 404, "not-found");
  CHECK_EQUAL(2, keys_changes);
}

TEST(Api, theOptOutListIsReadAndChanged) {
  const auto made = ask("POST", "/v1/opt-outs", R"({"number":"+358 40 1234567"})");
  CHECK_EQUAL(201, made.status);
  const json shown = json::parse(made.body);
  CHECK(shown["number"] == number && shown["source"] == "api" && shown.contains("at"));
  CHECK_EQUAL(200, ask("POST", "/v1/opt-outs", R"({"number":"+358401234567"})").status);
  CHECK_EQUAL(200, ask("GET", "/v1/opt-outs/+358401234567").status);
  CHECK_EQUAL(201, ask("POST", "/v1/opt-outs", R"({"number":"+358401234568"})").status);
  const json page = json::parse(ask("GET", "/v1/opt-outs", "", {}, "limit=1").body);
  CHECK(page["opt_outs"].size() == 1 && page["next_cursor"] == number);
  const json rest = json::parse(ask("GET", "/v1/opt-outs", "", {}, "limit=2&cursor=%2B358401234567").body);
  CHECK(rest["opt_outs"][0]["number"] == "+358401234568" && rest["next_cursor"].is_null());
  CHECK_EQUAL(200, ask("DELETE", "/v1/opt-outs/+358401234567").status);
  problem(ask("DELETE", "/v1/opt-outs/+358401234567"), 404, "not-found");
  problem(ask("GET", "/v1/opt-outs/+358401234567"), 404, "not-found");
  for (const auto& line : world.log.lines) CHECK_FALSE(line.contains("358401234567"));
}

TEST(Api, whatIsWrongWithAnOptOutIsSaid) {
  for (const std::string content :
       {"", "[]", "{}", R"({"number":5})", R"({"number":"+358401234567","from":"+1555"})"}) {
    problem(ask("POST", "/v1/opt-outs", content), 400, "request-invalid");
  }
  problem(ask("POST", "/v1/opt-outs", R"({"number":"0401234567"})"), 400, "number-invalid");
  problem(ask("GET", "/v1/opt-outs/0401234567"), 400, "number-invalid");
  for (const char* query : {"limit=0", "limit=501", "limit=x", "limit=", "after=5"}) {
    problem(ask("GET", "/v1/opt-outs", "", {}, query), 400, "request-invalid");
  }
  problem(ask("PUT", "/v1/opt-outs"), 405, "method-not-allowed");
  problem(ask("POST", "/v1/opt-outs/+358401234567"), 405, "method-not-allowed");
  problem(ask("GET", "/v1/opt-outsiders"), 404, "not-found");
}

TEST(Api, oneWhoOptedOutIsRefusedAndAmongSeveralBlocked) {
  ask("POST", "/v1/opt-outs", R"({"number":"+358401234567"})");
  problem(submit(), 422, "recipient-opted-out");
  CHECK_EQUAL(0, stored());
  const auto response =
      submit(R"({"to":["+358401234567","+358401234568"],"text":"hello"})", {{"Idempotency-Key", "k"}});
  CHECK_EQUAL(202, response.status);
  const json messages = json::parse(response.body)["messages"];
  CHECK(messages[0]["state"] == "blocked" && messages[0]["reason"] == "opted_out");
  CHECK(messages[1]["state"] == "queued" && !messages[1].contains("reason"));
  const json record = json::parse(ask("GET", "/v1/messages/" + messages[0]["id"].get<std::string>()).body);
  CHECK(record["state"] == "blocked" && record["reason"] == "opted_out");
  const auto again = submit(R"({"to":["+358401234567","+358401234568"],"text":"hello"})", {{"Idempotency-Key", "k"}});
  STRCMP_EQUAL(response.body.c_str(), again.body.c_str());
  CHECK(ask("GET", "/metrics").body.contains("relay_messages_ended_total{class=\"info\",state=\"blocked\"} 1\n"));
}

TEST(Api, anApplicationIsHeldToItsDailyLimitAndToldOfIt) {
  const auto admin = [this](std::string method, std::string path, std::string content = "") {
    return world.run(
        api->answer_admin(ServerRequest{std::move(method), std::move(path), "", {}, std::move(content), "uid 0"}));
  };
  CHECK(json::parse(ask("GET", "/v1/usage").body)["daily_limit"].is_null());
  CHECK_EQUAL(200, admin("PATCH", "/v1/admin/keys/alarms", R"({"daily_limit":2})").status);
  CHECK_EQUAL(1, keys_changes);
  CHECK(json::parse(admin("GET", "/v1/admin/keys").body)["keys"][0]["daily_limit"] == 2);
  const auto begin = [this](const ServerResponse& answer) {
    const std::string id = json::parse(answer.body)["id"];
    CHECK(world.run(outbox->begin_attempt({*MessageId::parse(id), "cloud", world.clock.wall()})).has_value());
  };
  begin(submit());
  begin(submit());
  const json usage = json::parse(ask("GET", "/v1/usage").body);
  CHECK(usage["parts_today"] == 2 && usage["daily_limit"] == 2);
  const auto refused = submit(R"({"to":"+358401234567","text":"fire","class":"alarm"})");
  problem(refused, 429, "daily-limit-reached");
  const Millis left = outbox::end_of_day(outbox->timeline().now()) - outbox->timeline().now();
  CHECK_EQUAL((left.count() + 999) / 1000, std::stoll(std::string{http::header_value(refused.headers, "Retry-After")}));
  const std::string scraped = ask("GET", "/metrics").body;
  CHECK(scraped.contains("relay_app_parts_today{app=\"alarms\"} 2\n"));
  CHECK(scraped.contains("relay_app_daily_limit_parts{app=\"alarms\"} 2\n"));
  key = new_key("others");
  CHECK_EQUAL(202, submit().status);
  for (const char* content : {"{}", R"({"daily_limit":0})", R"({"daily_limit":"5"})", R"({"daily_limit":1.5})",
                              R"({"daily_limit":1000000001})", R"({"weight":5})"}) {
    problem(admin("PATCH", "/v1/admin/keys/alarms", content), 400, "request-invalid");
  }
  problem(admin("PATCH", "/v1/admin/keys/nobody", R"({"daily_limit":5})"), 404, "not-found");
  CHECK_EQUAL(200, admin("PATCH", "/v1/admin/keys/alarms", R"({"daily_limit":null})").status);
  CHECK_EQUAL(201, admin("POST", "/v1/admin/keys", R"({"name":"erp","daily_limit":7})").status);
  problem(admin("POST", "/v1/admin/keys", R"({"name":"x","daily_limit":-1})"), 400, "request-invalid");
  problem(ask("POST", "/v1/usage"), 405, "method-not-allowed");
}

TEST(Api, anOperatorLooksAtMessagesWithoutTheirTextsAndNumbers) {
  const std::string id = json::parse(submit().body)["id"];
  for (const auto& path : {"/v1/admin/messages/" + id, std::string{"/v1/admin/messages"}}) {
    const auto shown = operate("GET", path);
    CHECK_EQUAL(200, shown.status);
    CHECK(shown.body.contains(id) && shown.body.contains("+35840*****67"));
    CHECK_FALSE(shown.body.contains("cellar"));
    CHECK_FALSE(shown.body.contains("1234567"));
  }
  problem(operate("GET", "/v1/admin/messages/nonsense"), 404, "not-found");
  CHECK_EQUAL(200, operate("POST", "/v1/admin/messages/" + id + "/retry").status);
  STRCMP_EQUAL("retry", maintenance.orders.back().c_str());
  CHECK(json::parse(operate("DELETE", "/v1/admin/messages/" + id).body)["state"] == "cancelled");
  problem(operate("DELETE", "/v1/admin/messages/" + id), 409, "conflict");
  problem(ask("GET", "/v1/admin/messages"), 404, "not-found");  // never for applications
}

TEST(Api, aPurgeCancelsOneClass) {
  for (int i = 0; i < 3; ++i) submit();
  submit(R"({"to":"+358401234567","text":"fire","class":"alarm"})");
  problem(operate("DELETE", "/v1/admin/messages"), 400, "request-invalid");
  const json purged = json::parse(operate("DELETE", "/v1/admin/messages", "", "class=info").body);
  CHECK(purged["cancelled"] == 3 && purged["more"] == false);
  CHECK_EQUAL(1, outbox->counters().queued());
}

TEST(Api, ordersAreCheckedAndCarriedOut) {
  CHECK_EQUAL(200, operate("POST", "/v1/admin/queue", R"({"pause_minutes":15})").status);
  CHECK_EQUAL(200, operate("POST", "/v1/admin/queue", R"({"pause_minutes":0})").status);
  problem(operate("POST", "/v1/admin/queue", R"({"pause_minutes":100000})"), 400, "request-invalid");
  problem(operate("POST", "/v1/admin/queue", "{}"), 400, "request-invalid");
  CHECK_EQUAL(200, operate("PATCH", "/v1/admin/providers/cloud", R"({"enabled":false})").status);
  CHECK_EQUAL(200, operate("PATCH", "/v1/admin/providers/cloud", R"({"breaker":"closed"})").status);
  problem(operate("PATCH", "/v1/admin/providers/fog", R"({"enabled":true})"), 404, "not-found");
  problem(operate("PATCH", "/v1/admin/providers/cloud", R"({"enabled":"yes"})"), 400, "request-invalid");
  CHECK_EQUAL(200, operate("POST", "/v1/admin/uplink", R"({"simulate_down_minutes":5})").status);
  CHECK_EQUAL(200, operate("POST", "/v1/admin/restart", "{}").status);
  CHECK(maintenance.orders ==
        (std::vector<std::string>{"pause 15", "resume", "disable cloud", "reset cloud", "uplink 5", "restart"}));
  CHECK(json::parse(operate("POST", "/v1/admin/reload", "{}").body)["needs_restart"][0] == "listen.address");
  maintenance.reload_error = "relay.toml:3: [listen] adress: not known";
  problem(operate("POST", "/v1/admin/reload", "{}"), 422, "settings-refused");
}

TEST(Api, aTestMessageIsTheBoxesOwn) {
  const auto accepted = operate("POST", "/v1/admin/test-messages", R"({"to":"+358401234567","via":"cloud"})");
  CHECK_EQUAL(202, accepted.status);
  const auto found = world.run(outbox->find(*MessageId::parse(json::parse(accepted.body)["id"].get<std::string>()), 0));
  CHECK_TRUE(found.has_value());
  CHECK(found->message.message_class == MessageClass::otp);
  STRCMP_EQUAL("only cloud", maintenance.orders.back().c_str());
  problem(operate("POST", "/v1/admin/test-messages", R"({"to":"+358401234567","via":"fog"})"), 404, "not-found");
  problem(operate("POST", "/v1/admin/test-messages", R"({"to":"nobody"})"), 400, "number-invalid");
  problem(operate("POST", "/v1/admin/test-messages", "{}"), 400, "request-invalid");
}

TEST(Api, healthTellsOfAnOperatorsOrders) {
  health.report.queue_paused = world.clock.wall();
  health.report.uplink_simulated_down = world.clock.wall();
  health.report.providers[0].enabled = false;
  const auto answer = operate("GET", "/v1/health");
  CHECK_EQUAL(503, answer.status);
  const json report = json::parse(answer.body);
  CHECK(report["status"] == "fail" && report["uplink"] == "down" && report["sms_providers"][0]["disabled"] == true);
  CHECK(report.contains("queue_paused") && report.contains("uplink_simulated_down"));
}
