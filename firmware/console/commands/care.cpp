// Taking care of the box: self-test, support, restart.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/condition.hpp"
#include "firmware/console/config_desk.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/file_transfer.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/printable.hpp"
#include "firmware/console/self_test.hpp"
#include "firmware/console/settings_text.hpp"
#include "firmware/console/support_text.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

constexpr relay::Millis restart_patience{30'000};
constexpr int bundle_log_lines = 500;
constexpr int bundle_audit_entries = 200;

Task<Result<Answer>> self_test(Context& context, Arguments arguments) {
  const bool full = arguments.has("full");
  auto checks = co_await run_self_test(context, full);
  Answer answer{.text = commissioning_report(checks, context, full)};
  answer.data["checks"] = ordered_json::array();
  for (const auto& check : checks) {
    answer.data["checks"].push_back({{"verdict", name_of(check.verdict)},
                                     {"subject", check.subject},
                                     {"found", check.found},
                                     {"next", check.remedy}});
  }
  co_return answer;
}

// --- support bundle

void add_part(std::string& bundle, std::string_view title, const std::string& text) {
  bundle += concat("\n===== ", title, " =====\n", text, text.ends_with('\n') ? "" : "\n");
}

Task<std::string> said_by(Context& context, std::string line) {
  const auto words = split_words(line);
  const auto invocation = context.table.read(*words);
  if (!invocation) co_return invocation.error().message;
  auto answer = co_await invocation->command->run(context, invocation->arguments);
  co_return answer ? answer->text : answer.error().message;
}

Task<std::string> make_bundle(Context& context) {
  std::string bundle = concat("Edge Relay support bundle, ", relay::format_rfc3339(context.runtime.clock.wall()), "\n",
                              "Numbers are masked, texts of messages and secrets are not in it.\n");
  for (const char* line :
       {"show version", "show status", "show alarms", "show queue", "show providers", "show breakers", "show modem",
        "show network", "show clock", "show storage", "selftest", "config revisions"}) {
    const std::string said = co_await said_by(context, line);
    add_part(bundle, line, said);
  }
  const auto settings = Host::read_file(context.host.places().settings);
  add_part(bundle, "settings", settings ? with_secrets_masked(*settings) : settings.error().message);
  auto lines = co_await context.host.log_lines(bundle_log_lines);
  std::string log = lines ? "" : lines.error().message;
  if (lines) {
    for (const auto& line : *lines) log += line + "\n";
  }
  add_part(bundle, "log", log);
  const std::string audit = co_await said_by(context, concat("show audit ", bundle_audit_entries));
  add_part(bundle, "audit", audit);
  co_return with_numbers_masked(printable_lines(bundle));
}

Task<Result<Answer>> support_bundle(Context& context, Arguments arguments) {
  std::string bundle = co_await make_bundle(context);
  const std::string how = arguments.text("how");
  if (how == "print") co_return Answer{.text = bundle, .data = {{"bundle", bundle}}};
  std::string stamp = relay::format_rfc3339(context.runtime.clock.wall()).substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const std::string name = concat("support-", stamp, ".txt");
  if (!how.empty()) co_return co_await send_text(context, name, std::move(bundle), how);
  const std::string path = concat(context.host.places().data, "/", name);
  if (const auto written = Host::replace_file(path, bundle); !written) co_return std::unexpected(written.error());
  co_return Answer{.text = concat(path, ", ", bytes_text(static_cast<std::int64_t>(bundle.size())),
                                  ". support-bundle print shows it here, to be captured.\n"),
                   .data = {{"path", path}, {"bytes", bundle.size()}}};
}

// --- restart, reboot

Task<Result<Answer>> restart(Context& context, Arguments) {
  co_await context.stage.say("Restarting edge-relayd; messages under way are settled afterwards.\n");
  auto restarted = co_await restart_daemon(context.daemon, context.host, restart_patience);
  if (!restarted) co_return std::unexpected(restarted.error());
  const Condition condition = co_await look_at(context.daemon);
  co_return Answer{.text = "State: " + condition.line + "\n", .data = {{"state", condition.line}}};
}

Task<Result<Answer>> reboot(Context& context, Arguments) {
  const auto sure = co_await context.stage.confirm("Reboot this box? Messages wait until it is back.");
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return fail(ErrorCode::cancelled, "nothing was done");
  auto asked = co_await run_program(context.runtime, {"systemctl", "reboot"});
  if (!asked) co_return std::unexpected(asked.error());
  if (asked->status != 0) {
    co_return fail(ErrorCode::unavailable,
                   "the service manager refused (" + printable(asked->output) +
                       "); this user may reboot only where the package's polkit rule is in force");
  }
  co_return Answer{.text = "The box reboots now.\n"};
}

constexpr std::array self_test_parameters{Parameter{
    .kind = Kind::flag, .name = "full", .help = "Also the whole outbox, DNS and the providers' certificates."}};
constexpr std::array bundle_parameters{Parameter{.name = "how",
                                                 .help = "Show it here, or send it over this line; else it is a file.",
                                                 .choices = "print|zmodem|ymodem"}};
}  // namespace

void add_care_commands(std::vector<Command>& all) {
  all.insert(all.end(), {{"selftest", Role::tech, "Look at everything; sends nothing. A report to print.",
                          self_test_parameters, self_test},
                         {"support-bundle", Role::tech, "All that support needs, numbers masked.", bundle_parameters,
                          support_bundle},
                         {"restart", Role::tech, "End the daemon and start it again.", {}, restart},
                         {"reboot", Role::tech, "Reboot the box (asks first).", {}, reboot}});
}

std::vector<Command> all_commands() {
  std::vector<Command> all;
  add_show_commands(all);
  add_box_commands(all);
  add_queue_commands(all);
  add_config_commands(all);
  add_user_commands(all);
  add_key_commands(all);
  add_modem_commands(all);
  add_care_commands(all);
  add_reset_commands(all);
  add_update_commands(all);
  return all;
}

}  // namespace firmware::console
