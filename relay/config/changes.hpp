#pragma once

#include <string>
#include <vector>

#include "relay/config/document.hpp"

namespace relay::config {

/// One difference between the settings in effect and those of a new file. Holds no values: they may be secrets.
struct Change {
  std::string table;    ///< "listen", "providers.twilio-main"
  std::string setting;  ///< Empty when the whole table came, went, or is of another kind.
  bool reloadable = false;

  bool operator==(const Change&) const = default;
};

/// What differs, in the order of the new document; tables that went come last. Two documents of the same tables.
[[nodiscard]] std::vector<Change> changes(const Document& before, const Document& after);

}  // namespace relay::config
