// Figures of the outbox, for docs/decisions/0004-commit-pacing.md and 0005-outbox-schema.md. A program, not a test:
//   outbox_bench <folder on the disk to measure> [page size [commit rate]]
//   outbox_bench --raw <folder> [rows]    only the raw SQLite group commit, in rows per second: the yardstick of
//   tools/bench
// Prints bytes written per message (/proc/self/io), submissions per second beside a raw SQLite group commit of the same
// rows in the same run, and the time to open with 100,000 queued messages and the memory it takes. Ratios survive a
// busy machine, seconds do not.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <sqlite3.h>

#include "relay/base/system_runtime.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::outbox;
namespace fs = std::filesystem;

namespace {

long bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string key;
  long value = 0;
  while (io >> key >> value) {
    if (key == "write_bytes:") return value;
  }
  return 0;
}

long resident_kib() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

double seconds() {  // a bench may look at the machine's clock
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Message message_for(SqliteOutbox& outbox, const Clock& clock, int i) {
  Message m;
  m.id = m.batch = outbox.next_id();
  m.app = 1;
  m.to = "+35840" + std::to_string(1'000'000 + (i * 7919) % 1'000'000);
  m.content = SmsContent{std::string(120, 'x')};
  m.accepted_at = clock.wall();
  m.due = outbox.timeline().now();
  m.expires_at = m.due + std::chrono::hours{24};
  m.segments = 1;
  return m;
}

Task<> submit_one(SqliteOutbox& outbox, Message m) {
  Submission s;
  s.app = m.app;
  s.messages = {std::move(m)};
  const auto done = co_await outbox.submit(std::move(s));
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
}

/// The whole life of a message: accepted, sent 100 ms later by a provider that takes 300 ms, its receipt after 3 s.
Task<> life(Runtime runtime, SqliteOutbox& outbox, int i) {
  Message m = message_for(outbox, runtime.clock, i);
  const MessageId id = m.id;
  co_await submit_one(outbox, std::move(m));
  const auto begun = co_await outbox.begin_attempt({id, "twilio-main", runtime.clock.wall()});
  if (!begun) co_return;
  co_await sleep_for(runtime, Millis{300});
  AttemptEnd end{.message = id, .number = 1, .outcome = Outcome::accepted, .duration = Millis{300}};
  end.provider_ref = "SM" + std::to_string(runtime.random.next()) + std::to_string(i);
  end.receipt_refs = {end.provider_ref};
  end.code = "201";
  end.next = State::sent;
  end.due = outbox.timeline().now() + std::chrono::hours{72};
  end.at = runtime.clock.wall();
  const std::string ref = end.provider_ref;
  const auto ended = co_await outbox.end_attempt(std::move(end));
  if (!ended) co_return;
  co_await sleep_for(runtime, Millis{3000});
  Receipt receipt{.provider = "twilio-main", .ref = ref, .status = ReceiptStatus::delivered};
  receipt.at = runtime.clock.wall();
  const auto applied = co_await outbox.apply(std::move(receipt));
  if (!applied || applied->state != State::delivered) std::fprintf(stderr, "not delivered\n");
}

double commit_rate = 12;

SqliteOutboxSettings settings_for(const std::string& path, int page_size) {
  SqliteOutboxSettings s;
  s.commit_rate = commit_rate;
  s.path = path;
  s.page_size = page_size;
  return s;
}

/// In virtual time on real files, so that an hour of traffic takes a second. `gap` between messages.
double bytes_per_message(const std::string& folder, int page_size, int count, Millis gap, int history) {
  fakes::VirtualRuntime world;
  auto settings = settings_for(folder + "/bytes.db", page_size);
  settings.thread = StoreThread::loop;
  auto outbox = std::move(SqliteOutbox::open(world.runtime(), settings).value());
  TaskGroup group(world.runtime());
  const auto run = [&](int n) {
    for (int i = 0; i < n; ++i) {
      group.spawn("life", life(world.runtime(), *outbox, i));
      world.run_for(gap);
    }
    world.run_for(Millis{10'000});
  };
  run(history);
  const long before = bytes_written();
  run(count);
  world.run(outbox->close());
  outbox.reset();
  for (const char* suffix : {"", "-wal"}) fs::remove(settings.path + suffix);
  return static_cast<double>(bytes_written() - before) / count;
}

/// What plain SQLite makes of the same rows in the same tables: `per_commit` rows a commit, as fast as the disk takes
/// them.
double raw_rows_per_second(const std::string& folder, int page_size, int count, int per_commit) {
  const std::string path = folder + "/raw.db";
  {
    fakes::VirtualRuntime world;  // makes the tables
    auto settings = settings_for(path, page_size);
    settings.thread = StoreThread::loop;
    world.run(SqliteOutbox::open(world.runtime(), settings).value()->close());
  }
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  const std::string pragmas =
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL; PRAGMA cache_size=-1024; "
      "PRAGMA wal_autocheckpoint=" +
      std::to_string((4 << 20) / page_size);
  sqlite3_exec(db, pragmas.c_str(), nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(
      db,
      "INSERT INTO messages (id, app, channel, class, line, recipient, content, state, accepted_at, due, "
      "expires_at, segments, encoding) VALUES (?, 1, 0, 3, 6, ?, ?, 0, ?4, ?4, ?, 1, 0)",
      -1, &insert, nullptr);
  const std::string body(120, 'x');
  const double start = seconds();
  for (int i = 0; i < count; ++i) {
    if (i % per_commit == 0) sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    const std::string to = "+35840" + std::to_string(1'000'000 + (i * 7919) % 1'000'000);
    sqlite3_bind_int64(insert, 1, (200'000'000'000LL + i / per_commit) << 21 | i % per_commit);
    sqlite3_bind_text(insert, 2, to.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 3, body.c_str(), -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, 1'900'000'000'000LL + i / per_commit);
    sqlite3_bind_int64(insert, 5, 1'900'086'400'000LL + i / per_commit);
    if (sqlite3_step(insert) != SQLITE_DONE) std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    sqlite3_reset(insert);
    if (i % per_commit == per_commit - 1) sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  }
  const double rate = count / (seconds() - start);
  sqlite3_finalize(insert);
  sqlite3_close(db);
  for (const char* suffix : {"", "-wal"}) fs::remove(path + suffix);
  return rate;
}

Task<> submitting_client(SqliteOutbox& outbox, const Clock& clock, int count, int seed) {
  for (int i = 0; i < count; ++i) co_await submit_one(outbox, message_for(outbox, clock, seed + i));
}

struct RealWorld {
  asio::io_context io{1};
  SystemClock clock;
  SystemRandom random;
  SystemTimerQueue timers{io.get_executor(), clock};
  fakes::RecordedLog log;
  [[nodiscard]] Runtime runtime() { return {io.get_executor(), clock, timers, random, log}; }
};

double submissions_per_second(const std::string& folder, int page_size, int clients, int count) {
  RealWorld world;
  const auto settings = settings_for(folder + "/submit.db", page_size);
  auto outbox = std::move(SqliteOutbox::open(world.runtime(), settings).value());
  const double start = seconds();
  for (int c = 0; c < clients; ++c) {
    asio::co_spawn(world.io, submitting_client(*outbox, world.clock, count / clients, c * 1000), asio::detached);
  }
  // Not io.run(): the idle checkpoint's timer keeps it from running out of work.
  while (outbox->counters().stored_rows < count / clients * clients) world.io.run_one();
  const double rate = count / (seconds() - start);
  outbox.reset();
  for (const char* suffix : {"", "-wal"}) fs::remove(settings.path + suffix);
  return rate;
}

void open_with_queue(const std::string& folder, int page_size, int count) {
  auto settings = settings_for(folder + "/open.db", page_size);
  {
    fakes::VirtualRuntime world;
    settings.thread = StoreThread::loop;
    auto outbox = std::move(SqliteOutbox::open(world.runtime(), settings).value());
    for (int i = 0; i < count; i += 200) {
      Submission s;
      s.app = 1;
      for (int k = 0; k < 200; ++k) s.messages.push_back(message_for(*outbox, world.clock, i + k));
      if (!world.run(outbox->submit(std::move(s)))) return;
      world.clock.advance(Millis{100});
    }
  }  // killed: the WAL stays
  const long memory_before = resident_kib();
  const double start = seconds();
  RealWorld world;
  settings.thread = StoreThread::own;
  auto outbox = std::move(SqliteOutbox::open(world.runtime(), settings).value());
  const double opened = seconds();
  auto first = [](SqliteOutbox& o) -> Task<> {
    (void)co_await o.interrupted();
    (void)co_await o.queued_feeds();
    (void)co_await o.due(Lane::rest, 1, o.timeline().now() + std::chrono::hours{24}, 64, 4, {});
  };
  std::optional<bool> done;
  asio::co_spawn(world.io, first(*outbox), [&done](std::exception_ptr) { done = true; });
  while (!done) world.io.run_one();
  std::printf("open with %lld queued: %.0f ms, then first due batch %.0f ms, memory %+ld KiB, file %ju KiB\n",
              static_cast<long long>(outbox->counters().queued()), (opened - start) * 1000, (seconds() - opened) * 1000,
              resident_kib() - memory_before, static_cast<std::uintmax_t>(fs::file_size(settings.path) / 1024));
  outbox.reset();
  for (const char* suffix : {"", "-wal"}) fs::remove(settings.path + suffix);
}

}  // namespace

int main(int argc, char** argv) {
  const bool raw_only = argc > 2 && std::string_view{argv[1]} == "--raw";
  if (argc < 2 || (!raw_only && argv[1][0] == '-')) {
    std::fprintf(stderr, "usage: outbox_bench <folder> [page size [commit rate]] | --raw <folder> [rows]\n");
    return 2;
  }
  if (raw_only) {
    std::printf("%.0f\n", raw_rows_per_second(argv[2], 1024, argc > 3 ? std::atoi(argv[3]) : 16'000, 32));
    return 0;
  }
  const std::string folder = argv[1];
  const int page_size = argc > 2 ? std::atoi(argv[2]) : 1024;
  if (argc > 3) commit_rate = std::atof(argv[3]);
  std::printf("page size %d, commit rate %.0f/s\n", page_size, commit_rate);
  std::printf("bytes a message, each operation alone: %.0f\n",
              bytes_per_message(folder, page_size, 400, Millis{4000}, 200));
  std::printf("bytes a message, 50 messages/s: %.0f\n", bytes_per_message(folder, page_size, 5000, Millis{20}, 2000));
  for (int round = 0; round < 3; ++round) {
    const double ours = submissions_per_second(folder, page_size, 32, 16'000);
    const double raw = raw_rows_per_second(folder, page_size, 16'000, 32);
    std::printf("32 clients: %.0f submissions/s; raw group commit of 32 rows: %.0f/s; ratio %.2f\n", ours, raw,
                ours / raw);
  }
  open_with_queue(folder, page_size, 100'000);
  return 0;
}
