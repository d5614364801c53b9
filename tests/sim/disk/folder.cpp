#include "tests/sim/disk/folder.hpp"

#include <algorithm>

namespace sim {

Folder::File Folder::find(const std::string& name) const {
  const auto it = seen_.find(name);
  return it == seen_.end() ? nullptr : it->second;
}

Folder::File Folder::create(std::uint64_t sequence, const std::string& name) {
  auto file = std::make_shared<FileImage>();
  seen_[name] = file;
  pending_.push_back({sequence, name, file});
  return file;
}

void Folder::remove(std::uint64_t sequence, const std::string& name) {
  seen_.erase(name);
  pending_.push_back({sequence, name, nullptr});
}

void Folder::rename(const std::string& from, const std::string& to) {
  const File file = find(from);
  sync();
  for (auto* names : {&seen_, &durable_}) {
    names->erase(from);
    (*names)[to] = file;
  }
}

void Folder::apply(const Change& change) {
  if (change.file) {
    durable_[change.name] = change.file;
  } else {
    durable_.erase(change.name);
  }
}

void Folder::sync_entry_of(const File& file) {
  const auto own = std::ranges::find(pending_, file, &Change::file);
  if (own == pending_.end()) return;
  const std::string name = own->name;
  const std::uint64_t last = own->sequence;
  std::erase_if(pending_, [&](const Change& change) {
    const bool applies = change.name == name && change.sequence <= last;
    if (applies) apply(change);
    return applies;
  });
}

void Folder::sync() {
  for (const Change& change : pending_) apply(change);
  pending_.clear();
}

std::uint64_t Folder::oldest_pending(std::uint64_t none) const {
  std::uint64_t oldest = pending_.empty() ? none : pending_.front().sequence;
  for (const auto& [name, file] : seen_) oldest = std::min(oldest, file->oldest_pending(none));
  return oldest;
}

int Folder::cut(const FileImage::Kept& kept) {
  for (const Change& change : pending_) {
    if (kept(change.sequence, 0)) apply(change);
  }
  pending_.clear();
  const auto before = std::move(seen_);
  seen_ = durable_;
  for (const auto& [name, file] : seen_) file->cut(kept);
  return static_cast<int>(
      std::ranges::count_if(before, [this](const auto& was) { return !seen_.contains(was.first); }));
}

void Folder::load(const std::map<std::string, std::vector<std::byte>>& contents) {
  seen_.clear();
  pending_.clear();
  for (const auto& [name, content] : contents) {
    auto file = std::make_shared<FileImage>();
    file->load(content);
    seen_[name] = std::move(file);
  }
  durable_ = seen_;
}

}  // namespace sim
