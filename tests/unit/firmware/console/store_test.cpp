#include "firmware/console/store.hpp"

#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace firmware::console;
using relay::ErrorCode;

TEST_GROUP(ConsoleStore) {
  fakes::VirtualRuntime world;
  Store store = *Store::open(":memory:", world.runtime().clock, world.runtime().random, 10);

  void refused(const relay::Result<void>& result, ErrorCode code) {
    CHECK_FALSE(result.has_value());
    CHECK(result.error().code == code);
  }
};

TEST(ConsoleStore, aUserIsWhoKnowsThePassword) {
  CHECK_TRUE(store.add_user("anna", Role::tech, "correct horse", true).has_value());
  const auto found = store.check("anna", "correct horse");
  CHECK_TRUE(found.has_value() && found->has_value());
  CHECK((*found)->role == Role::tech && (*found)->must_change);
  CHECK_FALSE(store.check("anna", "correct hors").value().has_value());
  CHECK_FALSE(store.check("anna", "").value().has_value());
  CHECK_FALSE(store.check("berta", "correct horse").value().has_value());
  CHECK_TRUE(store.set_password("anna", "another horse", false).has_value());
  CHECK_FALSE(store.check("anna", "correct horse").value().has_value());
  CHECK_FALSE(store.check("anna", "another horse").value()->must_change);
}

TEST(ConsoleStore, whatIsNoUserIsRefused) {
  refused(store.add_user("Anna", Role::tech, "correct horse", true), ErrorCode::invalid_argument);
  refused(store.add_user("anna", Role::tech, "short", true), ErrorCode::invalid_argument);
  refused(store.add_user("anna", Role::tech, "anna-anna-anna", true), ErrorCode::invalid_argument);
  refused(store.add_user("anna", Role::tech, "zzzzzzzzzzzz", true), ErrorCode::invalid_argument);
  CHECK_TRUE(store.add_user("anna", Role::tech, "correct horse", true).has_value());
  refused(store.add_user("anna", Role::tech, "correct horse", true), ErrorCode::conflict);
  refused(store.set_password("berta", "correct horse", true), ErrorCode::not_found);
}

TEST(ConsoleStore, theLastAdministratorStays) {
  CHECK_TRUE(store.add_user("root1", Role::admin, "correct horse", true).has_value());
  CHECK_TRUE(store.add_user("anna", Role::tech, "correct horse", true).has_value());
  refused(store.remove_user("root1"), ErrorCode::conflict);
  CHECK_TRUE(store.remove_user("anna").has_value());
  refused(store.remove_user("root1"), ErrorCode::conflict);
  CHECK_TRUE(store.add_user("root2", Role::admin, "correct horse", true).has_value());
  CHECK_TRUE(store.remove_user("root1").has_value());
}

TEST(ConsoleStore, theLabelIsTheWayBack) {
  refused(store.forget_users(), ErrorCode::not_found);
  CHECK_TRUE(store.set_label_password("label-pass-word").has_value());
  CHECK_TRUE(store.add_user("anna", Role::tech, "correct horse", false).has_value());
  CHECK_TRUE(store.forget_users().has_value());
  CHECK_EQUAL(1, store.users()->size());
  const auto admin = store.check("admin", "label-pass-word").value();
  CHECK_TRUE(admin.has_value());
  CHECK(admin->role == Role::admin && admin->must_change);
}

TEST(ConsoleStore, aStoreAsNewHasTheLabelAlone) {
  std::string name = (std::filesystem::temp_directory_path() / "relay-store-XXXXXX").string();
  const std::string folder = mkdtemp(name.data());
  const std::string path = folder + "/console.db";
  const std::string fresh = path + ".factory";
  {
    Store old = *Store::open(path, world.runtime().clock, world.runtime().random, 10);
    refused(old.make_as_new(fresh), ErrorCode::not_found);
    CHECK_TRUE(old.set_label_password("label label label").has_value());
    CHECK_TRUE(old.add_user("anna", Role::admin, "correct horse", false).has_value());
    CHECK_TRUE(old.set_candidate("[a]").has_value());
    CHECK_FALSE(old.follow_file().value());
    CHECK_TRUE(old.make_as_new(fresh).has_value());
    CHECK_TRUE(old.check("anna", "correct horse").value().has_value());
    std::filesystem::rename(fresh, path);
    CHECK_TRUE(old.follow_file().value());
    CHECK_FALSE(old.check("anna", "correct horse").value().has_value());
    CHECK_TRUE(old.check("admin", "label label label").value()->must_change);
    CHECK_FALSE(old.candidate().value().has_value());
    CHECK_FALSE(old.follow_file().value());
  }
  std::filesystem::remove_all(folder);
}

TEST(ConsoleStore, theDelayGrowsAndEnds) {
  using namespace std::chrono_literals;
  CHECK(delay_after(0) == 0s);
  CHECK(delay_after(1) == 1s);
  CHECK(delay_after(4) == 8s);
  CHECK(delay_after(5) == 1min);
  CHECK(delay_after(7) == 4min);
  CHECK(delay_after(1000) == 15min);
  CHECK_TRUE(store.set_failures("/dev/ttyS0", 3).has_value());
  CHECK_EQUAL(3, store.failures("/dev/ttyS0").value());
  CHECK_EQUAL(0, store.failures("terminal").value());
}

TEST(ConsoleStore, theAuditLogKeepsTheNewest) {
  for (int i = 0; i < Store::max_audit_entries + 5; ++i) {
    CHECK_TRUE(store.audit({0, {}, "here", "anna", "n" + std::to_string(i), "OK"}).has_value());
  }
  const auto all = store.audited(Store::max_audit_entries * 2).value();
  CHECK_EQUAL(Store::max_audit_entries, all.size());
  STRCMP_EQUAL("n5", all.front().action.c_str());
  STRCMP_EQUAL(("n" + std::to_string(Store::max_audit_entries + 4)).c_str(), all.back().action.c_str());
}

TEST(ConsoleStore, revisionsAreKeptAndBounded) {
  const auto first = store.keep_revision("a = 1\n", "anna").value();
  CHECK_EQUAL(first, store.keep_revision("a = 1\n", "anna").value());
  STRCMP_EQUAL("a = 1\n", store.revision(first)->text.c_str());
  for (int i = 0; i < Store::max_revisions; ++i) (void)store.keep_revision("a = " + std::to_string(i + 2), "anna");
  CHECK_EQUAL(Store::max_revisions, store.revisions()->size());
  CHECK(store.revision(first).error().code == ErrorCode::not_found);
}

TEST(ConsoleStore, anUnconfirmedChangeIsRemembered) {
  CHECK_FALSE(store.unconfirmed().value().has_value());
  CHECK_TRUE(
      store.set_unconfirmed(Unconfirmed{7, "anna", "boot-1", relay::from_ms<relay::SteadyTime>(5000)}).has_value());
  const auto waiting = store.unconfirmed().value();
  CHECK_TRUE(waiting.has_value());
  CHECK(waiting->revision == 7 && waiting->boot_id == "boot-1" && relay::to_ms(waiting->until) == 5000);
  CHECK_TRUE(store.set_unconfirmed(std::nullopt).has_value());
  CHECK_FALSE(store.unconfirmed().value().has_value());
}
