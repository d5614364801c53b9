#include "tests/sim/disk/disk.hpp"

#include <CppUTest/TestHarness.h>
#include <sqlite3.h>

#include "relay/sqlite/database.hpp"

using relay::ErrorCode;
using relay::Millis;
using relay::sqlite::Database;
using sim::Disk;

namespace {

Database open(const Disk& disk) {
  auto database = Database::open("box.db", disk.vfs_name());
  if (!database) FAIL(database.error().message.c_str());
  const auto done = database->execute(
      "PRAGMA page_size = 1024; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT)");
  if (!done) FAIL(done.error().message.c_str());
  return std::move(*database);
}

relay::Result<void> insert(Database& database) {
  return database.execute("INSERT INTO t (body) VALUES (hex(randomblob(300)))");
}

bool readable(const Disk& disk) {
  auto database = Database::open("box.db", disk.vfs_name());
  return database && database->integer("SELECT count(*) FROM t").has_value();
}

std::int64_t rows(Database& database) { return database.integer("SELECT count(*) FROM t").value(); }

}  // namespace

TEST_GROUP(Disk) { Disk disk{42}; };

TEST(Disk, theSameSeedGivesTheSameBytesWhateverRanBefore) {
  const auto run = [](std::uint64_t seed) {
    Disk d(seed);
    {
      Database database = open(d);
      for (int i = 0; i < 20; ++i) CHECK(insert(database).has_value());
      d.power_cut();
    }
    return d.files();
  };
  const auto first = run(7);
  const auto other = run(8);
  CHECK(first != other);
  CHECK(run(7) == first);
}

TEST(Disk, aKilledProcessLeavesItsWritesAndItsConnectionsFail) {
  Database old = open(disk);
  CHECK(old.execute("PRAGMA synchronous = OFF").has_value());
  CHECK(insert(old).has_value());
  disk.kill();
  CHECK(disk.dead());
  CHECK(insert(old).error().code == ErrorCode::io);
  CHECK_FALSE(readable(disk));
  disk.revive();
  CHECK(insert(old).error().code == ErrorCode::io);  // of the boot before
  Database now = open(disk);
  CHECK_EQUAL(1, rows(now));
}

TEST(Disk, itDiesAtTheOperationThatWasNamed) {
  int deaths = 0;
  Database database = open(disk);
  const auto before = disk.operations();
  CHECK(insert(database).has_value());
  const auto needed = disk.operations() - before;
  CHECK(needed >= 2);  // a write and a sync at least
  disk.die_at_operation(needed - 1, [&deaths] { ++deaths; });
  CHECK(insert(database).error().code == ErrorCode::io);
  CHECK_EQUAL(1, deaths);
  CHECK(disk.dead());
  CHECK_EQUAL(before + 2 * needed, disk.operations());
  CHECK_EQUAL(1, disk.counts().deaths);
}

TEST(Disk, anOperationFailsOnceOrFromThenOn) {
  Database database = open(disk);
  disk.fail_operation(1, SQLITE_IOERR_WRITE, false);
  CHECK(insert(database).error().code == ErrorCode::io);
  CHECK(insert(database).has_value());
  disk.fail_operation(0, SQLITE_FULL, true);
  CHECK(insert(database).error().code == ErrorCode::full);
  CHECK(insert(database).error().code == ErrorCode::full);
  disk.clear_failure();
  CHECK(insert(database).has_value());
  CHECK_EQUAL(2, rows(database));
}

TEST(Disk, ratesFailOperationsAndAreCounted) {
  Database database = open(disk);
  disk.set_faults({.write_error = 0.05, .sync_error = 0.2, .read_error = 0, .full = 0.05});
  int failed = 0;
  for (int i = 0; i < 200; ++i) failed += insert(database) ? 0 : 1;
  CHECK(failed > 20 && failed < 180);
  CHECK(disk.counts().write_errors > 0 && disk.counts().sync_errors > 0 && disk.counts().full > 0);
  disk.set_faults({.read_error = 1});
  CHECK_FALSE(readable(disk));
  CHECK(disk.counts().read_errors > 0);
  disk.set_faults({});
  CHECK_EQUAL(200 - failed, rows(database));
}

TEST(Disk, aFullDiskTakesNothingMoreUntilThereIsRoom) {
  Database database = open(disk);
  CHECK(insert(database).has_value());
  const std::int64_t capacity = disk.bytes() + 20'000;
  disk.set_faults({.capacity_bytes = capacity});
  int stored = 0;
  while (insert(database)) ++stored;
  CHECK(stored >= 2 && stored < 10);
  CHECK(disk.bytes() <= capacity);
  CHECK(insert(database).error().code == ErrorCode::full);
  disk.set_faults({});
  CHECK(insert(database).has_value());
  CHECK_EQUAL(stored + 2, rows(database));
}

TEST(Disk, aSlowDiskTellsHowLongItsSyncsTook) {
  Database database = open(disk);
  disk.set_faults({.sync_time = Millis{500}});
  CHECK(insert(database).has_value());
  CHECK(disk.take_delay() == Millis{500});
  CHECK(disk.take_delay() == Millis{});
}

TEST(Disk, flippedBitsAreFoundByTheIntegrityCheck) {
  {
    Database database = open(disk);
    for (int i = 0; i < 200; ++i) CHECK(insert(database).has_value());
    CHECK(database.execute("CREATE INDEX by_body ON t (body)").has_value());
    CHECK(database.checkpoint(Database::Checkpoint::truncate).has_value());
  }
  disk.flip_bits(30);
  Database database = Database::open("box.db", disk.vfs_name()).value();
  const auto check = database.text("PRAGMA integrity_check(1)");
  CHECK(!check || *check != "ok");
}

TEST(Disk, aSecondConnectionFindsTheFileLocked) {
  Database database = open(disk);
  CHECK(insert(database).has_value());
  Database second = Database::open("box.db", disk.vfs_name()).value();
  CHECK(second.integer("SELECT count(*) FROM t").error().code != ErrorCode::not_found);
  CHECK_FALSE(second.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE").has_value());
}

TEST(Disk, filesCanBeTakenAlongAndRenamed) {
  {
    Database database = open(disk);
    CHECK(insert(database).has_value());
  }
  Disk other(1);
  other.load(disk.files());
  {
    Database database = open(other);
    CHECK_EQUAL(1, rows(database));
  }
  CHECK(other.rename("box.db", "damaged.db"));
  CHECK_FALSE(other.rename("box.db", "damaged.db"));
  other.power_cut(Disk::Cut::lose_all);
  CHECK(other.files().contains("damaged.db") && !other.files().contains("box.db"));
}
