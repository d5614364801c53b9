#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "relay/commit/database_file.hpp"

namespace relay::commit {

/// What came of a damaged file.
struct Salvage {
  struct Table {
    std::string name;
    std::int64_t rows = 0;  ///< Brought over.
    bool whole = true;      ///< False: some of its rows can be read no more.
  };
  std::string set_aside;  ///< Where the damaged file is now.
  std::vector<Table> tables;

  [[nodiscard]] bool whole() const;
  [[nodiscard]] std::int64_t rows() const;
};

/// Replaces a damaged file by a new one with all rows that can still be read, from both ends of each table to where it
/// breaks; the damaged one becomes PATH.damaged (an older one of that name goes). The file is renamed last, so that a
/// power cut in the middle leaves the damaged file, to be salvaged again at the next start (finish_salvage). Nobody may
/// have it open. Of the system's VFS only. Errors: conflict (another VFS), io, full: the damaged file is where it was.
[[nodiscard]] Result<Salvage> salvage(const DatabaseFile& file, const DatabaseKind& kind);

/// A run that meets damage says so for the next start, which then looks through the whole file (check) before it works
/// with it. Errors: io.
[[nodiscard]] Result<void> suspect(const std::string& path);
[[nodiscard]] bool is_suspect(const std::string& path);
void clear_suspicion(const std::string& path);
/// Errors: corrupt, with the finding of integrity_check.
[[nodiscard]] Result<void> check(sqlite::Database& database, const DatabaseKind& kind);

/// Ends the renaming that a power cut has interrupted. To be called before the file is opened.
[[nodiscard]] Result<void> finish_salvage(const std::string& path);

}  // namespace relay::commit
