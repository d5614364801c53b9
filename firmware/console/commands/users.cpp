// Who may log in, what was done, and the applications' keys.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/layout.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/http/server.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

constexpr std::int64_t most_parts = 1'000'000'000;

Task<Result<Answer>> show_users(Context& context, Arguments) {
  const auto users = context.store.users();
  if (!users) co_return std::unexpected(users.error());
  Answer answer;
  Table table({"USER", "ROLE", "PASSWORD", "SINCE"});
  answer.data["users"] = ordered_json::array();
  for (const auto& user : *users) {
    const std::string since = relay::format_rfc3339(user.created_at);
    table.add({user.name, std::string{name_of(user.role)}, user.must_change ? "must be changed" : "own",
               since.substr(0, 19)});
    answer.data["users"].push_back(
        {{"name", user.name}, {"role", name_of(user.role)}, {"must_change", user.must_change}, {"since", since}});
  }
  answer.text = table.empty() ? "Nobody may log in yet.\n" : table.text();
  co_return answer;
}

Task<Result<Answer>> show_audit(Context& context, Arguments arguments) {
  const auto entries = context.store.audited(static_cast<int>(arguments.number("entries", 30)));
  if (!entries) co_return std::unexpected(entries.error());
  Answer answer;
  Table table({"TIME", "WHERE", "USER", "WHAT", "OUTCOME"});
  answer.data["entries"] = ordered_json::array();
  for (const auto& entry : *entries) {
    const std::string at = relay::format_rfc3339(entry.at);
    table.add({at.substr(0, 19), entry.origin, entry.user, entry.action, entry.outcome});
    answer.data["entries"].push_back({{"at", at},
                                      {"origin", entry.origin},
                                      {"user", entry.user},
                                      {"action", entry.action},
                                      {"outcome", entry.outcome}});
  }
  answer.text = table.text();
  co_return answer;
}

/// Twice, so that nobody is locked out by a slip of the hand.
Task<Result<std::string>> ask_new_password(Context& context, std::string prompt) {
  auto first = co_await context.stage.ask_secret(prompt + ": ");
  if (!first) co_return first;
  auto second = co_await context.stage.ask_secret("once more: ");
  if (!second) co_return second;
  if (*first != *second) co_return fail(ErrorCode::invalid_argument, "these two differ; nothing was changed");
  co_return first;
}

Result<Answer> done(const Result<void>& result, std::string text) {
  if (!result) return std::unexpected(result.error());
  return Answer{.text = std::move(text)};
}

Task<Result<Answer>> add_user(Context& context, Arguments arguments) {
  auto password = co_await ask_new_password(context, "first password of " + arguments.text("name"));
  if (!password) co_return std::unexpected(password.error());
  const auto role = parse_role(arguments.text("role")).value_or(Role::view);
  co_return done(context.store.add_user(arguments.text("name"), role, *password, true),
                 arguments.text("name") + " may log in, and must then choose a password.\n");
}

Task<Result<Answer>> remove_user(Context& context, Arguments arguments) {
  co_return done(context.store.remove_user(arguments.text("name")), arguments.text("name") + " may log in no more.\n");
}

Task<Result<Answer>> forget_users(Context& context, Arguments) {
  const auto sure = co_await context.stage.confirm("All users go; admin comes back with the label's password. Sure?");
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return fail(ErrorCode::cancelled, "nothing was changed");
  co_return done(context.store.forget_users(), "Only admin may log in now, with the label's password.\n");
}

Task<Result<Answer>> change_password(Context& context, Arguments arguments) {
  const bool own = !arguments.has("name") || arguments.text("name") == context.who.name;
  if (!own && context.who.role != Role::admin)
    co_return fail(ErrorCode::conflict, "only an administrator sets somebody else's password");
  const std::string name = own ? context.who.name : arguments.text("name");
  auto password = co_await ask_new_password(context, "new password of " + name);
  if (!password) co_return std::unexpected(password.error());
  co_return done(context.store.set_password(name, *password, !own), "The password is changed.\n");
}

/// What the factory does: the password goes to the label printer, its digest into the box.
Task<Result<Answer>> set_label_password(Context& context, Arguments) {
  static constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";  // none that look alike on a label
  std::string password;
  for (int i = 0; i < 16; ++i) {
    if (i > 0 && i % 4 == 0) password += '-';
    password += letters[context.runtime.random.below(letters.size())];
  }
  if (const auto set = context.store.set_label_password(password); !set) co_return std::unexpected(set.error());
  const auto users = context.store.users();
  if (!users) co_return std::unexpected(users.error());
  if (users->empty()) {
    if (const auto made = context.store.forget_users(); !made) co_return std::unexpected(made.error());
  }
  co_return Answer{
      .text =
          "The label's password, shown this once. It is good for the first login as admin, and after user reset.\n" +
          password + "\n",
      .data = {{"password", password}}};
}

// --- keys

ordered_json limit_of(const Arguments& arguments, std::string_view name) {
  const auto limit = arguments.number(name, 0);
  return limit > 0 ? ordered_json(limit) : ordered_json(nullptr);
}

std::string key_path(const Arguments& arguments) {
  return "/v1/admin/keys/" + relay::http::percent_encode(arguments.text("name"));
}

Task<Result<Answer>> add_key(Context& context, Arguments arguments) {
  const std::string message_class = arguments.has("class") ? arguments.text("class") : "info";
  ordered_json wish{
      {"name", arguments.text("name")}, {"class", message_class}, {"weight", arguments.number("weight", 1)}};
  if (arguments.number("daily-limit", 0) > 0) wish["daily_limit"] = limit_of(arguments, "daily-limit");
  auto made = co_await context.daemon.call("POST", "/v1/admin/keys", std::move(wish));
  if (!made) co_return std::unexpected(made.error());
  // The key is the last line of the output, so that a script can take it.
  co_return Answer{.text = "Key of " + arguments.text("name") + ". It is shown this once; only its digest is kept.\n" +
                           text_of(*made, "key") + "\n",
                   .data = std::move(*made)};
}

Task<Result<Answer>> list_keys(Context& context, Arguments) {
  auto listed = co_await context.daemon.call("GET", "/v1/admin/keys");
  if (!listed) co_return std::unexpected(listed.error());
  Table table({"NAME", "KEY", "CLASS", "WEIGHT", "LIMIT", "STATE", "CREATED"});
  for (const auto& key : listed->value("keys", ordered_json::array())) {
    const std::string limit = text_of(key, "daily_limit");
    table.add({text_of(key, "name"), text_of(key, "key_prefix") + "...", text_of(key, "class"), text_of(key, "weight"),
               limit.empty() ? "none" : limit, key.value("revoked", false) ? "revoked" : "active",
               text_of(key, "created_at")});
  }
  co_return Answer{.text = table.text(), .data = std::move(*listed)};
}

Task<Result<Answer>> limit_key(Context& context, Arguments arguments) {
  auto set =
      co_await context.daemon.call("PATCH", key_path(arguments), {{"daily_limit", limit_of(arguments, "parts")}});
  if (!set) co_return std::unexpected(set.error());
  const auto limit = arguments.number("parts", 0);
  co_return Answer{.text = arguments.text("name") + (limit > 0
                                                         ? concat(" may send ", limit, " message parts a day (UTC).\n")
                                                         : " may send without a daily limit.\n")};
}

Task<Result<Answer>> revoke_key(Context& context, Arguments arguments) {
  auto revoked = co_await context.daemon.call("DELETE", key_path(arguments));
  if (!revoked) co_return std::unexpected(revoked.error());
  co_return Answer{.text = "The key of " + arguments.text("name") + " is revoked.\n"};
}

constexpr std::array audit_parameters{
    Parameter{.name = "entries", .help = "How many, 30 by default.", .least = 1, .most = 10'000}};
constexpr std::array new_user_parameters{
    Parameter{.name = "name", .help = "a to z, 0 to 9, dot, hyphen.", .required = true},
    Parameter{.name = "role", .help = "What the user may do.", .choices = "view|tech|admin", .required = true}};
constexpr std::array user_parameters{
    Parameter{.name = "name", .help = "The user.", .choices = "@users", .required = true}};
constexpr std::array password_parameters{
    Parameter{.name = "name", .help = "Whose; your own by default.", .choices = "@users"}};
constexpr std::array app_parameters{Parameter{.name = "name", .help = "The application.", .required = true}};
constexpr std::array new_key_parameters{
    Parameter{.name = "name", .help = "The application: lower-case letters, digits, hyphens.", .required = true},
    Parameter{.kind = Kind::keyword,
              .name = "class",
              .help = "Class of its messages when it names none.",
              .choices = "alarm|otp|once|info|bulk"},
    Parameter{.kind = Kind::keyword,
              .name = "weight",
              .help = "Its share when several applications wait.",
              .least = 1,
              .most = 100},
    Parameter{.kind = Kind::keyword,
              .name = "daily-limit",
              .help = "Message parts a day (UTC); 0: no limit.",
              .least = 0,
              .most = most_parts}};
constexpr std::array limit_parameters{Parameter{.name = "name", .help = "The application.", .required = true},
                                      Parameter{.name = "parts",
                                                .help = "Message parts a day (UTC); 0: no limit.",
                                                .required = true,
                                                .least = 0,
                                                .most = most_parts}};

}  // namespace

void add_user_commands(std::vector<Command>& all) {
  all.insert(all.end(),
             {{"show users", Role::admin, "Who may log in here.", {}, show_users},
              {"show audit", Role::admin, "Who did what: logins and commands.", audit_parameters, show_audit},
              {"user add", Role::admin, "Let somebody log in.", new_user_parameters, add_user},
              {"user remove", Role::admin, "Let somebody log in no more.", user_parameters, remove_user},
              {"user password", Role::view, "Change a password.", password_parameters, change_password},
              {"user reset", Role::admin, "Back to the label: all users but admin go (asks first).", {}, forget_users},
              {"user label-password",
               Role::admin,
               "Make the password for the box's label (factory).",
               {},
               set_label_password}});
}

void add_key_commands(std::vector<Command>& all) {
  all.insert(all.end(),
             {{"key add", Role::admin, "Make a key for an application and show it.", new_key_parameters, add_key},
              {"key list", Role::admin, "The applications' keys.", {}, list_keys},
              {"key limit", Role::admin, "Set what an application may send in a day.", limit_parameters, limit_key},
              {"key revoke", Role::admin, "Make a key useless.", app_parameters, revoke_key}});
}

}  // namespace firmware::console
