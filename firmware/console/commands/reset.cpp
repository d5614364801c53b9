// Back to the state in which the box left the factory.

#include <algorithm>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/config_desk.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/outbox_look.hpp"
#include "firmware/console/settings_text.hpp"
#include "firmware/reset/factory_reset.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/tree.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis restart_patience{60'000};

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

void add_files(std::vector<std::string>& paths, const std::string& folder, std::string_view beginning) {
  for (const auto& name : Host::files_in(folder)) {
    if (name.starts_with(beginning)) paths.push_back(folder + name);
  }
}

/// The certificate that the box shows and its key.
void add_certificate(std::vector<std::string>& paths, const relay::config::Node& root) {
  for (const auto& table : *root.members()) {
    if (table.name != "listen" || table.members() == nullptr) continue;
    for (const auto& setting : *table.members()) {
      const auto* path = std::get_if<std::string>(&setting.value);
      if (path != nullptr && (setting.name == "tls_certificate_file" || setting.name == "tls_key_file"))
        paths.push_back(*path);
    }
  }
}

/// All that the box has become since it left the factory.
Result<reset::Plan> plan_of(Context& context) {
  const auto& places = context.host.places();
  reset::Plan plan{.by = context.who.text(), .remove = {}, .replace = {places.settings, places.store()}};
  const std::string outbox_name = places.outbox.substr(places.outbox.rfind('/') + 1);
  add_files(plan.remove, folder_of(places.outbox), outbox_name);
  // Those too that are not there now: the daemon still runs.
  for (const char* ending : {"-wal", "-shm", "-journal", ".suspect"}) plan.remove.push_back(places.outbox + ending);
  add_files(plan.remove, places.data + "/", "support-");
  plan.remove.push_back(places.store() + "-journal");
  plan.remove.push_back(places.settings + ".candidate");
  const auto settings = Host::read_file(places.settings);
  const auto root = settings ? relay::config::parse_toml(*settings, places.settings)
                             : Result<relay::config::Node>(std::unexpected(settings.error()));
  const auto secrets = settings ? secret_files_in(*settings, places.settings)
                                : Result<std::vector<std::string>>(std::unexpected(settings.error()));
  if (!root || !secrets) {
    return fail(ErrorCode::invalid_argument, concat("which files hold secrets cannot be told: ",
                                                    root ? secrets.error().message : root.error().message,
                                                    "; put that right first, or config rollback"));
  }
  add_certificate(plan.remove, *root);
  plan.remove.insert(plan.remove.end(), secrets->begin(), secrets->end());
  std::erase_if(plan.remove, [](const std::string& path) { return !path.starts_with('/'); });
  return plan;
}

std::string messages_text(Context& context) {
  const auto queue = OutboxLook(context.host.places().outbox).queue();
  if (!queue) return "all messages";
  std::int64_t waiting = 0;
  for (const char* state : {"queued", "sending"}) {
    const auto by_class = (*queue)["queue"].value(state, nlohmann::ordered_json::object());
    for (const auto& count : by_class) waiting += count.get<std::int64_t>();
  }
  return concat("all messages with their records, ", waiting, " of them not sent yet");
}

std::string what_it_means(Context& context, const reset::Plan& plan) {
  std::string text = concat(
      "This makes the box what it was when it left the factory.\n"
      "Lost:  ",
      messages_text(context),
      ";\n"
      "       the applications' keys, the settings, the providers' secrets, the certificate,\n"
      "       the users, the audit log, the bond with the bridge. Applications need new keys and\n"
      "       the new fingerprint.\n"
      "Stays: the programs, the serial number, the label's password, the system's own log and network.\n"
      "Files that go:\n");
  for (const auto& path : plan.remove) {
    if (Host::file_size(path)) text += "  " + path + "\n";
  }
  return text;
}

/// The new files lie beside the old ones; nothing of the box is changed yet.
Result<void> lay_out(Context& context) {
  const auto& places = context.host.places();
  const auto defaults = Host::read_file(places.defaults);
  if (!defaults) return fail(defaults.error().code, "no settings of a new box: " + defaults.error().message);
  const std::string store = reset::successor_of(places.store());
  if (auto made = context.store.make_as_new(store); !made) return made;
  const auto content = Host::read_file(store);
  if (!content) return std::unexpected(content.error());
  // Ordered by root it must be the console's file all the same.
  if (auto owned = Host::replace_file(store, *content, places.store()); !owned) return owned;
  return Host::replace_file(reset::successor_of(places.settings), *defaults, places.settings);
}

Task<Result<Answer>> reset_to_factory(Context& context, Arguments) {
  const auto plan = plan_of(context);
  if (!plan) co_return std::unexpected(plan.error());
  if (const auto foreign = reset::out_of_reach(*plan); !foreign.empty()) {
    co_return fail(ErrorCode::unavailable,
                   concat("this user may not change ", foreign.front(), "; as root: relayctl factory-reset"));
  }
  const std::string word = Host::serial().empty() ? "RESET" : Host::serial();
  co_await context.stage.say(what_it_means(context, *plan));
  const auto typed = co_await context.stage.ask(
      concat("To go on type ", Host::serial().empty() ? "" : "the serial number, ", word, ": "));
  if (!typed) co_return std::unexpected(typed.error());
  if (*typed != word) co_return fail(ErrorCode::cancelled, "that was not it; nothing was changed");
  if (const auto laid_out = lay_out(context); !laid_out) co_return std::unexpected(laid_out.error());
  const auto& settings = context.host.places().settings;
  if (const auto ordered = reset::order(settings, *plan); !ordered) co_return std::unexpected(ordered.error());
  context.stage.log_out();
  co_await context.stage.say("Begun; from now on a power cut does not stop it. The daemon ends it as it starts.\n");
  auto restarted = co_await restart_daemon(context.daemon, context.host, restart_patience);
  const auto followed = context.store.follow_file();
  if (reset::is_ordered(settings)) {
    co_return fail(ErrorCode::unavailable, concat("it ends when edge-relayd starts next: ",
                                                  restarted ? "see show log" : restarted.error().message));
  }
  if (!followed) co_return std::unexpected(followed.error());
  co_return Answer{.text = "Done. Log in as admin with the label's password.\n"};
}

}  // namespace

void add_reset_commands(std::vector<Command>& all) {
  all.push_back({"factory-reset",
                 Role::admin,
                 "Erase all that is this site's (asks for the serial number).",
                 {},
                 reset_to_factory});
}

}  // namespace firmware::console
