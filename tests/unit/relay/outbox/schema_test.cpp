#include "relay/outbox/schema.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/outbox_world.hpp"

using relay::ErrorCode;
using relay::outbox::migrate;
using relay::outbox::migrations;
using relay::sqlite::Database;

TEST_GROUP(OutboxSchema) {
  outbox_test::OutboxWorld w;
  Database open() { return std::move(Database::open(w.settings.path).value()); }
};

TEST(OutboxSchema, everyVersionIsBroughtToTheNewest) {
  for (std::size_t from = 0; from <= migrations().size(); ++from) {
    auto database = Database::open(w.folder + "/from" + std::to_string(from)).value();
    CHECK(migrate(database, migrations().first(from)).has_value());
    CHECK_EQUAL(static_cast<std::int64_t>(from), database.integer("PRAGMA user_version").value());
    CHECK(migrate(database).has_value());
    CHECK_EQUAL(static_cast<std::int64_t>(migrations().size()), database.integer("PRAGMA user_version").value());
    STRCMP_EQUAL("ok", database.text("PRAGMA integrity_check").value().c_str());
  }
}

TEST(OutboxSchema, aFailedStepLeavesTheVersionBefore) {
  Database database = open();
  const std::array<const char*, 3> steps{"CREATE TABLE a (x)", "CREATE TABLE b (x)",
                                         "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)"};
  CHECK_FALSE(migrate(database, steps).has_value());
  CHECK_EQUAL(static_cast<std::int64_t>(2), database.integer("PRAGMA user_version").value());
  CHECK_EQUAL(2, database.integer("SELECT count(*) FROM sqlite_schema").value());
}

TEST(OutboxSchema, aNewerFileIsRefusedWithASentence) {
  {
    Database database = open();
    CHECK(migrate(database).has_value());
    CHECK(database.execute("PRAGMA user_version = 99").has_value());
  }
  const auto opened = w.try_open(w.settings.path);
  CHECK(opened.error().code == ErrorCode::conflict);
  STRCMP_CONTAINS("was written by a newer release (schema 99, this one knows up to 6); install that release again",
                  opened.error().message.c_str());
}

TEST(OutboxSchema, anotherProgramsFileIsRefused) {
  {
    Database database = open();
    CHECK(database.execute("CREATE TABLE theirs (x)").has_value());
  }
  const auto opened = w.try_open(w.settings.path);
  CHECK(opened.error().code == ErrorCode::conflict);
  STRCMP_CONTAINS("is a database of another program", opened.error().message.c_str());
}

TEST(OutboxSchema, aFileInUseAndAMissingFolderAreNamed) {
  w.open();
  const auto second = w.try_open(w.settings.path);
  CHECK(second.error().code == ErrorCode::unavailable);
  STRCMP_CONTAINS("outbox.db is in use by another process", second.error().message.c_str());
  const auto nowhere = w.try_open(w.folder + "/none/outbox.db");
  CHECK(nowhere.error().code == ErrorCode::io);
  STRCMP_CONTAINS("check that its folder exists and is writable", nowhere.error().message.c_str());
}

TEST(OutboxSchema, theFileIsSafeByDefault) {
  w.open();
  w.store("+1555000001");
  w.close();
  Database database = open();
  STRCMP_EQUAL("wal", database.text("PRAGMA journal_mode").value().c_str());
  CHECK_EQUAL(0, database.integer("SELECT count(*) FROM pragma_foreign_key_check()").value());
  CHECK_EQUAL(0, std::filesystem::file_size(w.settings.path + "-wal"));
}
