#include "relay/receipts/webhook_receipts.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using providers::WebhookEvent;
using std::chrono::seconds;
using enum Outcome;

TEST_GROUP(WebhookReceipts) {
  DispatchWorld w;
  ScriptedProvider* bridge = nullptr;
  std::unique_ptr<receipts::Receipts> receipts;
  std::unique_ptr<receipts::WebhookReceipts> webhooks;

  void setup() override {
    auto traits = ScriptedProvider::traits_of("cloud");
    traits.kind = "bridge";
    bridge = &w.add(traits);
    w.start();
    receipts =
        std::make_unique<receipts::Receipts>(w.world.runtime(), *w.outbox, [](MessageId, MessageClass, State) {});
    webhooks = std::make_unique<receipts::WebhookReceipts>(
        receipts::WebhookReceipts::Ports{.outbox = *w.outbox,
                                         .receipts = *receipts,
                                         .providers = {bridge},
                                         .late_answer = [this](outbox::AttemptProof proof, std::string provider) {
                                           w.dispatcher->late_answer(std::move(proof), std::move(provider));
                                         }});
  }
  void teardown() override { w.world.run(receipts->stop()); }
  bool take(WebhookEvent event) {
    const auto taken = w.world.run(webhooks->take(std::move(event)));
    CHECK(taken.has_value());
    w.run_for(seconds{1});
    return *taken;
  }
  WebhookEvent event(MessageId id, std::string ref, ReceiptStatus status) {
    return {.provider = "bridge",
            .fingerprint = ref,
            .ref = std::move(ref),
            .at = w.world.clock.wall(),
            .message = id.text(),
            .receipt = status,
            .attempt = 1};
  }
  MessageId lost_answer() {
    bridge->will(unknown);
    const auto id = w.store(MessageClass::once);
    w.run_for(seconds{1});
    CHECK(w.record(id).attempts.back().outcome == unknown);
    return id;
  }
};

TEST(WebhookReceipts, nameTheAttemptByItsReference) {
  const auto id = w.store();
  w.run_for(seconds{1});
  CHECK(take(event(id, w.record(id).attempts.back().provider_ref, ReceiptStatus::delivered)));
  CHECK(w.state(id) == State::delivered);
}

TEST(WebhookReceipts, ofAnotherKindOfProviderAreNobodys) {
  const auto id = w.store();
  w.run_for(seconds{1});
  auto other = event(id, w.record(id).attempts.back().provider_ref, ReceiptStatus::delivered);
  other.provider = "twilio";
  CHECK_FALSE(take(other));
}

TEST(WebhookReceipts, proveALostAnswer) {
  const auto id = lost_answer();
  (void)take(event(id, "ref-1", ReceiptStatus::delivered));
  CHECK(w.state(id) == State::delivered);
  CHECK_EQUAL(1, bridge->sent.size());
}

TEST(WebhookReceipts, proveThatNothingWasSent) {
  const auto id = lost_answer();
  auto back = event(id, "ref-1", ReceiptStatus::failed);
  back.not_sent = true;
  (void)take(back);
  CHECK(w.record(id).attempts[0].outcome == unavailable);
  CHECK_EQUAL(2, bridge->sent.size());  // `once`, and yet again: it is certain
}

TEST(WebhookReceipts, thatAreInDoubtProveNothing) {
  const auto id = lost_answer();
  (void)take(event(id, "ref-1", ReceiptStatus::unknown));
  CHECK(w.record(id).attempts[0].outcome == unknown);
}

TEST(WebhookReceipts, ofAnotherAttemptProveNothing) {
  const auto id = lost_answer();
  auto other = event(id, "ref-1", ReceiptStatus::failed);
  other.not_sent = true;
  other.attempt = 7;
  (void)take(other);
  CHECK(w.record(id).attempts[0].outcome == unknown);
}
