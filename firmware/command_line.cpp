#include "firmware/command_line.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "firmware/settings.hpp"
#include "relay/config/render.hpp"

namespace firmware {
namespace {

constexpr int exit_settings = 2;

struct Wanted {
  bool check = false;
  bool print = false;
  bool docs = false;
  bool sample = false;
};

/// What the tables alone cannot check: that the chain names providers that exist, and that addresses can be read.
relay::Result<relay::config::Document> load(const std::string& file) {
  auto document = relay::config::Document::load(file, settings_tables());
  if (!document) return document;
  if (auto chain = read_chain(*document); !chain)
    return std::unexpected(relay::Error{chain.error().code, file + ": " + chain.error().message});
  if (auto listen = read_listen(*document); !listen)
    return std::unexpected(relay::Error{listen.error().code, file + ": " + listen.error().message});
  return document;
}

}  // namespace

CommandLine read_command_line(int argc, char** argv) {
  CommandLine command;
  Wanted wanted;
  CLI::App app{"Edge Relay: gets a message out when everything else is down.", "edge-relayd"};
  app.set_version_flag("--version", "edge-relayd " EDGE_RELAY_VERSION);
  app.add_option("--config", command.settings_file, "The settings file")->capture_default_str();
  app.add_flag("--check-config", wanted.check, "Check the settings file and exit");
  app.add_flag("--print-config", wanted.print, "Print the settings in effect, secrets masked, and exit");
  app.add_flag("--print-docs", wanted.docs, "Print docs/settings.md and exit");
  app.add_flag("--print-sample", wanted.sample, "Print a settings file with everything explained and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    command.exit_status = app.exit(error);
    return command;
  }
  if (wanted.docs || wanted.sample) {
    std::cout << (wanted.docs ? relay::config::generate_docs(settings_tables())
                              : relay::config::generate_sample(settings_tables()));
    command.exit_status = 0;
    return command;
  }
  auto document = load(command.settings_file);
  if (!document) {
    std::cerr << document.error().message << "\n";
    command.exit_status = exit_settings;
    return command;
  }
  if (wanted.print) std::cout << relay::config::print(*document);
  if (wanted.check) std::cout << command.settings_file << ": the settings are good\n";
  if (wanted.print || wanted.check) command.exit_status = 0;
  command.document = std::move(*document);
  return command;
}

}  // namespace firmware
