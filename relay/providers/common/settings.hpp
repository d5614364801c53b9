#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// Settings that the tables of all providers share, and how they are read.
namespace relay::providers {

/// What differs between the kinds.
struct CommonDefaults {
  std::string_view max_in_flight;
  std::string_view rate_per_second;
  std::string_view receipt_window;
};

[[nodiscard]] constexpr std::array<config::Setting, 4> common_settings(CommonDefaults defaults) {
  using config::Type;
  return {{
      {.name = "max_in_flight",
       .type = Type::integer,
       .default_value = defaults.max_in_flight,
       .text = "Attempts under way at a time.",
       .min = 1,
       .max = 64},
      {.name = "rate_per_second",
       .type = Type::number,
       .default_value = defaults.rate_per_second,
       .text = "Attempts started in a second at most; 0 is no limit.",
       .min = 0,
       .max = 1000},
      {.name = "receipt_window",
       .type = Type::duration,
       .default_value = defaults.receipt_window,
       .text = "How long after acceptance a delivery receipt is awaited before the message ends as unconfirmed; 0s: "
               "none will come.",
       .min = 0,
       .max = 7LL * 24 * 3600 * 1000},
      {.name = "repeat_prefix",
       .type = Type::text,
       .default_value = "[repeat] ",
       .text = "Put before the text of an alarm that may have arrived already.",
       .min = 0,
       .max = 40},
  }};
}

/// For providers behind HTTP; `base_url` differs and stands in their own tables.
[[nodiscard]] constexpr std::array<config::Setting, 3> http_settings() {
  using config::Type;
  return {{
      {.name = "ca_file",
       .type = Type::text,
       .text =
           "PEM file of the certificate authorities to trust instead of the system's; checks are never switched off."},
      {.name = "connect_to",
       .type = Type::list,
       .text = "Where to connect instead: \"HOST:PORT:CONNECT-HOST:CONNECT-PORT\", host name and certificate still "
               "being checked."},
      {.name = "connect_timeout",
       .type = Type::duration,
       .default_value = "5s",
       .text = "Time for name look-up, connection and TLS together, within the attempt's own time.",
       .min = 100,
       .max = 60'000},
  }};
}

[[nodiscard]] http::ClientOptions client_options(const config::Section& section);

/// `kind` must be a literal's text. Reads the common settings; the rest of the traits is the provider's own business.
[[nodiscard]] Traits traits_of(const config::Section& section, std::string_view kind);

/// An Error that names the table: "[providers.NAME] sentence".
[[nodiscard]] std::unexpected<Error> bad_setting(const config::Section& section, std::string_view sentence);

/// base_url without a trailing slash. It must be https; plain http only to this machine itself, because credentials go
/// there.
[[nodiscard]] Result<std::string> base_url(const config::Section& section, std::string default_url);

}  // namespace relay::providers
