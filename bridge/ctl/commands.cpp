#include "bridge/ctl/commands.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "relay/base/ascii.hpp"
#include "relay/base/concat.hpp"
#include "relay/http/server.hpp"

namespace bridge::ctl {
namespace {

using nlohmann::json;
using relay::concat;
using relay::http::percent_encode;

/// From a file or, named "-", from standard input: never from the command line, where every process could see it.
std::string read_secret(const std::string& file) {
  std::string text;
  if (file == "-") {
    std::getline(std::cin, text);
  } else {
    std::ifstream in(file);
    if (!in) throw CLI::ValidationError("--secret-file", "cannot be read: " + file);
    std::getline(in, text);
  }
  return std::string{relay::trimmed(text, " \t\r\n")};
}

/// Whole.
std::string read_all(const std::string& file) {
  const auto rest_of = [](std::istream& in) {
    return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  };
  if (file == "-") return rest_of(std::cin);
  std::ifstream in(file);
  if (!in) throw CLI::ValidationError("--file", "cannot be read: " + file);
  return rest_of(in);
}

class Commands {
 public:
  Commands(Arguments& arguments, Order& order) : a_(arguments), order_(order) {}

  void tenants(CLI::App& app) {
    auto* group = app.add_subcommand("tenant", "Customers of the bridge")->require_subcommand(1);
    auto* add = command(group, "add", "A new tenant",
                        [this] { set("POST", "/tenants", {{"name", a_.tenant}, {"demo", a_.demo}}); });
    tenant(add);
    add->add_flag("--demo", a_.demo, "Its provider is simulated");
    command(group, "list", "All tenants", [this] { set("GET", "/tenants"); });
    tenant(command(group, "rotate-key", "A new data key; every secret is sealed anew",
                   [this] { set("POST", of_tenant("/rotate-key")); }));
  }

  void boxes(CLI::App& app) {
    auto* group = app.add_subcommand("box", "Appliances")->require_subcommand(1);
    named(command(group, "invite", "A new box, or a new enrolment code for one; the code is shown once",
                  [this] { set("POST", of_tenant("/boxes"), {{"name", a_.name}}); }));
    tenant(
        command(group, "list", "Boxes of a tenant, and which are silent", [this] { set("GET", of_tenant("/boxes")); }));
    named(command(group, "revoke", "Ends a box's certificate at once",
                  [this] { set("POST", of_tenant("/boxes/" + percent_encode(a_.name) + "/revoke")); }));
    named(command(group, "remove", "Forgets a box that no route leads to",
                  [this] { set("DELETE", of_tenant("/boxes/" + percent_encode(a_.name))); }));
  }

  void credentials(CLI::App& app) {
    auto* group = app.add_subcommand("credential", "Providers' secrets, kept sealed")->require_subcommand(1);
    auto* put = account(command(group, "put", "Sets an account's secret", [this] {
      set("PUT", of_tenant("/credentials"),
          {{"kind", a_.kind}, {"account", a_.value}, {"secret", read_secret(a_.secret_file)}});
    }));
    put->add_option("--secret-file", a_.secret_file, "File with the secret; - for standard input")->required();
    tenant(command(group, "list", "Accounts of a tenant", [this] { set("GET", of_tenant("/credentials")); }));
    account(command(group, "remove", "Forgets an account's secret", [this] {
      set("DELETE", of_tenant(concat("/credentials/", percent_encode(a_.kind), "/", percent_encode(a_.value))));
    }));
  }

  void chains(CLI::App& app) {
    auto* group = app.add_subcommand("chain", "What the bridge sends a tenant's messages by")->require_subcommand(1);
    auto* put = tenant(command(group, "put", "Sets it: the tables [chain] and [providers.NAME] of a box's settings",
                               [this] { order_ = {"PUT", of_tenant("/chain"), read_all(a_.file)}; }));
    put->add_option("--file", a_.file, "TOML file; - for standard input")->required();
    tenant(
        command(group, "show", "The tenant's chain, without its secrets", [this] { set("GET", of_tenant("/chain")); }));
    tenant(command(group, "remove", "The bridge sends nothing more for the tenant",
                   [this] { set("DELETE", of_tenant("/chain")); }));
  }

  void routes(CLI::App& app) {
    auto* group = app.add_subcommand("route", "Which events go to which box")->require_subcommand(1);
    auto* put = command(group, "put", "number: to this box. topic: allowed, and this tenant's", [this] {
      set("PUT", of_tenant("/routes"), {{"kind", a_.kind}, {"value", a_.value}, {"box", a_.name}});
    });
    route(put)->add_option("box", a_.name, "The box; for a topic it may be left out");
    tenant(command(group, "list", "Routes of a tenant", [this] { set("GET", of_tenant("/routes")); }));
    route(command(group, "remove", "Removes a route", [this] {
      set("DELETE", of_tenant(concat("/routes?kind=", percent_encode(a_.kind), "&value=", percent_encode(a_.value))));
    }));
  }

  void tokens(CLI::App& app) {
    auto* group = app.add_subcommand("token", "Who may use the admin API")->require_subcommand(1);
    auto* add = command(group, "add", "A new token; it is shown once",
                        [this] { set("POST", tokens_path(), {{"name", a_.name}, {"scope", a_.scope}}); });
    add->add_option("name", a_.name, "Its name")->required();
    add->add_option("scope", a_.scope, "read, manage, or operate (without --tenant)")->required();
    optional_tenant(add);
    optional_tenant(command(group, "list", "Tokens", [this] { set("GET", tokens_path()); }));
    auto* remove = command(group, "remove", "Ends a token at once",
                           [this] { set("DELETE", tokens_path() + "/" + percent_encode(a_.name)); });
    remove->add_option("name", a_.name, "Its name")->required();
    optional_tenant(remove);
  }

  void history(CLI::App& app) {
    tenant(command(&app, "events", "The newest events of a tenant", [this] { set("GET", of_tenant("/events")); }));
    optional_tenant(command(&app, "audit", "Who changed what, newest first",
                            [this] { set("GET", a_.tenant.empty() ? "/audit" : of_tenant("/audit")); }));
  }

 private:
  template <class Run>
  CLI::App* command(CLI::App* group, const char* name, const char* text, Run run) {
    return group->add_subcommand(name, text)->callback(run);
  }
  CLI::App* tenant(CLI::App* command) {
    command->add_option("tenant", a_.tenant, "The tenant")->required();
    return command;
  }
  void optional_tenant(CLI::App* command) { command->add_option("--tenant", a_.tenant, "Of this tenant"); }
  void named(CLI::App* command) { tenant(command)->add_option("box", a_.name, "The box")->required(); }
  CLI::App* account(CLI::App* command) {
    tenant(command)->add_option("kind", a_.kind, "twilio")->required();
    command->add_option("account", a_.value, "The account's SID")->required();
    return command;
  }
  CLI::App* route(CLI::App* command) {
    tenant(command)->add_option("kind", a_.kind, "number or topic")->required();
    command->add_option("value", a_.value, "A number (+358...) or sender, or a topic's ARN")->required();
    return command;
  }
  [[nodiscard]] std::string of_tenant(const std::string& rest) const {
    return "/tenants/" + percent_encode(a_.tenant) + rest;
  }
  [[nodiscard]] std::string tokens_path() const { return a_.tenant.empty() ? "/tokens" : of_tenant("/tokens"); }
  void set(const char* method, std::string path, const json& body = {}) {
    order_ = {method, std::move(path), body.is_null() ? "" : body.dump()};
  }

  Arguments& a_;
  Order& order_;
};

}  // namespace

void declare_commands(CLI::App& app, Arguments& arguments, Order& order) {
  // The callbacks live as long as the app, and so must what they use.
  auto commands = std::make_shared<Commands>(arguments, order);
  commands->tenants(app);
  commands->boxes(app);
  commands->credentials(app);
  commands->chains(app);
  commands->routes(app);
  commands->tokens(app);
  commands->history(app);
  app.final_callback([commands] {});
}

}  // namespace bridge::ctl
