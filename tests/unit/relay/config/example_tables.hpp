#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "relay/config/document.hpp"

/// Tables as modules write them, one setting of each type.
namespace example {

using relay::config::Setting;
using relay::config::Table;
using relay::config::Type;

inline constexpr std::array listen_settings{
    Setting{.name = "address", .type = Type::text, .default_value = "127.0.0.1", .text = "Where to listen."},
    Setting{
        .name = "port", .type = Type::integer, .default_value = "8080", .text = "TCP port.", .min = 1, .max = 65535},
    Setting{.name = "plain_http", .type = Type::boolean, .default_value = "false", .text = "Answer without TLS."},
    Setting{.name = "header_timeout",
            .type = Type::duration,
            .default_value = "10s",
            .text = "Time for the header.",
            .min = 100,
            .max = 60'000,
            .reloadable = true},
    Setting{.name = "max_body",
            .type = Type::bytes,
            .default_value = "64KiB",
            .text = "Largest body.",
            .min = 1024,
            .max = 1048576},
    Setting{.name = "weight", .type = Type::number, .default_value = "0.5", .text = "A share.", .min = 0, .max = 1},
    Setting{.name = "level",
            .type = Type::text,
            .default_value = "info",
            .text = "A choice.",
            .reloadable = true,
            .choices = "debug|info|error"},
    Setting{.name = "hosts",
            .type = Type::list,
            .default_value = "localhost, relay",
            .text = "Names of this box.",
            .max = 4},
    Setting{.name = "note", .type = Type::text, .text = "A note with no default.", .max = 8},
};
inline constexpr Table listen{.path = "listen", .kind = "", .text = "The LAN side.", .settings = listen_settings};

inline constexpr std::array twilio_settings{
    Setting{.name = "account_sid", .type = Type::text, .text = "The account.", .required = true},
    Setting{.name = "auth_token", .type = Type::secret, .text = "Its token.", .min = 4, .required = true},
};
inline constexpr Table twilio{.path = "providers.*", .kind = "twilio", .text = "Twilio.", .settings = twilio_settings};

inline constexpr std::array console_settings{
    Setting{.name = "prefix", .type = Type::text, .default_value = "> ", .text = "Printed before each message."},
};
inline constexpr Table console{
    .path = "providers.*", .kind = "console", .text = "Prints messages.", .settings = console_settings};

inline constexpr std::array<const Table*, 3> tables{&listen, &twilio, &console};

/// An environment of its own, so that tests do not meet in the process's.
inline relay::config::Environment environment(std::map<std::string, std::string> variables = {}) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

inline relay::Result<relay::config::Document> parse(std::string_view text,
                                                    std::map<std::string, std::string> variables = {}) {
  return relay::config::Document::parse(text, "relay.toml", tables, environment(std::move(variables)));
}

}  // namespace example
