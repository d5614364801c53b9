#include <algorithm>
#include <set>
#include <sstream>

#include <CppUTest/TestHarness.h>

#include "relay/base/concat.hpp"
#include "relay/sqlite/database.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/disk/disk.hpp"

using relay::concat;
using relay::sqlite::Database;
using sim::Disk;

namespace {

/// A program that stores rows, one commit each, on a disk whose power goes again and again: at a drawn storage
/// operation, by a drawn kind of cut. It keeps its own account of what SQLite said is stored.
class Cutter {
 public:
  Cutter(std::uint64_t seed, std::string synchronous)
      : disk(seed), random_(seed + 1), synchronous_(std::move(synchronous)) {}

  /// One boot, up to the cut.
  void boot() {
    disk.revive();
    disk.set_faults({.lying_sync = faults.lying_sync});  // what is found at the start shall be told for certain
    {
      auto database = Database::open("box.db", disk.vfs_name());
      if (database) work(*database);
    }
    disk.power_cut();
  }

  Disk disk;
  Disk::Faults faults;
  int damaged = 0;  ///< Boots that found the file unusable.
  int lost = 0;     ///< Rows that were stored and are gone.
  int stored = 0;

 private:
  void work(Database& database) {
    const auto ready = database.execute(concat(
        "PRAGMA page_size = 1024; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ",
        synchronous_, "; CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT)"));
    if (!ready && ready.error().code != relay::ErrorCode::corrupt) return;  // a fault: not today
    if (!ready || !check(database)) return start_again();
    disk.set_faults(faults);
    disk.die_at_operation(random_.below(120), nullptr);
    while (!disk.dead()) step(database);
  }
  bool check(Database& database) {
    const auto healthy = database.text("PRAGMA integrity_check");
    if (!healthy || *healthy != "ok") return false;
    const auto list = database.text("SELECT group_concat(id, ' ') FROM t");
    if (!list) return false;
    std::set<std::int64_t> found;
    std::istringstream ids(*list);
    for (std::int64_t id = 0; ids >> id;) found.insert(id);
    lost += static_cast<int>(std::ranges::count_if(known_, [&found](std::int64_t id) { return !found.contains(id); }));
    // What was in doubt is decided now; what is gone shall not be counted twice.
    known_ = std::move(found);
    return true;
  }
  void step(Database& database) {
    if (random_.below(10) == 0) {
      (void)database.checkpoint(random_.below(2) == 0 ? Database::Checkpoint::passive : Database::Checkpoint::truncate);
      return;
    }
    if (known_.size() > 40) {  // keeps the file small, and makes free pages
      const std::int64_t until = *known_.begin() + 3;
      if (database.execute(concat("DELETE FROM t WHERE id < ", until))) {
        std::erase_if(known_, [until](std::int64_t id) { return id < until; });
      } else {
        known_.clear();  // gone or not: in doubt
      }
      return;
    }
    ++next_;
    const auto size = 1 + random_.below(1200);
    if (database.execute(concat("INSERT INTO t VALUES (", next_, ", hex(randomblob(", size, ")))"))) {
      known_.insert(next_);
      ++stored;
    }
  }
  void start_again() {
    ++damaged;
    known_.clear();
    disk.load({});
  }

  fakes::SeededRandom random_;
  std::string synchronous_;
  std::set<std::int64_t> known_;
  std::int64_t next_ = 0;
};

}  // namespace

TEST_GROUP(PowerCut){};

TEST(PowerCut, withSyncsSqliteLosesNothingInThousandsOfCuts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cutter c(seed, "FULL");
    for (int i = 0; i < 150; ++i) c.boot();
    CHECK_EQUAL(0, c.lost);
    CHECK_EQUAL(0, c.damaged);
    CHECK(c.stored > 100);
    for (const auto cuts : c.disk.counts().cuts) CHECK(cuts > 0);
  }
}

/// The other half of the proof: a disk that never lost anything would pass the test above.
TEST(PowerCut, withoutSyncsRowsAreLostAndFilesDamaged) {
  int lost = 0;
  int damaged = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cutter c(seed, "OFF");
    for (int i = 0; i < 50; ++i) c.boot();
    lost += c.lost;
    damaged += c.damaged;
  }
  CHECK(lost > 100);
  CHECK(damaged > 5);
}

TEST(PowerCut, aDiskThatLiesAboutSyncsLosesRowsToo) {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Cutter c(seed, "FULL");
    c.faults = {.lying_sync = true};
    for (int i = 0; i < 50; ++i) c.boot();
    lost += c.lost;
  }
  CHECK(lost > 50);
}

TEST(PowerCut, failingSyncsAndWritesDoNotLoseWhatSqliteSaidIsStored) {
  std::uint64_t failed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cutter c(seed, "FULL");
    c.faults = {.write_error = 0.03, .sync_error = 0.05, .full = 0.03};
    for (int i = 0; i < 40; ++i) c.boot();
    CHECK_EQUAL(0, c.lost);
    CHECK_EQUAL(0, c.damaged);
    failed += c.disk.counts().sync_errors;
  }
  CHECK(failed > 50);
}
