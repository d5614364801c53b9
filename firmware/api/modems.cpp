// /v1/modems: how each modem does, for everybody; what may be done to it, on the admin socket.

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "firmware/api/modem_json.hpp"
#include "firmware/modem/at_guard.hpp"

namespace firmware::api {
namespace {

using nlohmann::ordered_json;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view modems_path = "/v1/modems";
constexpr std::size_t max_text = 512;

struct ResetKind {
  std::string_view name;
  modem::Rung rung;
};
constexpr std::array reset_kinds{
    ResetKind{"soft", modem::Rung::resync},        ResetKind{"radio", modem::Rung::radio_cycle},
    ResetKind{"full", modem::Rung::restart_modem}, ResetKind{"usb", modem::Rung::usb_reset},
    ResetKind{"power", modem::Rung::power_cycle},
};

ServerResponse refusal(const relay::Error& error, std::string_view field) {
  switch (error.code) {
    case relay::ErrorCode::invalid_argument:
      return to_response(request_invalid(std::string{field}, error.message));
    case relay::ErrorCode::conflict:
      return to_response({.status = 409,
                          .type = "modem-refused",
                          .title = "The modem is not asked that",
                          .detail = error.message,
                          .field = std::string{field}});
    default:
      return to_response({.status = 503,
                          .type = "modem-unavailable",
                          .title = "The modem cannot do that now",
                          .detail = error.message,
                          .retry_after = relay::Millis{10'000}});
  }
}

std::string json(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// The only member of the body, a text. Nothing: there is none, or there are others.
std::optional<std::string> only_text(const std::string& body, const char* member) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object() || parsed.size() != 1 || !parsed.contains(member) || !parsed[member].is_string())
    return std::nullopt;
  auto text = parsed[member].get<std::string>();
  return text.size() <= max_text ? std::optional{std::move(text)} : std::nullopt;
}

std::string ussd_json(const modem::UssdReply& reply) {
  ordered_json out;
  out["state"] = name_of(reply.state);
  out["text"] = reply.text;
  return json(out);
}

}  // namespace

Task<ServerResponse> Api::answer_modems(const ServerRequest& request, Viewer viewer) {
  if (request.path == modems_path) {
    if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
    ordered_json out;
    out["modems"] = ordered_json::array();
    for (const auto* modem : parts_.modems)
      out["modems"].push_back(modem_json(*modem, viewer, parts_.runtime.clock, parts_.outbox.timeline()));
    co_return json_response(200, json(out));
  }
  std::string_view rest = std::string_view{request.path}.substr(modems_path.size() + 1);
  const auto slash = rest.find('/');
  const std::string_view name = rest.substr(0, slash);
  const auto found = std::ranges::find(parts_.modems, name,
                                       [](const auto* modem) -> std::string_view { return modem->traits().name; });
  if (found == parts_.modems.end()) co_return to_response(not_found("GET /v1/modems lists the modems of this box"));
  if (slash == std::string_view::npos) {
    if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
    co_return json_response(200, json(modem_json(**found, viewer, parts_.runtime.clock, parts_.outbox.timeline())));
  }
  const std::string action{rest.substr(slash + 1)};
  if (action != "reset" && action != "ussd" && action != "at")
    co_return to_response(not_found("a modem has the actions reset, ussd and at"));
  if (viewer != Viewer::admin) {
    co_return to_response({.status = 403,
                           .type = "admin-only",
                           .title = "Applications may only look at modems",
                           .detail = "use the box's admin socket ([admin] socket), or relayctl"});
  }
  if (request.method != "POST" && !(action == "ussd" && request.method == "DELETE"))
    co_return to_response(method_not_allowed(action == "ussd" ? "POST, DELETE" : "POST"));
  if (action == "reset") co_return reset_modem(request, **found);
  if (action == "at") co_return co_await command_modem(request, **found);
  co_return co_await ussd_modem(request, **found);
}

ServerResponse Api::reset_modem(const ServerRequest& request, modem::ModemProvider& modem) {
  const auto word = only_text(request.body, "kind");
  const auto kind = std::ranges::find(reset_kinds, word.value_or(""), &ResetKind::name);
  if (kind == reset_kinds.end())
    return to_response(request_invalid("kind", "send {\"kind\": \"soft\"}, or radio, full, usb, power"));
  const auto asked = modem.ask_reset(kind->rung);
  parts_.runtime.log.warning("modem_reset_asked", {{"modem", modem.traits().name},
                                                   {"kind", kind->name},
                                                   {"by", request.peer},
                                                   {"result", asked ? "under way" : asked.error().message}});
  if (!asked) return refusal(asked.error(), "kind");
  return json_response(202, json({{"reset", kind->name}}));
}

Task<ServerResponse> Api::command_modem(const ServerRequest& request, modem::ModemProvider& modem) {
  const auto text = only_text(request.body, "command");
  if (!text) co_return to_response(request_invalid("command", "send {\"command\": \"AT+CSQ\"}"));
  const std::string peer = request.peer;
  const auto command = modem::checked_command(*text);
  if (!command) {
    parts_.runtime.log.warning(
        "modem_command_refused",
        {{"modem", modem.traits().name}, {"command", modem::command_for_log(*text)}, {"by", peer}});
    co_return refusal(command.error(), "command");
  }
  const auto reply = co_await modem.send_command(*command);
  parts_.runtime.log.warning("modem_command", {{"modem", modem.traits().name},
                                               {"command", modem::command_for_log(*command)},
                                               {"by", peer},
                                               {"result", reply ? reply->final : reply.error().message}});
  if (!reply) co_return refusal(reply.error(), "command");
  ordered_json out;
  out["lines"] = reply->lines;
  out["final"] = reply->final;
  co_return json_response(200, json(out));
}

Task<ServerResponse> Api::ussd_modem(const ServerRequest& request, modem::ModemProvider& modem) {
  const std::string peer = request.peer;
  if (request.method == "DELETE") {
    const auto ended = co_await modem.end_ussd();
    if (!ended) co_return refusal(ended.error(), "");
    co_return json_response(200, "{}");
  }
  const auto text = only_text(request.body, "text");
  if (!text) co_return to_response(request_invalid("text", "send {\"text\": \"*100#\"}"));
  // The code itself stays out of the log: it may hold a voucher's number.
  parts_.runtime.log.warning("modem_ussd_asked", {{"modem", modem.traits().name}, {"by", peer}});
  const auto reply = co_await modem.ussd(*text);
  if (!reply) co_return refusal(reply.error(), "text");
  co_return json_response(200, ussd_json(*reply));
}

}  // namespace firmware::api
