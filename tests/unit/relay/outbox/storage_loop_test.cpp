/// The storage loop: for every operation of the outbox that writes, its N-th storage call fails, for N = 0, 1, 2, ...
/// until the operation gets through: once or from then on, with an I/O error or a full disk; or the process dies there,
/// or the power goes there. Then the files must hold exactly what was there before, or exactly what the operation does,
/// as its answer said (I1, I5), and open and be sound (I11).

#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "relay/base/concat.hpp"
#include "tests/unit/relay/outbox/disk_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::DiskWorld;
using outbox_test::Examined;
using sim::Disk;

namespace {

// SQLite's primary result codes (sqlite.org/rescode.html); its header belongs to relay/sqlite.
constexpr int sqlite_ioerr = 10;
constexpr int sqlite_full = 13;

/// What every run starts from: a message in each state, and one row at least in each table.
struct Prepared {
  MessageId queued;
  MessageId older_otp;  ///< Queued.
  MessageId sending;
  MessageId sent;     ///< With a callback and two open receipts, "r1" and "r2".
  MessageId unknown;  ///< Queued again, its first attempt ended as unknown.
  MessageId finished;
  std::int64_t event = 0;
  Disk::Files files;
};

using Act = std::function<std::optional<Error>(DiskWorld&, const Prepared&)>;

struct Operation {
  const char* name;
  Act act;
};

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

Prepared prepare() {
  DiskWorld w;
  w.open();
  Prepared p;
  CHECK(w.run(w.outbox->add_application({.name = "plant", .daily_limit = 100})).has_value());
  p.finished = w.store("+358400000000");
  w.begin(p.finished);
  w.end(w.end_of(p.finished, 1, Outcome::recipient_refused, State::failed));
  p.queued = w.store("+358400000001");
  p.older_otp = w.store("+358400000002", MessageClass::otp);
  p.sending = w.store("+358400000003", MessageClass::once);
  w.begin(p.sending);
  Message m = w.message("+358400000004");
  m.callback_url = "http://app/hook";
  p.sent = w.store(std::move(m));
  w.begin(p.sent);
  auto accepted = w.end_of(p.sent, 1, Outcome::accepted, State::sent);
  accepted.receipt_refs = {"r1", "r2"};
  w.end(std::move(accepted));
  p.unknown = w.store("+358400000005");
  w.begin(p.unknown);
  w.end(w.end_of(p.unknown, 1, Outcome::unknown, State::queued));
  p.event = w.run(w.outbox->add_event({.type = "box.started", .url = "http://admin", .data = "{}"})).value();
  CHECK(w.run(w.outbox->add_opt_out({.number = "+358400000009", .source = "api"})).has_value());
  CHECK(w.run(w.outbox->store_inbound({.provider = "modem", .from = "+358400000008", .text = "hi"})).has_value());
  w.close();
  p.files = w.disk.files();
  return p;
}

std::optional<Error> submit(DiskWorld& w, std::vector<Message> messages, bool replaces_older, bool keyed) {
  Submission s;
  s.app = 1;
  s.messages = std::move(messages);
  s.answer = "accepted";
  s.urgency = Urgency::now;
  s.replaces_older = replaces_older;
  if (keyed) s.idempotency = IdempotencyKey{.key = "k1"};
  return error_of(w.run(w.outbox->submit(std::move(s))));
}

AttemptEnd accepted_end(DiskWorld& w, MessageId id) {
  auto end = w.end_of(id, 1, Outcome::accepted, State::sent);
  end.provider_ref = "SM1";
  end.receipt_refs = {"SM1/1", "SM1/2"};
  return end;
}

std::vector<Operation> accepting_operations() {
  return {
      {"submit an alarm",
       [](DiskWorld& w, const Prepared&) { return submit(w, {w.message("+1", MessageClass::alarm)}, false, false); }},
      {"submit three with a key",
       [](DiskWorld& w, const Prepared&) {
         return submit(w, {w.message("+1"), w.message("+2"), w.message("+3")}, false, true);
       }},
      {"submit one that replaces another",
       [](DiskWorld& w, const Prepared&) {
         return submit(w, {w.message("+358400000002", MessageClass::otp)}, true, false);
       }},
      {"submit more than the cache holds",
       [](DiskWorld& w, const Prepared&) {
         std::vector<Message> many;
         for (int i = 0; i < 60; ++i) {
           many.push_back(w.message(concat("+1", i)));
           many.back().content = SmsContent{std::string(1500, 'x')};
         }
         return submit(w, std::move(many), false, true);
       }},
      {"cancel",
       [](DiskWorld& w, const Prepared& p) { return error_of(w.run(w.outbox->cancel(p.queued, std::nullopt))); }},
  };
}

std::vector<Operation> attempt_operations() {
  return {
      {"begin a first attempt",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->begin_attempt({p.queued, "cloud", w.world.clock.wall(), true})));
       }},
      {"begin a second attempt",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->begin_attempt({p.unknown, "modem", w.world.clock.wall(), true})));
       }},
      {"end an attempt as accepted",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->end_attempt(accepted_end(w, p.sending))));
       }},
      {"end an attempt as unavailable",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->end_attempt(w.end_of(p.sending, 1, Outcome::unavailable, State::queued))));
       }},
      {"end an attempt with an opt-out",
       [](DiskWorld& w, const Prepared& p) {
         auto end = w.end_of(p.sending, 1, Outcome::recipient_refused, State::blocked);
         end.opted_out = true;
         return error_of(w.run(w.outbox->end_attempt(std::move(end))));
       }},
      {"prove that it was sent",
       [](DiskWorld& w, const Prepared& p) {
         AttemptProof proof{.message = p.unknown, .number = 1, .was_sent = true, .receipt_refs = {"r9"}};
         return error_of(w.run(w.outbox->prove(std::move(proof))));
       }},
      {"prove that it was not sent",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->prove({.message = p.unknown, .number = 1, .due = w.now()})));
       }},
      {"move to expired",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->move(p.queued, State::queued, State::expired, "expired", w.now())));
       }},
      {"apply a receipt of one part",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->apply(w.receipt("r1", ReceiptStatus::delivered))));
       }},
      {"apply a receipt that ends a message",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->apply(w.receipt("r2", ReceiptStatus::failed))));
       }},
  };
}

std::vector<Operation> other_operations() {
  return {
      {"store an inbound message",
       [](DiskWorld& w, const Prepared&) {
         InboundMessage m{.provider = "modem", .from = "+358400000001", .text = "STOP", .fingerprint = "f"};
         m.opt_out_word = OptOutWord::stop;
         return error_of(w.run(w.outbox->store_inbound(std::move(m))));
       }},
      {"add an opt-out",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->add_opt_out({.number = "+49", .source = "api"})));
       }},
      {"remove an opt-out",
       [](DiskWorld& w, const Prepared&) { return error_of(w.run(w.outbox->remove_opt_out("+358400000009"))); }},
      {"add an application",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->add_application({.name = "pump", .daily_limit = 5})));
       }},
      {"revoke an application",
       [](DiskWorld& w, const Prepared&) { return error_of(w.run(w.outbox->revoke_application("plant"))); }},
      {"set a daily limit",
       [](DiskWorld& w, const Prepared&) { return error_of(w.run(w.outbox->set_daily_limit("plant", 7))); }},
      {"add an event",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->add_event({.type = "box.hot", .url = "http://admin", .data = "{}"})));
       }},
      {"finish an event",
       [](DiskWorld& w, const Prepared& p) { return error_of(w.run(w.outbox->event_done(p.event))); }},
      {"put an event off",
       [](DiskWorld& w, const Prepared& p) {
         return error_of(w.run(w.outbox->event_failed(p.event, w.now() + Millis{5000})));
       }},
      {"keep the time", [](DiskWorld& w, const Prepared&) { return error_of(w.run(w.outbox->keep_time())); }},
      {"prune",
       [](DiskWorld& w, const Prepared&) {
         return error_of(w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)));
       }},
      {"probe", [](DiskWorld& w, const Prepared&) { return error_of(w.run(w.outbox->probe())); }},
  };
}

/// Every storage call with every cut: minutes instead of seconds. For a release (EDGE_RELAY_STORAGE_LOOP=thorough).
bool thorough() {
  const char* wish = std::getenv("EDGE_RELAY_STORAGE_LOOP");
  return wish != nullptr && std::string_view(wish) == "thorough";
}

/// Boots a world on the prepared files, up to the moment before the operation.
void boot(DiskWorld& w, const Prepared& p) {
  w.settings.cache_kib = 32;
  w.disk.load(p.files);
  w.open();
  // Closed properly the WAL is empty; a first commit makes it like that of a box at work.
  CHECK(w.run(w.outbox->probe()).has_value());
}

}  // namespace

TEST_GROUP(StorageLoop) {
  Prepared prepared;
  std::string before;
  std::string after;
  int runs = 0;

  void setup() override { prepared = prepare(); }

  void expect_rows(const Examined& found, bool may_be_before, bool may_be_after, const std::string& when) {
    ++runs;
    if (!found.trouble.empty()) FAIL(concat(when, ": ", found.trouble).c_str());
    if (may_be_before && found.rows == before) return;
    if (may_be_after && found.rows == after) return;
    FAIL(concat(when, ": the files hold neither what was before nor what the answer said:\n", found.rows, "\nbefore:\n",
                before, "\nafter:\n", after)
             .c_str());
  }
  void expect_boot(DiskWorld & w, const std::string& when) {
    if (const auto error = w.reboot()) FAIL(concat(when, ", at the next start: ", error->message).c_str());
  }

  /// Without faults: what it does, and how many storage calls that takes.
  std::uint64_t measure(const Operation& operation) {
    DiskWorld w;
    boot(w, prepared);
    before = w.examine().rows;
    const auto from = w.disk.operations();
    const auto error = operation.act(w, prepared);
    if (error) FAIL(concat(operation.name, ": ", error->message).c_str());
    const auto calls = w.disk.operations() - from;
    after = w.examine().rows;
    return calls;
  }

  void fail_once(const Operation& operation, std::uint64_t n, int code) {
    const std::string when = concat(operation.name, ", call ", n, " fails once with ", code);
    DiskWorld w(n + 1);
    boot(w, prepared);
    w.disk.fail_operation(n, code, false);
    const auto error = operation.act(w, prepared);
    w.disk.clear_failure();
    // No restart is needed: it works at once, and what is counted in memory is what is there.
    expect_rows(w.examine(), error.has_value(), !error.has_value(), when);
    if (error) {
      const auto again = operation.act(w, prepared);
      if (again) FAIL(concat(when, ", and then again: ", again->message).c_str());
    }
    const auto id = w.store("+358407777777");
    w.begin(id);
    w.end(w.end_of(id, 1, Outcome::accepted, State::unconfirmed));
    const std::string counters = w.kept_counters();
    expect_boot(w, when);
    if (w.kept_counters() != counters) {
      FAIL(concat(when, ": the counters were kept as ", counters, ", and are ", w.kept_counters()).c_str());
    }
    CHECK(w.state(id) == State::unconfirmed);
  }

  void fail_once_and_die(const Operation& operation, std::uint64_t n, int code, std::optional<Disk::Cut> cut) {
    const std::string when = concat(operation.name, ", call ", n, " fails once with ", code, ", then the box dies");
    DiskWorld w(n + 1);
    boot(w, prepared);
    w.disk.fail_operation(n, code, false);
    const auto error = operation.act(w, prepared);
    w.kill();
    cut ? w.disk.power_cut(*cut) : w.disk.kill();
    expect_rows(w.examine(), error.has_value(), !error.has_value(), when);
    expect_boot(w, when);
  }

  void fail_for_good(const Operation& operation, std::uint64_t n, int code) {
    const std::string when = concat(operation.name, ", call ", n, " and all that follow fail with ", code);
    DiskWorld w(n + 1);
    boot(w, prepared);
    w.disk.fail_operation(n, code, true);
    const auto error = operation.act(w, prepared);
    w.kill();
    w.disk.power_cut();
    // A commit whose sync failed may be on the medium; with a disk that fails for good nobody can take it back.
    expect_rows(w.examine(), error.has_value(), true, when);
    expect_boot(w, when);
  }

  void die(const Operation& operation, std::uint64_t n, std::optional<Disk::Cut> cut) {
    const std::string when =
        concat(operation.name, ", dies at call ", n, cut ? concat(", cut ", static_cast<int>(*cut)) : "");
    DiskWorld w(n + 1);
    boot(w, prepared);
    w.disk.die_at_operation(n, nullptr);
    const auto error = operation.act(w, prepared);
    w.kill();
    cut ? w.disk.power_cut(*cut) : w.disk.kill();
    expect_rows(w.examine(), error.has_value(), true, when);
    expect_boot(w, when);
  }

  /// One storage call: every way to fail there.
  void fail_at(const Operation& operation, std::uint64_t n) {
    for (const int code : {sqlite_ioerr, sqlite_full}) {
      fail_once(operation, n, code);
      fail_once_and_die(operation, n, code, std::nullopt);
      fail_once_and_die(operation, n, code, cuts_at(n).back());
      fail_for_good(operation, n, code);
    }
    die(operation, n, std::nullopt);
    for (const auto cut : cuts_at(n)) die(operation, n, cut);
  }
  static std::vector<Disk::Cut> cuts_at(std::uint64_t n) {
    if (thorough()) {
      return {Disk::Cut::lose_all, Disk::Cut::keep_all, Disk::Cut::keep_prefix, Disk::Cut::sectors_half,
              Disk::Cut::sectors_most};
    }
    return {static_cast<Disk::Cut>(n % 5)};
  }

  void loop(const std::vector<Operation>& operations) {
    for (const Operation& operation : operations) {
      const std::uint64_t calls = measure(operation);
      CHECK(calls > 0);
      // A long operation writes hundreds of alike frames: past the first ones and before the last ones a sample does.
      for (std::uint64_t n = 0; n <= calls; n += n > 24 && n + 24 < calls && !thorough() ? 7 : 1) fail_at(operation, n);
    }
    CHECK(runs > 500);
  }
};

TEST(StorageLoop, whatIsAcceptedIsThereOrWasRefused) { loop(accepting_operations()); }
TEST(StorageLoop, attemptsAndReceiptsAreThereOrNotAtAll) { loop(attempt_operations()); }
TEST(StorageLoop, everythingElseIsThereOrNotAtAll) { loop(other_operations()); }

/// close() answers nothing: all that it may leave undone is to keep the time.
TEST(StorageLoop, closingLosesNothing) {
  const Operation close{"close", [](DiskWorld& w, const Prepared&) {
                          w.run(w.outbox->close());
                          return std::optional<Error>{};
                        }};
  const std::uint64_t calls = measure(close);
  CHECK(calls > 10);
  for (std::uint64_t n = 0; n <= calls; ++n) {
    for (int way = 0; way < 8; ++way) {
      const std::string when = concat("close, call ", n, ", way ", way);
      DiskWorld w(n + 1);
      boot(w, prepared);
      if (way < 2) w.disk.fail_operation(n, way == 0 ? sqlite_ioerr : sqlite_full, true);
      if (way >= 2) w.disk.die_at_operation(n, nullptr);
      (void)close.act(w, prepared);
      w.kill();
      way == 2 ? w.disk.kill() : w.disk.power_cut(static_cast<Disk::Cut>(way % 5));
      expect_rows(w.examine(), true, true, when);
      expect_boot(w, when);
    }
  }
}
