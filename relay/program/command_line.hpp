#pragma once

#include <optional>
#include <string>

#include "relay/config/document.hpp"
#include "relay/program/program.hpp"

namespace relay::program {

/// What a daemon was asked to do.
struct CommandLine {
  std::string settings_file;
  std::optional<int> exit_status;  ///< Set when there is nothing (more) to do: help, version, a check, an error.
  std::optional<config::Document> document;  ///< Else the settings to run with.
};

/// Reads the arguments and the settings file; answers --help, --version, --check-config, --print-config, --print-docs
/// and --print-sample itself.
[[nodiscard]] CommandLine read_command_line(const Program& program, int argc, char** argv);

}  // namespace relay::program
