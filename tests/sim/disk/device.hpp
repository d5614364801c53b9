#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "relay/base/random.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tests/sim/disk/folder.hpp"

namespace sim {

/// A file that SQLite has open.
struct OpenFile {
  Folder::File image;
  std::string name;          ///< Empty: an anonymous one, gone with its handle.
  std::uint64_t boot = 0;    ///< The process that opened it.
  int lock = 0;              ///< SQLITE_LOCK_...
  bool sync_folder = false;  ///< With its first sync.
  bool delete_on_close = false;
};

/// The disk's work: carries out operations, or fails them as told. Returns SQLite's codes.
class Device {
 public:
  explicit Device(std::uint64_t seed);

  [[nodiscard]] int open(const char* name, int flags, OpenFile& file);
  void close(OpenFile& file);
  [[nodiscard]] int read(const OpenFile& file, std::span<std::byte> to, std::int64_t at);
  [[nodiscard]] int write(const OpenFile& file, std::span<const std::byte> from, std::int64_t at);
  [[nodiscard]] int truncate(const OpenFile& file, std::int64_t size);
  [[nodiscard]] int sync(OpenFile& file);
  [[nodiscard]] int remove(const std::string& name, bool sync_folder);
  [[nodiscard]] int exists(const std::string& name, bool& out);
  [[nodiscard]] int lock(OpenFile& file, int level);
  [[nodiscard]] int unlock(OpenFile& file, int level);
  [[nodiscard]] bool reserved(const OpenFile& file) const;

  void arm_death(std::optional<std::uint64_t> n, std::function<void()> on_death);
  void arm_failure(std::uint64_t n, int code, bool sticky);
  void clear_failure() { failure_.reset(); }
  void kill();
  void power_cut(Disk::Cut cut);
  void revive();
  void flip_bits(int count);
  [[nodiscard]] std::int64_t bytes() const;

  fakes::SeededRandom random;  ///< The disk's own stream.
  Disk::Faults faults;
  Disk::Counts counts;
  Folder folder;
  relay::Millis delay{};
  relay::WallTime now{relay::Millis{1'790'000'000'000}};
  std::uint64_t operations = 0;
  bool dead = false;

 private:
  struct Failure {
    std::uint64_t at;
    int code;
    bool sticky;
  };
  /// Whoever has locked a file of this boot.
  struct Locks {
    int shared = 0;
    const OpenFile* writer = nullptr;  ///< RESERVED or more.
  };

  [[nodiscard]] bool alive(const OpenFile& file) const { return !dead && file.boot == boot_; }
  [[nodiscard]] bool happens(double chance);
  /// Counts one operation. Its error, if it is to fail by arm_death or arm_failure; SQLITE_OK if not.
  [[nodiscard]] int begin_operation();
  /// What of a write that fails gets done all the same: some of its sectors, from the first on.
  void write_partly(const OpenFile& file, std::span<const std::byte> from, std::int64_t at);
  void fail_sync(const OpenFile& file);
  [[nodiscard]] FileImage::Kept kept_by(Disk::Cut cut);

  std::optional<std::uint64_t> death_at_;
  std::function<void()> on_death_;
  std::optional<Failure> failure_;
  std::map<const FileImage*, Locks> locks_;
  std::uint64_t boot_ = 1;
};

}  // namespace sim
