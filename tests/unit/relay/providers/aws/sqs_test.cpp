#include <algorithm>

#include <CppUTest/TestHarness.h>

#include "relay/providers/aws/sqs_inbox.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay;
using namespace relay::providers;
using aws::SqsInbox;
using providers_test::header_of;
using providers_test::section_of;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* inbound =
    R"({"originationNumber":"+15551230001","destinationNumber":"+15550002222","messageKeyword":"K",)"
    R"("messageBody":"Grüße","inboundMessageId":"in-1","previousPublishedMessageId":"x"})";

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + "\"";
}

std::string notification(std::string_view message) {
  return R"({"Type":"Notification","MessageId":"1","TopicArn":"arn","Message":)" + quoted(message) + "}";
}

std::string event_of(std::string_view status, bool final, std::string_view more = "") {
  return R"({"eventType":"TEXT_)" + std::string{status} + R"(","isFinal":)" + (final ? "true" : "false") +
         R"(,"messageId":"m-1","messageStatus":")" + std::string{status} + "\"" + std::string{more} + "}";
}

std::string queued(std::string_view body, int count = 1) {
  return R"({"MessageId":"q-1","ReceiptHandle":"h/+=1","Body":)" + quoted(body) +
         R"(,"Attributes":{"ApproximateReceiveCount":")" + std::to_string(count) + R"("}})";
}

}  // namespace

TEST_GROUP(SqsMessage) {
  const WallTime now{Millis{5}};
  std::vector<WebhookEvent> read(std::string_view body) { return aws::events_in(body, now); }
};

TEST(SqsMessage, anEventInANotificationOrRaw) {
  for (const auto& body : {notification(inbound), std::string{inbound}}) {
    const auto events = read(body);
    LONGS_EQUAL(1, events.size());
    CHECK(events[0].kind == WebhookEvent::Kind::inbound);
    STRCMP_EQUAL("+15551230001", events[0].from.c_str());
    STRCMP_EQUAL("Grüße", events[0].text.c_str());
    STRCMP_EQUAL("aws/in-1/received", events[0].fingerprint.c_str());  // the same: given twice it changes nothing
    CHECK(events[0].at == now);
  }
  const auto receipts = read(event_of("DELIVERED", true));
  LONGS_EQUAL(1, receipts.size());
  CHECK(receipts[0].receipt == ReceiptStatus::delivered && receipts[0].ref == "m-1");
}

TEST(SqsMessage, whatIsNeitherIsNotUnderstood) {
  for (const std::string& body :
       {std::string{}, std::string{"x"}, std::string{"[]"}, std::string{"{}"}, notification("x"), notification("{}"),
        std::string{R"({"Type":"Notification"})"}, std::string{R"({"eventType":"TEXT_DELIVERED","isFinal":true})"}}) {
    CHECK_TEXT(read(body).empty(), body.c_str());
  }
}

TEST(SqsMessage, theAnswersOfReceiveMessage) {
  const auto read = [](int status, std::string body) { return aws::read_queued({status, {}, std::move(body)}); };
  CHECK_TRUE(read(200, "{}").value().empty());
  const auto messages = read(200, R"({"Messages":[)" + queued("b", 3) + "]}").value();
  LONGS_EQUAL(1, messages.size());
  STRCMP_EQUAL("h/+=1", messages[0].receipt_handle.c_str());
  LONGS_EQUAL(3, messages[0].receive_count);
  CHECK_FALSE(read(200, "").has_value());
  CHECK_FALSE(read(200, R"({"Messages":{}})").has_value());
  CHECK_FALSE(read(200, R"({"Messages":[{"Body":"x"}]})").has_value());
  CHECK_FALSE(read(500, "{}").has_value());
}

TEST_GROUP(SqsInbox) {
  fakes::VirtualRuntime world;
  fakes::HttpScript script;
  std::unique_ptr<SqsInbox> inbox;
  std::vector<std::string> taken;
  bool stores = true;

  void setup() override {
    auto parts = aws::read_sqs(section_of_queue()).value().value();
    inbox = std::make_unique<SqsInbox>(world.runtime(), std::move(parts),
                                       std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script),
                                       [this](WebhookEvent event) { return keep(*this, std::move(event)); });
  }
  void teardown() override {
    world.run(inbox->stop());
    inbox.reset();
  }
  template <class Group>
  static Task<bool> keep(Group & group, WebhookEvent event) {
    group.taken.push_back(event.kind == WebhookEvent::Kind::inbound ? event.text : event.ref);
    co_return group.stores;
  }
  config::Section section_of_queue() {
    const config::Table* tables[] = {&aws::sqs_settings()};
    auto document = config::Document::parse(
        "[sqs]\nqueue_url = \"https://sqs.us-east-1.amazonaws.com/1/q\"\nregion = \"us-east-1\"\n"
        "access_key_id = \"AKIAIOSFODNN7EXAMPLE\"\nsecret_access_key = \"s\"\n",
        "test.toml", tables, [](const std::string&) { return std::nullopt; });
    return document.value().section("sqs");
  }
  void hands_out(std::string body, int count = 1) {
    script.answer(200, R"({"Messages":[)" + queued(body, count) + "]}");
  }
  void go() {
    inbox->start();
    world.run_for(Millis{500});
  }
  std::vector<std::string> calls() {
    std::vector<std::string> out;
    for (const auto& request : script.requests) out.push_back(header_of(request, "X-Amz-Target").substr(10));
    return out;
  }
  using Texts = std::vector<std::string>;
};

TEST(SqsInbox, deletesOnlyWhatIsCommitted) {
  hands_out(notification(inbound));
  script.answer(200, "").hang();
  go();
  CHECK(taken == Texts{"Grüße"});
  CHECK(calls() == (Texts{"ReceiveMessage", "DeleteMessage", "ReceiveMessage"}));
  STRCMP_EQUAL("https://sqs.us-east-1.amazonaws.com/", script.requests[0].url.c_str());
  STRCMP_CONTAINS(R"("MessageSystemAttributeNames":["ApproximateReceiveCount"])", script.requests[0].body.c_str());
  STRCMP_CONTAINS(R"("WaitTimeSeconds":20)", script.requests[0].body.c_str());
  STRCMP_CONTAINS(R"("ReceiptHandle":"h/+=1")", script.requests[1].body.c_str());
  STRCMP_CONTAINS("/us-east-1/sqs/aws4_request", header_of(script.requests[0], "Authorization").c_str());
  CHECK(script.requests[0].deadline - world.clock.steady() > seconds{25});
}

TEST(SqsInbox, leavesWhatTheStoreDidNotTake) {
  stores = false;
  hands_out(inbound);
  script.hang();
  go();
  CHECK(calls() == (Texts{"ReceiveMessage", "ReceiveMessage"}));
}

TEST(SqsInbox, whatIsNotUnderstoodStaysAndIsToldOnce) {
  hands_out("{}");
  hands_out("{}", 2);
  hands_out(event_of("QUEUED", false));
  script.answer(200, "").hang();
  go();
  CHECK(calls() == (Texts{"ReceiveMessage", "ReceiveMessage", "ReceiveMessage", "DeleteMessage", "ReceiveMessage"}));
  LONGS_EQUAL(1, std::ranges::count_if(world.log.lines, [](const std::string& line) {
                return line.find("sqs_message_not_understood") != std::string::npos;
              }));
}

TEST(SqsInbox, takesTheTimeFromAwsAndPausesWhenItFails) {
  script.answer(403, R"({"__type":"InvalidSignatureException","message":"Signature expired: now"})",
                {{"Date", "Sat, 21 Nov 2026 10:00:00 GMT"}});
  script.answer(200, "{}");
  script.answer(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"x"})");
  script.hang();
  inbox->start();
  world.run_for(seconds{5});
  LONGS_EQUAL(4, script.requests.size());
  STRCMP_EQUAL("20261121T100000Z", header_of(script.requests[1], "X-Amz-Date").c_str());
  CHECK_TRUE(world.log.contains("there is no such queue; check queue_url and region"));
}

TEST(SqsInbox, aQueueThatDoesNotWaitIsNotAskedInATightLoop) {
  for (int i = 0; i < 100; ++i) script.answer(200, "{}");
  inbox->start();
  world.run_for(seconds{10});
  CHECK(script.requests.size() <= 12);
}
