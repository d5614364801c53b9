// A damaged file: set aside, and what can be read of it brought into a new one.
#include "relay/commit/salvage.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include <CppUTest/TestHarness.h>

#include "relay/outbox/schema.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;
namespace fs = std::filesystem;

TEST_GROUP(Salvage) {
  static constexpr int messages = 400;
  OutboxWorld w;

  /// An outbox with history, closed.
  void fill() {
    w.open();
    (void)w.run(w.outbox->add_application({.name = "alarms", .key_prefix = "abc", .key_hash = {}, .created_at = {}}));
    (void)w.run(w.outbox->add_opt_out({.number = "+358409999999", .source = "reply", .at = {}}));
    Submission submission;
    submission.app = 1;
    for (int i = 0; i < messages; ++i) {
      submission.messages.push_back(w.message("+3584" + std::to_string(10'000'000 + i), MessageClass::info));
    }
    std::vector<MessageId> some;
    for (std::size_t i = 0; i < messages; i += 20) some.push_back(submission.messages[i].id);
    CHECK(w.run(w.outbox->submit(std::move(submission))).has_value());
    for (const auto id : some) {
      w.begin(id);
      w.end(w.end_of(id, 1, Outcome::accepted, State::unconfirmed));
    }
    w.close();
  }
  [[nodiscard]] std::string path() const { return w.settings.path; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(fs::file_size(path())); }
  void overwrite(std::int64_t from, std::int64_t length, std::uint32_t seed = 1) const {
    std::mt19937 random(seed);
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(from);
    for (std::int64_t i = 0; i < length; ++i) file.put(static_cast<char>(random()));
  }
  std::int64_t rows_of(const std::string& table) const {
    for (const auto& salvaged : w.outbox->salvaged()->tables) {
      if (salvaged.name == table) return salvaged.rows;
    }
    return -1;
  }
  void check_works() {
    const auto id = w.store("+358401234567");
    w.begin(id);
    CHECK(w.end(w.end_of(id, 1, Outcome::accepted, State::sent)) == State::sent);
    CHECK(w.counters_hold());
  }
};

TEST(Salvage, aSoundFileIsLeftAlone) {
  fill();
  w.open();
  CHECK_FALSE(w.outbox->salvaged().has_value());
  CHECK_FALSE(fs::exists(path() + ".damaged"));
}

TEST(Salvage, damageInTheMiddleCostsWhatStoodThere) {
  fill();
  overwrite(size() / 2, 3 * 1024);
  commit::suspect(path()).value();
  w.open();
  CHECK(w.outbox->salvaged().has_value());
  CHECK(fs::exists(path() + ".damaged"));
  CHECK_FALSE(commit::is_suspect(path()));
  CHECK(rows_of("messages") >= messages * 9 / 10);
  LONGS_EQUAL(1, rows_of("applications"));
  LONGS_EQUAL(1, rows_of("opt_outs"));
  CHECK(w.world.log.contains("outbox_salvaged"));
  check_works();
}

TEST(Salvage, aFileCutInHalfKeepsItsBeginning) {
  fill();
  fs::resize_file(path(), static_cast<std::uintmax_t>(size() / 2));
  commit::suspect(path()).value();
  w.open();
  CHECK(w.outbox->salvaged().has_value());
  CHECK(rows_of("messages") > 0);
  LONGS_EQUAL(1, rows_of("applications"));
  check_works();
}

TEST(Salvage, aFileThatIsNoDatabaseAnyMoreIsReplacedByAnEmptyOne) {
  fill();
  overwrite(0, size());
  w.open();
  CHECK(w.outbox->salvaged().has_value());
  LONGS_EQUAL(0, w.outbox->salvaged()->rows());
  CHECK(fs::exists(path() + ".damaged"));
  check_works();
}

TEST(Salvage, anotherProgramsDatabaseIsNotTouched) {
  {
    auto other = sqlite::Database::open(path());
    CHECK(other->execute("CREATE TABLE theirs (x)").has_value());
  }
  CHECK(w.try_open(path()).error().code == ErrorCode::conflict);
  CHECK_FALSE(fs::exists(path() + ".damaged"));
}

TEST(Salvage, damageMetWhileRunningIsMarkedForTheNextStart) {
  fill();
  overwrite(size() / 4, size() / 2);
  w.open();
  int told = 0;
  if (w.outbox->salvaged()) return;  // The start looked there already.
  w.outbox->on_damage([&told] { ++told; });
  for (int i = 0; i < 3; ++i) (void)w.run(w.outbox->list(ListFilter{.limit = 500}));
  LONGS_EQUAL(1, told);
  CHECK(commit::is_suspect(path()));
  CHECK(w.world.log.contains("outbox_damaged"));
  w.kill();
  w.open();
  CHECK(w.outbox->salvaged().has_value());
  check_works();
}

TEST(Salvage, aPowerCutBetweenTheRenamesIsFinishedAtTheNextStart) {
  fill();
  fs::rename(path(), path() + ".salvaged");  // The damaged one is away already, its WAL is not.
  std::ofstream(path() + "-wal") << "the old file's";
  w.open();
  CHECK(fs::exists(path() + ".damaged-wal"));
  CHECK_FALSE(w.outbox->salvaged().has_value());
  CHECK(w.counters_hold());
}

TEST(Salvage, whateverTheDamageTheBoxStarts) {
  fill();
  const std::string sound = path() + ".sound";
  fs::copy_file(path(), sound);
  const std::int64_t whole = size();
  std::mt19937 random(7);
  for (std::uint32_t round = 0; round < 40; ++round) {
    fs::copy_file(sound, path(), fs::copy_options::overwrite_existing);
    fs::remove(path() + "-wal");
    const int holes = 1 + static_cast<int>(random() % 4);
    for (int hole = 0; hole < holes; ++hole) {
      const auto length = 1 + static_cast<std::int64_t>(random() % 5'000);
      overwrite(static_cast<std::int64_t>(random()) % (whole - length), length, round);
    }
    commit::suspect(path()).value();
    w.open();
    check_works();
    w.close();
    auto database = sqlite::Database::open(path());
    STRCMP_EQUAL("ok", database->text("PRAGMA integrity_check")->c_str());
    LONGS_EQUAL(0, database->integer("SELECT count(*) FROM pragma_foreign_key_check").value());
  }
}
