#pragma once

#include <string>

namespace CLI {
class App;
}

namespace bridge::ctl {

/// What one command asks of the bridge's admin API.
struct Order {
  std::string method;  ///< Empty: no command was given.
  std::string path;    ///< Behind /v1/admin, percent-encoded.
  std::string body;    ///< JSON, or empty.
};

/// What the commands' arguments are read into. Outlives the parsing.
struct Arguments {
  std::string tenant, name, kind, value, scope, secret_file, file;
  bool demo = false;
};

/// Declares every command; parsing fills `order`. Errors of a command are thrown as CLI11's.
void declare_commands(CLI::App& app, Arguments& arguments, Order& order);

}  // namespace bridge::ctl
