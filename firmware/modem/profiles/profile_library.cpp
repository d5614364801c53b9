#include "firmware/modem/profiles/profile_library.hpp"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "firmware/modem/profiles/profile_file.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/secret.hpp"

namespace modem {
namespace {

constexpr std::size_t max_file = 64UL * 1024;
constexpr std::string_view generic = "generic";

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool matches_exactly(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches_exactly(pattern.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  return !text.empty() && same_letter(pattern.front(), text.front()) &&
         matches_exactly(pattern.substr(1), text.substr(1));
}

/// How much of the text the best of the patterns spells out; below 0: none matches. No pattern at all says nothing.
int weight_of(const std::vector<std::string>& patterns, const std::string& text) {
  int best = patterns.empty() ? 0 : -1;
  for (const auto& pattern : patterns) {
    const auto spelled = static_cast<int>(pattern.size()) - static_cast<int>(std::ranges::count(pattern, '*'));
    if (matches(pattern, text)) best = std::max(best, spelled);
  }
  return best;
}

/// Below 1: it is not for this modem, as far as its own words tell.
int weight_of(const Profile& profile, const ModemIdentity& identity) {
  const int manufacturer = weight_of(profile.manufacturers, identity.manufacturer);
  const int model = weight_of(profile.models, identity.model);
  return manufacturer < 0 || model < 0 ? 0 : manufacturer + 2 * model;
}

void put(std::vector<Profile>& profiles, Profile profile) {
  const auto place = std::ranges::lower_bound(profiles, profile.name, {}, &Profile::name);
  if (place != profiles.end() && place->name == profile.name) {
    *place = std::move(profile);
  } else {
    profiles.insert(place, std::move(profile));
  }
}

/// Read once: each modem of a pool has a library.
const std::vector<Profile>& shipped_profiles() {
  static const std::vector<Profile> profiles = [] {
    std::vector<Profile> read;
    for (const auto& [file, text] : shipped_profile_files()) {
      auto profile = read_profile(text, std::string{file});
      assert(profile);  // profile_library_test reads each of them
      if (profile) put(read, std::move(*profile));
    }
    return read;
  }();
  return profiles;
}

relay::Result<std::vector<std::string>> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
    if (entries->path().extension() == ".toml") files.push_back(entries->path().string());
  }
  if (error) {
    return relay::fail(relay::ErrorCode::io, relay::concat("cannot read ", directory, ": ", error.message()));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  constexpr std::size_t longest = 64;  // What is compared of an answer that a broken modem made endless.
  return matches_exactly(pattern, text.substr(0, longest));
}

ProfileLibrary::ProfileLibrary() : profiles_(shipped_profiles()) {}

relay::Result<ProfileLibrary> ProfileLibrary::load(const std::string& directory) {
  ProfileLibrary library;
  if (directory.empty()) return library;
  const auto files = files_in(directory);
  if (!files) return std::unexpected(files.error());
  for (const auto& file : *files) {
    const auto read = relay::config::read_file(file, max_file);
    if (!read) return relay::fail(relay::ErrorCode::io, relay::concat(file, ": ", read.error()));
    auto profile = read_profile(read->text, file);
    if (!profile) return std::unexpected(profile.error());
    put(library.profiles_, std::move(*profile));
  }
  return library;
}

ProfileLibrary ProfileLibrary::of(std::vector<Profile> own) {
  ProfileLibrary library;
  for (auto& profile : own) put(library.profiles_, std::move(profile));
  return library;
}

const Profile* ProfileLibrary::find(std::string_view name) const {
  const auto found = std::ranges::find(profiles_, name, &Profile::name);
  return found == profiles_.end() ? nullptr : &*found;
}

const Profile& ProfileLibrary::choose(const ModemIdentity& identity) const {
  const Profile* best = nullptr;
  int weight = 0;
  for (const Profile& profile : profiles_) {
    const int its = weight_of(profile, identity);
    if (its > weight) best = &profile, weight = its;
  }
  if (best != nullptr) return *best;
  const auto by_usb = std::ranges::find_if(profiles_, [&](const Profile& profile) {
    return std::ranges::find(profile.usb_ids, identity.usb_id) != profile.usb_ids.end();
  });
  return by_usb != profiles_.end() ? *by_usb : *find(generic);
}

}  // namespace modem
