#include "tests/sim/disk/file_image.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sim {
namespace {

constexpr std::int64_t page_bytes = 4096;

std::size_t index(std::int64_t at) { return static_cast<std::size_t>(at); }

}  // namespace

std::size_t FileImage::read(std::span<std::byte> to, std::int64_t at) const {
  const std::int64_t there = std::clamp<std::int64_t>(size() - at, 0, std::ssize(to));
  if (there > 0) std::memcpy(to.data(), seen_.data() + at, index(there));
  std::ranges::fill(to.subspan(index(there)), std::byte{0});
  return index(there);
}

void FileImage::write(std::uint64_t sequence, std::span<const std::byte> from, std::int64_t at) {
  if (from.empty()) return;
  const std::int64_t end = at + std::ssize(from);
  note_differs(std::min(at, size()), end);
  if (end > size()) seen_.resize(index(end));
  std::memcpy(seen_.data() + at, from.data(), from.size());
  // The page cache writes whole pages: what a failed sync has lost of this one comes along.
  const std::int64_t first = lost_ ? at - at % page_bytes : at;
  const std::int64_t last = lost_ ? std::min(size(), end + page_bytes - 1 - (end - 1) % page_bytes) : end;
  pending_.push_back({sequence, first, last - first, data_.size()});
  data_.insert(data_.end(), seen_.begin() + first, seen_.begin() + last);
}

void FileImage::truncate(std::uint64_t sequence, std::int64_t size) {
  note_differs(std::min(size, this->size()), std::max(size, this->size()));
  seen_.resize(index(size));
  pending_.push_back({sequence, size, -1, 0});
}

void FileImage::note_differs(std::int64_t from, std::int64_t to) {
  if (differs_from_ == differs_to_) {
    differs_from_ = from;
    differs_to_ = to;
  } else {
    differs_from_ = std::min(differs_from_, from);
    differs_to_ = std::max(differs_to_, to);
  }
}

void FileImage::copy_to_medium(const std::byte* from, std::int64_t at, std::int64_t length) {
  if (at + length > durable_size()) durable_.resize(index(at + length));
  std::memcpy(durable_.data() + at, from, index(length));
}

void FileImage::apply(const Change& change, const Kept& kept) {
  if (change.length < 0) {
    if (kept(change.sequence, 0)) durable_.resize(index(change.at));
    return;
  }
  std::int64_t done = 0;
  for (std::int64_t sector = 0; done < change.length; ++sector) {
    const std::int64_t at = change.at + done;
    const std::int64_t length = std::min(sector_bytes - at % sector_bytes, change.length - done);
    if (kept(change.sequence, sector)) copy_to_medium(data_.data() + change.data + done, at, length);
    done += length;
  }
}

void FileImage::sync() {
  for (const Change& change : pending_) {
    if (change.length < 0) {
      durable_.resize(index(change.at));
    } else {
      copy_to_medium(data_.data() + change.data, change.at, change.length);
    }
  }
  pending_.clear();
  data_.clear();
  if (!lost_) differs_from_ = differs_to_ = 0;
}

void FileImage::lose_pending(const Kept& kept) {
  for (const Change& change : pending_) apply(change, kept);
  pending_.clear();
  data_.clear();
  lost_ = true;
}

void FileImage::cut(const Kept& kept) {
  lose_pending(kept);
  const std::int64_t to = std::min(differs_to_, durable_size());
  seen_.resize(durable_.size());
  if (to > differs_from_) {
    std::memcpy(seen_.data() + differs_from_, durable_.data() + differs_from_, index(to - differs_from_));
  }
  lost_ = false;
  differs_from_ = differs_to_ = 0;
}

bool FileImage::flip(std::int64_t at, int bit) {
  if (at >= std::min(size(), durable_size()) || (at >= differs_from_ && at < differs_to_)) return false;
  durable_[index(at)] ^= std::byte{1} << bit;
  seen_[index(at)] = durable_[index(at)];
  return true;
}

void FileImage::load(std::vector<std::byte> content) {
  seen_ = content;
  durable_ = std::move(content);
  pending_.clear();
  data_.clear();
  lost_ = false;
  differs_from_ = differs_to_ = 0;
}

}  // namespace sim
