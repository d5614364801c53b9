#pragma once

#include <optional>
#include <string>

#include "relay/config/document.hpp"

namespace firmware {

/// What edge-relayd was asked to do.
struct CommandLine {
  std::string settings_file = "/etc/edge-relay/relay.toml";
  std::optional<int> exit_status;  ///< Set when there is nothing (more) to do: help, version, a check, an error.
  std::optional<relay::config::Document> document;  ///< Else the settings to run with.
};

/// Reads the arguments and the settings file; answers --help, --version, --check-config, --print-config, --print-docs
/// and
/// --print-sample itself.
[[nodiscard]] CommandLine read_command_line(int argc, char** argv);

}  // namespace firmware
