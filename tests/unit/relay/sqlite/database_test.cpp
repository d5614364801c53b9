#include "relay/sqlite/database.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <stdlib.h>
#include <string>

#include <CppUTest/TestHarness.h>

#include "relay/sqlite/query.hpp"
#include "relay/sqlite/transaction.hpp"

using relay::ErrorCode;
using relay::sqlite::Database;
using relay::sqlite::Query;
using relay::sqlite::Savepoint;
using relay::sqlite::Transaction;

TEST_GROUP(Sqlite) {
  std::string folder = make_folder();

  static std::string make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "relay-sqlite-XXXXXX").string();
    return mkdtemp(name.data());
  }
  Database open() {
    auto database = Database::open(folder + "/a.db");
    CHECK(database.has_value());
    CHECK(
        database->execute("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (n INTEGER UNIQUE, x TEXT, b BLOB)")
            .has_value());
    return std::move(*database);
  }
  void teardown() override { std::filesystem::remove_all(folder); }
};

TEST(Sqlite, bindsAndReadsEveryKindOfValue) {
  Database db = open();
  const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{1}, std::byte{255}};
  CHECK_EQUAL(1, Query(db, "INSERT INTO t VALUES (?, ?, ?)")
                     .bind(std::int64_t{1} << 40, std::string("a\0b", 3), bytes)
                     .run()
                     .value());
  CHECK_EQUAL(1,
              Query(db, "INSERT INTO t VALUES (?, ?, ?)").bind(2, std::optional<std::string>{}, nullptr).run().value());
  Query q(db, "SELECT n, x, b FROM t ORDER BY n DESC");
  CHECK(q.step().value());
  CHECK(q.integer(0) == std::int64_t{1} << 40);
  CHECK_EQUAL(3, q.text(1).size());
  CHECK_EQUAL(3, q.blob(2).size());
  CHECK(q.blob(2)[2] == std::byte{255});
  CHECK(q.step().value());
  CHECK(q.is_null(1));
  CHECK(q.is_null(2));
  STRCMP_EQUAL("", q.text(1).c_str());
  CHECK_FALSE(q.step().value());
}

TEST(Sqlite, aStatementMayRunInsideItself) {
  Database db = open();
  CHECK(db.execute("INSERT INTO t (n) VALUES (1), (2)").has_value());
  const auto count = [&db] {
    int rows = 0;
    Query q(db, "SELECT n FROM t");
    while (q.step().value()) ++rows;
    return rows;
  };
  Query outer(db, "SELECT n FROM t");
  CHECK(outer.step().value());
  CHECK_EQUAL(2, count());
  CHECK(outer.step().value());
  CHECK_FALSE(outer.step().value());
}

TEST(Sqlite, troubleInPreparingOrBindingIsToldByTheStep) {
  Database db = open();
  auto wrong = Query(db, "SELECT x FROM nowhere").bind(1).step();
  CHECK_FALSE(wrong.has_value());
  STRCMP_CONTAINS("no such table", wrong.error().message.c_str());
  CHECK_FALSE(Query(db, "SELECT ?").bind(1, 2).step().has_value());
}

TEST(Sqlite, errorsAreToldApart) {
  Database db = open();
  CHECK(db.execute("INSERT INTO t (n) VALUES (1)").has_value());
  CHECK(Query(db, "INSERT INTO t (n) VALUES (1)").run().error().code == ErrorCode::conflict);

  CHECK(db.execute("PRAGMA max_page_count = 1").has_value());
  relay::ErrorCode full = ErrorCode::internal;
  for (int i = 0; i < 100 && full == ErrorCode::internal; ++i) {
    const auto done = Query(db, "INSERT INTO t (x) VALUES (?)").bind(std::string(4000, 'x')).run();
    if (!done) full = done.error().code;
  }
  CHECK(full == ErrorCode::full);

  CHECK(Database::open(folder + "/no/such/folder.db").error().code == ErrorCode::io);

  auto other = Database::open(folder + "/a.db");
  Transaction holding(db);
  CHECK(holding.begun().has_value());
  CHECK(Transaction(*other).begun().error().code == ErrorCode::unavailable);
}

TEST(Sqlite, aTransactionWithoutCommitLeavesNothing) {
  Database db = open();
  {
    Transaction transaction(db);
    CHECK(db.execute("INSERT INTO t (n) VALUES (1)").has_value());
  }
  CHECK_EQUAL(0, db.integer("SELECT count(*) FROM t").value());
  CHECK(db.autocommit());
}

TEST(Sqlite, aSavepointUndoesOnlyItself) {
  Database db = open();
  Transaction transaction(db);
  {
    Savepoint kept(db);
    CHECK(db.execute("INSERT INTO t (n) VALUES (1)").has_value());
    CHECK(kept.keep().has_value());
  }
  {
    Savepoint dropped(db);
    CHECK(db.execute("INSERT INTO t (n) VALUES (2)").has_value());
  }
  CHECK(transaction.commit().has_value());
  CHECK_EQUAL(1, db.integer("SELECT sum(n) FROM t").value());
}

TEST(Sqlite, theWalIsCountedAndFoldedIn) {
  Database db = open();
  CHECK(db.execute("INSERT INTO t (n) VALUES (1)").has_value());
  CHECK(db.wal_frames() > 0);
  CHECK(std::filesystem::file_size(folder + "/a.db-wal") > 0);
  CHECK(db.checkpoint(Database::Checkpoint::truncate).has_value());
  CHECK_EQUAL(0, db.wal_frames());
  CHECK_EQUAL(0, std::filesystem::file_size(folder + "/a.db-wal"));
}
