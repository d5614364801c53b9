#include "tools/modem-sim/model/storage.hpp"

#include <utility>

namespace modem_sim {

std::optional<int> MessageStore::add(StoredMessage message) {
  if (used() >= capacity_) return std::nullopt;
  int place = 1;
  for (const auto& [taken, stored] : places_) {
    if (taken != place) break;
    ++place;
  }
  places_.emplace(place, std::move(message));
  return place;
}

StoredMessage* MessageStore::find(int place) {
  const auto found = places_.find(place);
  return found == places_.end() ? nullptr : &found->second;
}

MessageStore* Storage::named(std::string_view name) {
  for (auto& store : stores_) {
    if (store.name() == name) return &store;
  }
  return nullptr;
}

bool Storage::select(Role role, std::string_view name) {
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    if (stores_[i].name() != name) continue;
    selected_[role] = i;
    return true;
  }
  return false;
}

}  // namespace modem_sim
