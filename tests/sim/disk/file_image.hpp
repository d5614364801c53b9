#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sim {

/// One file as a real disk keeps it: what the process sees (the page cache), what has reached the medium, and the
/// changes since the last sync, in their order. Pure: no SQLite, no randomness of its own.
class FileImage {
 public:
  /// The unit that a power cut writes whole or not at all.
  static constexpr std::int64_t sector_bytes = 512;

  /// Is this change (its number, and the how-manieth of its sectors) on the medium after the cut?
  using Kept = std::function<bool(std::uint64_t sequence, std::int64_t sector)>;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(seen_.size()); }
  [[nodiscard]] std::int64_t durable_size() const { return static_cast<std::int64_t>(durable_.size()); }
  [[nodiscard]] const std::vector<std::byte>& content() const { return seen_; }
  /// Fills `to` with what is there and zeros; returns how many bytes were there.
  std::size_t read(std::span<std::byte> to, std::int64_t at) const;
  void write(std::uint64_t sequence, std::span<const std::byte> from, std::int64_t at);
  void truncate(std::uint64_t sequence, std::int64_t size);

  /// Everything pending reaches the medium.
  void sync();
  /// A failed fsync as Linux has it: what of the pending changes reached the medium is chance, and no later sync will
  /// bring the rest, although the process goes on seeing it (lwn.net/Articles/752063): unless it writes to the same
  /// page of 4 KiB again.
  void lose_pending(const Kept& kept);
  /// The power goes: pending changes are kept or not, and the process' view becomes the medium's.
  void cut(const Kept& kept);
  /// The number of the oldest change that waits for a sync; `none` when none does.
  [[nodiscard]] std::uint64_t oldest_pending(std::uint64_t none) const {
    return pending_.empty() ? none : pending_.front().sequence;
  }
  /// Bytes that wait for a sync.
  [[nodiscard]] std::size_t pending_bytes() const { return data_.size(); }
  /// Flips one bit in what is on the medium and seen; false where a change is pending (that page is not cold).
  bool flip(std::int64_t at, int bit);
  /// The content as if it had been there for ever.
  void load(std::vector<std::byte> content);

 private:
  struct Change {
    std::uint64_t sequence;
    std::int64_t at;      ///< Of a truncation: the new size.
    std::int64_t length;  ///< -1: a truncation.
    std::size_t data;     ///< Where the bytes begin in data_.
  };

  void apply(const Change& change, const Kept& kept);
  void copy_to_medium(const std::byte* from, std::int64_t at, std::int64_t length);
  void note_differs(std::int64_t from, std::int64_t to);

  std::vector<std::byte> seen_;
  std::vector<std::byte> durable_;
  std::vector<Change> pending_;
  std::vector<std::byte> data_;  ///< Of all pending writes, one after the other.
  bool lost_ = false;            ///< A failed sync has left the two apart for good.
  std::int64_t differs_from_ = 0;
  std::int64_t differs_to_ = 0;  ///< Outside [from, to) both are equal.
};

}  // namespace sim
