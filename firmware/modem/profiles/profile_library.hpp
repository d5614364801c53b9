#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/modem/profiles/profile.hpp"
#include "relay/base/result.hpp"

namespace modem {

/// What a modem says of itself, as far as it is known yet.
struct ModemIdentity {
  std::string manufacturer;  ///< +CGMI
  std::string model;         ///< +CGMM
  std::string usb_id;        ///< "1e0e:9001"; empty: a UART, or not known
};

/// All profiles that this box knows: the shipped ones, which are part of the program, and an operator's own, which
/// replace those of the same name. Immutable. There is always one called "generic".
class ProfileLibrary {
 public:
  /// The shipped profiles alone.
  ProfileLibrary();
  /// With the *.toml files of `directory` (empty or absent: none). Errors: what read_profile() says of the first bad
  /// one.
  [[nodiscard]] static relay::Result<ProfileLibrary> load(const std::string& directory);

  /// The shipped ones and `own`, which replace those of the same name.
  [[nodiscard]] static ProfileLibrary of(std::vector<Profile> own);

  /// By identity (the most specific pattern), else by USB id, else "generic".
  [[nodiscard]] const Profile& choose(const ModemIdentity& identity) const;
  [[nodiscard]] const Profile* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Profile>& all() const { return profiles_; }

 private:
  std::vector<Profile> profiles_;  ///< By name.
};

/// File name and text of each shipped profile; made of the *.toml files beside this by the build.
[[nodiscard]] std::span<const std::pair<std::string_view, std::string_view>> shipped_profile_files();

/// `*` in the pattern stands for any characters, case does not count, blanks around the text neither.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

}  // namespace modem
