#include "relay/program/command_line.hpp"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "relay/config/render.hpp"

namespace relay::program {
namespace {

constexpr int exit_settings = 2;

struct Wanted {
  bool check = false;
  bool print = false;
  bool docs = false;
  bool sample = false;
};

Result<config::Document> load(const Program& program, const std::string& file) {
  auto document = config::Document::load(file, program.tables);
  if (!document) return document;
  if (auto good = program.check(*document); !good)
    return std::unexpected(Error{good.error().code, file + ": " + good.error().message});
  return document;
}

}  // namespace

CommandLine read_command_line(const Program& program, int argc, char** argv) {
  CommandLine command;
  command.settings_file = program.settings_file;
  Wanted wanted;
  CLI::App app{program.description, program.name};
  app.set_version_flag("--version", program.name + " " + program.version);
  app.add_option("--config", command.settings_file, "The settings file")->capture_default_str();
  app.add_flag("--check-config", wanted.check, "Check the settings file and exit");
  app.add_flag("--print-config", wanted.print, "Print the settings in effect, secrets masked, and exit");
  app.add_flag("--print-docs", wanted.docs, "Print the documentation of all settings and exit");
  app.add_flag("--print-sample", wanted.sample, "Print a settings file with everything explained and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    command.exit_status = app.exit(error);
    return command;
  }
  if (wanted.docs || wanted.sample) {
    std::cout << (wanted.docs ? config::generate_docs(program.tables, program.settings_file)
                              : config::generate_sample(program.tables));
    command.exit_status = 0;
    return command;
  }
  const bool runs = !wanted.check && !wanted.print;
  if (runs && program.prepare) {
    if (const auto prepared = program.prepare(command.settings_file); !prepared) {
      std::cerr << prepared.error().message << "\n";
      command.exit_status = exit_settings;
      return command;
    }
  }
  auto document = load(program, command.settings_file);
  if (!document) {
    std::cerr << document.error().message << "\n";
    command.exit_status = exit_settings;
    return command;
  }
  if (wanted.print) std::cout << config::print(*document);
  if (wanted.check) std::cout << command.settings_file << ": the settings are good\n";
  if (!runs) command.exit_status = 0;
  command.document = std::move(*document);
  return command;
}

}  // namespace relay::program
