#pragma once

#include <cstdint>
#include <string>

#include "relay/base/result.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace relay::program {

/// Where a daemon's API listens.
struct ListenSettings {
  std::string host;
  std::uint16_t port = 0;
  std::string tls_certificate_file;  ///< Empty: plain HTTP.
  std::string tls_key_file;
};

/// Reads the settings `address`, `tls_certificate_file` and `tls_key_file` of a table; `table` is its name for
/// sentences. Errors: invalid_argument for an address that is not HOST:PORT, or one TLS file without the other.
[[nodiscard]] Result<ListenSettings> read_listen(const config::Section& section, const std::string& table);

}  // namespace relay::program
