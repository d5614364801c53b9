#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/disk/file_image.hpp"

namespace sim {

/// Which name means which file: as the process sees it, as the medium has it, and the changes since. One folder: a name
/// with slashes is a name.
class Folder {
 public:
  using File = std::shared_ptr<FileImage>;

  /// Null: there is none.
  [[nodiscard]] File find(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, File>& files() const { return seen_; }
  File create(std::uint64_t sequence, const std::string& name);
  void remove(std::uint64_t sequence, const std::string& name);
  /// Atomic; a file of the new name is replaced. Durable at once: whoever renames, syncs the folder.
  void rename(const std::string& from, const std::string& to);
  /// The file's own entry becomes durable, as the sync of a file makes it.
  void sync_entry_of(const File& file);
  /// All entries become durable: fsync of the folder.
  void sync();
  /// The number of the oldest change that is not durable, of a file or of the folder; `none` when all are.
  [[nodiscard]] std::uint64_t oldest_pending(std::uint64_t none) const;
  /// The power goes. Returns how many files that the process saw are gone.
  int cut(const FileImage::Kept& kept);
  void load(const std::map<std::string, std::vector<std::byte>>& contents);

 private:
  struct Change {
    std::uint64_t sequence;
    std::string name;
    File file;  ///< Null: removed.
  };
  void apply(const Change& change);

  std::map<std::string, File> seen_;
  std::map<std::string, File> durable_;
  std::vector<Change> pending_;
};

}  // namespace sim
