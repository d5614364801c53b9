#include "bridge/tenants/directory.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using bridge_test::account;
using bridge_test::master;
using bridge_test::other_master;
using relay::ErrorCode;

static relay::Task<> invite(tenants::Directory& directory, std::string box, int& visible) {
  const auto invited = co_await directory.invite("acme", box, "test");
  if (invited && directory.box("acme", box) != nullptr) ++visible;
}

TEST_GROUP(Directory) {
  bridge_test::BridgeWorld w;

  void setup() override {
    w.open();
    w.add_box("acme", "b1");
    w.add_box("other", "b1");
    CHECK(w.run(w.directory->put_credential("acme", "twilio", account, "the auth token", "test")).has_value());
  }
  std::string secret() {
    const auto found = w.directory->secret("twilio", account);
    return found ? found->value : "";
  }
};

TEST(Directory, aSecretIsKeptSealedAndOpensForItsTenant) {
  STRCMP_EQUAL("the auth token", secret().c_str());
  STRCMP_EQUAL("acme", w.directory->secret("twilio", account)->tenant.c_str());
  CHECK(w.directory->all().credentials.front().sealed.find("auth token") == std::string::npos);
  w.open();
  STRCMP_EQUAL("the auth token", secret().c_str());
  CHECK_FALSE(w.directory->secret("twilio", "AC9").has_value());
}

TEST(Directory, theAccountOfAnotherTenantCannotBeTaken) {
  const auto taken = w.run(w.directory->put_credential("other", "twilio", account, "mine now", "test"));
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(w.run(w.directory->drop_credential("other", "twilio", account, "test")).error().code == ErrorCode::not_found);
  STRCMP_EQUAL("the auth token", secret().c_str());
}

TEST(Directory, aSealedSecretThatIsMovedDoesNotOpen) {
  auto row = w.directory->all().credentials.front();
  row.account = "AC00000000000000000000000000000000";  // another record, the same key
  std::vector<store::Change> moved{row};
  CHECK(w.run(w.store->change(std::move(moved), {.actor = "thief", .action = "move"})).has_value());
  w.open();
  CHECK_FALSE(w.directory->secret("twilio", row.account).has_value());
}

TEST(Directory, aNewDataKeySealsEverySecretAnew) {
  const auto before = w.directory->all().credentials.front().sealed;
  CHECK(w.run(w.directory->rotate_key("acme", "test")).has_value());
  CHECK(w.directory->all().credentials.front().sealed != before);
  CHECK_EQUAL(2, w.directory->tenant("acme")->key_version);
  w.open();
  STRCMP_EQUAL("the auth token", secret().c_str());
}

TEST(Directory, theMasterKeyIsReplacedOverOneStart) {
  CHECK(w.load(other_master, "").error().code == ErrorCode::corrupt);
  w.open(other_master, master);
  STRCMP_EQUAL("the auth token", secret().c_str());
  w.open(other_master);  // the previous one is needed no more
  STRCMP_EQUAL("the auth token", secret().c_str());
}

TEST(Directory, masterKeysAreCheckedWithASentence) {
  for (const char* key : {"", "short", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}) {
    STRCMP_CONTAINS("openssl rand -hex 32", tenants::Vault::make(key, "").error().message.c_str());
  }
}

TEST(Directory, eventsFindTheirBox) {
  STRCMP_EQUAL("b1", w.directory->destination("acme", "", "+1").box.c_str());  // its only one
  w.add_box("acme", "b2");
  STRCMP_EQUAL("", w.directory->destination("acme", "", "+1").box.c_str());
  CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+1", "acme", "b2"}, "test")).has_value());
  STRCMP_EQUAL("b2", w.directory->destination("acme", "", "+1").box.c_str());
  STRCMP_EQUAL("b1", w.directory->destination("acme", "b1", "+1").box.c_str());
  STRCMP_EQUAL("b2", w.directory->destination("acme", "no-such", "+1").box.c_str());
  STRCMP_EQUAL("b1", w.directory->destination("other", "b2", "+1").box.c_str());  // acme's box is not other's
}

TEST(Directory, anEnrolmentCodeIsGoodOnceAndForADay) {
  const auto code = w.run(w.directory->invite("acme", "b9", "test")).value().code;
  STRCMP_EQUAL("b9", w.directory->box_of_code(code)->name.c_str());
  CHECK(w.directory->box_of_code(code + "x") == nullptr);
  CHECK(w.run(w.directory->certify("acme", "b9", "f1", {}, "")).has_value());
  CHECK(w.directory->box_of_code(code) != nullptr);  // nobody knows whether the box has it
  CHECK(w.run(w.directory->confirm("acme", "b9")).has_value());
  CHECK(w.directory->box_of_code(code) == nullptr);
  const auto late = w.run(w.directory->invite("acme", "b8", "test")).value().code;
  w.world.clock.advance(std::chrono::hours{25});
  CHECK(w.directory->box_of_code(late) == nullptr);
}

TEST(Directory, aRevokedBoxIsLetInByNothing) {
  CHECK(w.run(w.directory->certify("acme", "b1", "f1", {}, "")).has_value());
  CHECK(w.run(w.directory->certify("acme", "b1", "f2", {}, "f1")).has_value());
  CHECK(w.directory->box_of_certificate("f1") != nullptr);  // renewals overlap
  CHECK(w.directory->box_of_certificate("f2") != nullptr);
  CHECK(w.run(w.directory->revoke("acme", "b1", "test")).has_value());
  CHECK(w.directory->box_of_certificate("f1") == nullptr);
  CHECK(w.directory->box_of_certificate("f2") == nullptr);
  CHECK(w.directory->box_of_certificate("") == nullptr);
  CHECK_FALSE(w.run(w.directory->certify("acme", "b1", "f3", {}, "f2")).has_value());
}

TEST(Directory, manyChangesAtOnceAreEachSeenByWhoeverMadeThem) {
  relay::TaskGroup group(w.world.runtime());
  int visible = 0;
  for (int i = 0; i < 50; ++i) group.spawn("invite", invite(*w.directory, "many-" + std::to_string(i), visible));
  w.world.settle();
  CHECK_EQUAL(50, visible);
  w.world.run(group.stop());
}

TEST(Directory, aBoxThatChangesMeanwhileIsRevokedAllTheSame) {
  auto vault = tenants::Vault::make(master, "");
  tenants::Directory other_node(w.world.runtime(), *w.store, std::move(*vault));
  CHECK(w.run(other_node.load()).has_value());
  CHECK(w.run(w.directory->certify("acme", "b1", "f1", {}, "")).has_value());  // the other node has not heard of it
  CHECK(w.run(other_node.revoke("acme", "b1", "test")).has_value());
  CHECK(w.run(w.directory->reload()).has_value());
  CHECK(w.directory->box_of_certificate("f1") == nullptr);
}
