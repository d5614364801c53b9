#include "tests/sim/disk/file_image.hpp"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/disk/folder.hpp"

using sim::FileImage;
using sim::Folder;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string text(const FileImage& file) {
  return {reinterpret_cast<const char*>(file.content().data()), file.content().size()};
}

bool all(std::uint64_t, std::int64_t) { return true; }
bool none(std::uint64_t, std::int64_t) { return false; }

}  // namespace

TEST_GROUP(FileImage) { FileImage file; };

TEST(FileImage, whatIsSyncedSurvivesACutAndTheRestDoesNot) {
  file.write(1, bytes("one"), 0);
  file.sync();
  file.write(2, bytes("two"), 3);
  STRCMP_EQUAL("onetwo", text(file).c_str());
  file.cut(none);
  STRCMP_EQUAL("one", text(file).c_str());
  file.write(3, bytes("X"), 1);
  file.cut(all);
  STRCMP_EQUAL("oXe", text(file).c_str());
}

TEST(FileImage, aReadPastTheEndIsZerosAndSaysHowMuchWasThere) {
  file.write(1, bytes("abc"), 0);
  char to[6] = {'x', 'x', 'x', 'x', 'x', 'x'};
  CHECK_EQUAL(2, file.read(std::as_writable_bytes(std::span{to}), 1));
  CHECK(std::string_view(to, 6) == std::string_view("bc\0\0\0\0", 6));
  CHECK_EQUAL(0, file.read(std::as_writable_bytes(std::span{to}), 100));
}

TEST(FileImage, aCutTearsAWriteAtSectors) {
  file.write(1, bytes(std::string(2000, 'a')), 100);
  file.cut([](std::uint64_t, std::int64_t sector) { return sector == 0 || sector == 2; });
  // Sector 0 holds the bytes 100..511, sector 2 the bytes 1024..1535; the hole reads as zeros.
  CHECK_EQUAL(1536, file.size());
  const std::string now = text(file);
  CHECK(now.substr(100, 412) == std::string(412, 'a'));
  CHECK(now.substr(512, 512) == std::string(512, '\0'));
  CHECK(now.substr(1024) == std::string(512, 'a'));
}

TEST(FileImage, anUnsyncedTruncationMayNotHaveHappened) {
  file.write(1, bytes("abcdef"), 0);
  file.sync();
  file.truncate(2, 2);
  file.write(3, bytes("Z"), 2);
  STRCMP_EQUAL("abZ", text(file).c_str());
  file.cut([](std::uint64_t sequence, std::int64_t) { return sequence == 3; });
  STRCMP_EQUAL("abZdef", text(file).c_str());
  file.truncate(4, 1);
  file.sync();
  file.cut(none);
  STRCMP_EQUAL("a", text(file).c_str());
}

TEST(FileImage, afterAFailedSyncNoLaterSyncBringsWhatWasLost) {
  file.write(1, bytes("abc"), 0);
  file.sync();
  file.write(2, bytes("xyz"), 0);
  file.lose_pending(none);
  STRCMP_EQUAL("xyz", text(file).c_str());
  file.write(3, bytes("!"), 4096);
  file.sync();
  CHECK(text(file).starts_with("xyz"));
  file.cut(none);
  CHECK(text(file).starts_with("abc") && text(file).ends_with("!"));
}

TEST(FileImage, butAWriteToTheSamePageBringsItAlong) {
  file.write(1, bytes(std::string(5000, 'a')), 0);
  file.sync();
  file.write(2, bytes("xyz"), 0);
  file.write(3, bytes("xyz"), 4096);
  file.lose_pending(none);
  file.write(4, bytes("!"), 10);
  file.sync();
  file.cut(none);
  CHECK(text(file).starts_with("xyzaaaaaaa!a"));
  CHECK(text(file).substr(4096) == std::string(904, 'a'));
}

TEST(FileImage, bitsFlipOnlyInWhatIsNotBeingWritten) {
  file.write(1, bytes("abc"), 0);
  CHECK_FALSE(file.flip(1, 0));
  file.sync();
  CHECK(file.flip(1, 0));
  STRCMP_EQUAL("acc", text(file).c_str());
  file.cut(none);
  STRCMP_EQUAL("acc", text(file).c_str());
}

/// The quick way (only the range that differs is copied back) against the plain one, by chance.
TEST(FileImage, afterAnyHistoryACutShowsWhatTheMediumHas) {
  fakes::SeededRandom random(7);
  for (int round = 0; round < 300; ++round) {
    FileImage f;
    std::string durable;
    std::string seen;
    for (std::uint64_t step = 1; step < 40; ++step) {
      switch (random.below(5)) {
        case 0:
          f.sync();
          durable = seen;
          break;
        case 1:
          seen.resize(random.below(seen.size() + 1));
          f.truncate(step, static_cast<std::int64_t>(seen.size()));
          break;
        case 2:
          f.cut(none);
          seen = durable;
          break;
        default: {
          const std::size_t at = random.below(3000);
          const std::string data(1 + random.below(1500), static_cast<char>('a' + random.below(26)));
          if (seen.size() < at + data.size()) seen.resize(at + data.size());
          seen.replace(at, data.size(), data);
          f.write(step, bytes(data), static_cast<std::int64_t>(at));
        }
      }
      CHECK(text(f) == seen);
    }
  }
}

TEST_GROUP(Folder) {
  Folder folder;
  Folder::File make(std::uint64_t sequence, const std::string& name, std::string_view content) {
    auto file = folder.create(sequence, name);
    file->write(sequence + 1, bytes(content), 0);
    return file;
  }
};

TEST(Folder, aFileThatWasNeverSyncedVanishes) {
  const auto kept = make(1, "kept", "k");
  kept->sync();
  folder.sync_entry_of(kept);
  make(3, "lost", "l");
  CHECK_EQUAL(1, folder.cut(none));
  CHECK(folder.find("kept") == kept);
  CHECK(folder.find("lost") == nullptr);
}

TEST(Folder, aDeletionThatWasNotSyncedMayNotHaveHappened) {
  const auto file = make(1, "wal", "w");
  file->sync();
  folder.sync_entry_of(file);
  folder.remove(3, "wal");
  CHECK(folder.find("wal") == nullptr);
  CHECK_EQUAL(0, folder.cut(none));
  CHECK(folder.find("wal") == file);
  folder.remove(4, "wal");
  folder.sync();
  folder.cut(none);
  CHECK(folder.find("wal") == nullptr);
}

TEST(Folder, aNameTakenAgainIsAnotherFile) {
  const auto first = make(1, "wal", "first");
  first->sync();
  folder.sync_entry_of(first);
  folder.remove(3, "wal");
  const auto second = make(4, "wal", "second");
  second->sync();
  folder.sync_entry_of(second);
  folder.cut(none);
  CHECK(folder.find("wal") == second);
  STRCMP_EQUAL("second", text(*second).c_str());
}
