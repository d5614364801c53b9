/// The storage loop (storage_loop_test.cpp) for opening: of a new file, of one of an older schema, and after a kill.

#include <CppUTest/TestHarness.h>

#include "relay/base/concat.hpp"
#include "relay/outbox/schema.hpp"
#include "relay/sqlite/database.hpp"
#include "tests/unit/relay/outbox/disk_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::DiskWorld;
using sim::Disk;

namespace {

constexpr int sqlite_ioerr = 10;
constexpr int sqlite_full = 13;

/// A file as release 1 made it, with a message in it.
Disk::Files of_the_first_release() {
  Disk disk(1);
  {
    auto database = sqlite::Database::open("outbox.db", disk.vfs_name()).value();
    CHECK(database.execute("PRAGMA page_size = 1024; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL")
              .has_value());
    CHECK(migrate(database, migrations().first(1)).has_value());
    CHECK(database
              .execute(
                  "INSERT INTO store (one, boot_id, steady, wall, timeline) VALUES (1, 'old', 1, 2, 3);"
                  "INSERT INTO messages (id, app, channel, class, line, recipient, content, state, accepted_at, due, "
                  "expires_at, segments, encoding) VALUES (7, 1, 0, 3, 6, '+1', 'kept', 0, 1, 1, 99, 1, 0)")
              .has_value());
  }
  return disk.files();
}

/// As a killed process leaves it: all of it in the WAL.
Disk::Files after_a_kill(MessageId& kept) {
  DiskWorld w;
  w.open();
  kept = w.store("+358400000001");
  return w.disk.files();
}

}  // namespace

TEST_GROUP(StorageLoopOpen) {
  int runs = 0;

  /// The process is started until it stands: each start meets its own trouble at call n, the last one none.
  void start(const Disk::Files& files, std::uint64_t n, int way, std::int64_t messages) {
    const std::string when = concat("opening, call ", n, ", way ", way);
    DiskWorld w(n + 1);
    w.disk.load(files);
    if (way < 4) w.disk.fail_operation(n, way % 2 == 0 ? sqlite_ioerr : sqlite_full, way >= 2);
    if (way >= 4) w.disk.die_at_operation(n, nullptr);
    {
      const auto opened = w.try_open(w.settings.path);
      if (!opened) CHECK(opened.error().code == ErrorCode::io || opened.error().code == ErrorCode::full);
    }
    if (way >= 5) w.disk.power_cut(static_cast<Disk::Cut>(way - 5));
    const auto found = w.examine();
    if (!found.trouble.empty()) FAIL(concat(when, ": ", found.trouble).c_str());
    if (const auto error = w.reboot()) FAIL(concat(when, ", at the next start: ", error->message).c_str());
    CHECK_EQUAL(messages, w.outbox->counters().stored_rows);
    w.store("+358400000002");
    CHECK(w.counters_hold());
    ++runs;
  }
  void loop(const Disk::Files& files, std::int64_t messages, int least_calls) {
    DiskWorld w;
    w.disk.load(files);
    const auto from = w.disk.operations();
    w.open();
    const auto calls = w.disk.operations() - from;
    CHECK(calls >= static_cast<std::uint64_t>(least_calls));
    for (std::uint64_t n = 0; n <= calls; ++n) {
      for (int way = 0; way < 5; ++way) start(files, n, way, messages);
      start(files, n, 5 + static_cast<int>(n % 5), messages);
    }
  }
};

TEST(StorageLoopOpen, aNewFile) { loop({}, 0, 50); }
TEST(StorageLoopOpen, aFileOfAnOlderSchema) { loop(of_the_first_release(), 1, 20); }
TEST(StorageLoopOpen, afterAKill) {
  MessageId kept;
  const auto files = after_a_kill(kept);
  loop(files, 1, 3);
}
