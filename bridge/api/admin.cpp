#include "bridge/api/admin.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <nlohmann/json.hpp>

#include "bridge/sending/chain.hpp"
#include "bridge/webhooks/webhooks.hpp"
#include "relay/api/problem.hpp"
#include "relay/base/ascii.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/config/render.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/json/json.hpp"
#include "relay/link/event_json.hpp"

namespace bridge::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using relay::format_rfc3339;
using relay::parse_json;
using relay::Result;
using relay::Task;
using relay::text_of;
using relay::api::is_read;
using relay::api::json_response;
using relay::api::method_not_allowed;
using relay::api::not_found;
using relay::api::request_invalid;
using relay::api::to_response;
using relay::http::ServerRequest;
using relay::http::ServerResponse;
using store::Route;
using store::Token;

constexpr std::string_view base = "/v1/admin/";
constexpr int default_page = 100;
constexpr int max_page = 500;
constexpr std::array<std::pair<std::string_view, Token::Scope>, 3> scopes{
    {{"read", Token::Scope::read}, {"manage", Token::Scope::manage}, {"operate", Token::Scope::operate}}};

ServerResponse problem(const relay::Error& error) { return to_response(relay::api::from_error(error, "bridge")); }
ServerResponse nothing_here() { return to_response(not_found("docs/bridge.md lists the paths of the admin API")); }
ServerResponse forbidden() {
  return to_response({.status = 403,
                      .type = "forbidden",
                      .title = "The token does not allow this",
                      .detail = "a token with the scope manage (of a tenant) or operate (of the bridge) is needed"});
}
ServerResponse answer_of(const Result<bool>& done) { return done ? json_response(200, "{}") : problem(done.error()); }

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return out;
}

std::string parameter(const ServerRequest& request, std::string_view name) {
  for (auto& [key, value] : relay::http::parse_form(request.query)) {
    if (key == name) return value;
  }
  return {};
}

std::int64_t number_of(const std::string& text, std::int64_t otherwise) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : otherwise;
}

int limit_of(const ServerRequest& request) {
  return static_cast<int>(std::min<std::int64_t>(max_page, number_of(parameter(request, "limit"), default_page)));
}

std::string_view name_of(Token::Scope scope) { return scopes.at(static_cast<std::size_t>(scope)).first; }
std::string_view name_of(Route::Kind kind) { return kind == Route::Kind::topic ? "topic" : "number"; }

template <class Rows, class Show>
ServerResponse list(const char* name, const Rows& rows, const std::string& tenant, Show show) {
  ordered_json out;
  out[name] = ordered_json::array();
  for (const auto& row : rows) {
    if (row.tenant == tenant) out[name].push_back(show(row));
  }
  return json_response(200, out.dump());
}

ordered_json show_event(const store::StoredEvent& event) {
  ordered_json out;
  out["id"] = event.id;
  out["type"] = event.type;
  out["box"] = event.box.empty() ? ordered_json(nullptr) : ordered_json(event.box);
  out["number"] = event.number;
  out["at"] = format_rfc3339(event.at);
  out["acknowledged"] = event.acknowledged;
  out["data"] = ordered_json::parse(event.data, nullptr, false);
  return out;
}

}  // namespace

Task<ServerResponse> Admin::answer(const Request& request) {
  const auto now = parts_.runtime.clock.steady();
  if (failures_.is_over(request.peer, now)) {
    co_return to_response({.status = 429,
                           .type = "too-many-failures",
                           .title = "Too many requests with a wrong token",
                           .detail = "wait a minute, then send a valid token",
                           .retry_after = relay::Millis{60'000}});
  }
  constexpr std::string_view scheme = "bearer ";
  const std::string_view authorization = relay::http::header_value(request.headers, "Authorization");
  const bool bearer =
      authorization.size() > scheme.size() && relay::equal_without_case(authorization.substr(0, scheme.size()), scheme);
  // Looked up by digest: how long that takes says nothing of any token.
  const auto* token =
      bearer ? parts_.directory.token(relay::crypto::sha256(authorization.substr(scheme.size()))) : nullptr;
  if (token == nullptr) {
    failures_.note(request.peer, now);
    co_return to_response(
        relay::api::unauthorized("send Authorization: Bearer TOKEN; edge-bridgectl token add makes one"));
  }
  const std::string name = token->tenant.empty() ? token->name : token->tenant + "/" + token->name;
  co_return co_await route(request, {.name = "token:" + name, .tenant = token->tenant, .scope = token->scope});
}

Task<ServerResponse> Admin::answer_socket(const Request& request) {
  return route(request, {.name = request.peer, .tenant = {}, .scope = Token::Scope::operate});
}

Task<ServerResponse> Admin::route(const Request& request, Caller caller) {
  if (!request.path.starts_with(base)) co_return nothing_here();
  auto path = split(std::string_view{request.path}.substr(base.size()));
  if (path.size() < 2 || path[0] != "tenants") {
    if (!caller.operates()) co_return nothing_here();
    co_return co_await of_operator(request, std::move(path), std::move(caller));
  }
  std::string tenant = path[1];
  path.erase(path.begin(), path.begin() + 2);
  const bool visible = parts_.directory.tenant(tenant) != nullptr && (caller.operates() || caller.tenant == tenant);
  if (!visible) co_return to_response(not_found("there is no such tenant"));
  if (!is_read(request) && !caller.manages()) co_return forbidden();
  co_return co_await of_tenant(request, std::move(tenant), std::move(path), std::move(caller));
}

Task<ServerResponse> Admin::of_operator(const Request& request, std::vector<std::string> path, Caller caller) {
  if (path.size() == 1 && path[0] == "tenants") co_return co_await tenants(request, std::move(caller));
  if (path.size() == 1 && path[0] == "audit") co_return co_await audit(request, "");
  if (!path.empty() && path[0] == "tokens") {
    path.erase(path.begin());
    co_return co_await tokens(request, "", std::move(path), std::move(caller));
  }
  co_return nothing_here();
}

Task<ServerResponse> Admin::of_tenant(const Request& request, std::string tenant, std::vector<std::string> path,
                                      Caller caller) {
  const std::string what = path.empty() ? "" : path[0];
  if (!path.empty()) path.erase(path.begin());
  if (what == "boxes") co_return co_await boxes(request, tenant, std::move(path), std::move(caller));
  if (what == "credentials") co_return co_await credentials(request, tenant, std::move(path), std::move(caller));
  if (what == "tokens") co_return co_await tokens(request, tenant, std::move(path), std::move(caller));
  if (!path.empty()) co_return nothing_here();
  if (what == "chain") co_return co_await chain(request, tenant, std::move(caller));
  if (what == "routes") co_return co_await routes(request, tenant, std::move(caller));
  if (what == "events") co_return co_await events(request, tenant);
  if (what == "audit") co_return co_await audit(request, tenant);
  if (what == "simulate") co_return co_await simulate(request, tenant);
  if (what == "rotate-key") {
    if (request.method != "POST") co_return to_response(method_not_allowed("POST"));
    const auto done = co_await parts_.directory.rotate_key(tenant, caller.name);
    co_return answer_of(done);
  }
  co_return nothing_here();
}

Task<ServerResponse> Admin::tenants(const Request& request, Caller caller) {
  if (request.method == "POST") {
    const json body = parse_json(request.body);
    const bool demo = body.is_object() && body.contains("demo") && body["demo"] == true;
    const std::string name = text_of(body, "name");
    const auto done = co_await parts_.directory.add_tenant(name, demo, caller.name);
    if (!done) co_return problem(done.error());
    if (demo) (void)co_await parts_.sending.renew(name);  // what goes wrong is in the log
    co_return json_response(201, "{}");
  }
  if (!is_read(request)) co_return to_response(method_not_allowed("GET, POST"));
  ordered_json out;
  out["tenants"] = ordered_json::array();
  for (const auto& tenant : parts_.directory.all().tenants) {
    out["tenants"].push_back({{"name", tenant.name},
                              {"demo", tenant.demo},
                              {"key_version", tenant.key_version},
                              {"created_at", format_rfc3339(tenant.created_at)}});
  }
  co_return json_response(200, out.dump());
}

Task<ServerResponse> Admin::boxes(const Request& request, std::string tenant, std::vector<std::string> path,
                                  Caller caller) {
  if (path.empty() && is_read(request)) {
    const auto presences = co_await parts_.link.presence(tenant);
    if (!presences) co_return problem(presences.error());
    std::map<std::string_view, const store::Presence*> of_box;
    for (const auto& one : *presences) of_box.emplace(one.box, &one);
    co_return list("boxes", parts_.directory.all().boxes, tenant, [&](const store::Box& box) {
      const auto found = of_box.find(box.name);
      const auto presence = found == of_box.end() ? store::Presence{} : *found->second;
      ordered_json out;
      out["name"] = box.name;
      out["state"] = box.revoked ? "revoked" : box.certificate.empty() ? "invited" : "enrolled";
      out["silent"] = presence.silent;
      out["seen_at"] = presence.heard_at ? ordered_json(format_rfc3339(*presence.heard_at)) : ordered_json(nullptr);
      out["certificate_expires_at"] =
          box.certificate.empty() ? ordered_json(nullptr) : ordered_json(format_rfc3339(box.certificate_expires_at));
      return out;
    });
  }
  if (path.empty() && request.method == "POST") {
    const json body = parse_json(request.body);
    const auto invited = co_await parts_.directory.invite(tenant, text_of(body, "name"), caller.name);
    if (!invited) co_return problem(invited.error());
    co_return json_response(201, ordered_json{{"tenant", tenant},
                                              {"box", text_of(body, "name")},
                                              {"code", invited->code},
                                              {"expires_at", format_rfc3339(invited->expires_at)}}
                                     .dump());
  }
  if (path.empty()) co_return to_response(method_not_allowed("GET, POST"));
  if (path.size() == 2 && path[1] == "revoke" && request.method == "POST") {
    const auto done = co_await parts_.directory.revoke(tenant, path[0], caller.name);
    if (done) parts_.on_stored(tenant + "/" + path[0]);  // a question that waits ends
    co_return answer_of(done);
  }
  if (path.size() == 1 && request.method == "DELETE") {
    const auto done = co_await parts_.directory.remove_box(tenant, path[0], caller.name);
    co_return answer_of(done);
  }
  co_return nothing_here();
}

Task<ServerResponse> Admin::credentials(const Request& request, std::string tenant, std::vector<std::string> path,
                                        Caller caller) {
  if (path.empty() && is_read(request)) {
    // The chain is kept among them, and has a path of its own.
    co_return list("credentials", parts_.directory.all().credentials, tenant, [](const store::Credential& row) {
      return ordered_json{{"kind", row.kind}, {"account", row.account}, {"key_version", row.key_version}};
    });
  }
  if (path.empty() && request.method == "PUT") {
    const json body = parse_json(request.body);
    const auto done = co_await parts_.directory.put_credential(tenant, text_of(body, "kind"), text_of(body, "account"),
                                                               text_of(body, "secret"), caller.name);
    if (!done) co_return problem(done.error());
    const auto renewed = co_await parts_.sending.renew(tenant);  // the chain may send with it
    co_return answer_of(renewed);
  }
  if (path.empty()) co_return to_response(method_not_allowed("GET, PUT"));
  if (path.size() == 2 && request.method == "DELETE") {
    const auto done = co_await parts_.directory.drop_credential(tenant, path[0], path[1], caller.name);
    if (!done) co_return problem(done.error());
    const auto renewed = co_await parts_.sending.renew(tenant);
    co_return answer_of(renewed);
  }
  co_return nothing_here();
}

/// In TOML, as on a box; the answer has its secrets masked.
Task<ServerResponse> Admin::chain(const Request& request, std::string tenant, Caller caller) {
  if (is_read(request)) {
    const auto text = parts_.directory.chain(tenant);
    if (!text) co_return problem(text.error());
    const bool demo = parts_.directory.tenant(tenant)->demo;
    ordered_json out{{"chain", nullptr}, {"sends", parts_.sending.sends_for(tenant)}};
    if (!text->empty()) {
      const auto chain = sending::read_chain(*text, {.demo = demo, .by_operator = true});
      if (!chain) co_return problem(chain.error());
      out["chain"] = relay::config::print(*chain);
    }
    co_return json_response(200, out.dump());
  }
  const bool drops = request.method == "DELETE";
  if (!drops && request.method != "PUT") co_return to_response(method_not_allowed("DELETE, GET, PUT"));
  const std::string text = drops ? "" : request.body;
  if (!drops) {
    const auto fits = parts_.sending.check(tenant, text, caller.operates());
    if (!fits) co_return to_response(request_invalid("chain", fits.error().message));
  }
  const auto done = co_await parts_.directory.put_chain(tenant, text, caller.name);
  if (!done) co_return problem(done.error());
  const auto renewed = co_await parts_.sending.renew(tenant);
  co_return answer_of(renewed);
}

Task<ServerResponse> Admin::routes(const Request& request, std::string tenant, Caller caller) {
  if (is_read(request)) {
    co_return list("routes", parts_.directory.all().routes, tenant, [](const Route& row) {
      return ordered_json{{"kind", name_of(row.kind)}, {"value", row.value}, {"box", row.box}};
    });
  }
  const bool drops = request.method == "DELETE";
  if (!drops && request.method != "PUT") co_return to_response(method_not_allowed("DELETE, GET, PUT"));
  const json body = parse_json(request.body);
  const std::string word = drops ? parameter(request, "kind") : text_of(body, "kind");
  if (word != "number" && word != "topic") co_return to_response(request_invalid("kind", "number or topic"));
  const auto kind = word == "topic" ? Route::Kind::topic : Route::Kind::number;
  if (drops) {
    const auto done = co_await parts_.directory.drop_route(
        {kind, tenant, relay::api::number_in_query(parameter(request, "value"))}, caller.name);
    co_return answer_of(done);
  }
  const std::string box = text_of(body, "box");
  const auto done = co_await parts_.directory.put_route({kind, text_of(body, "value"), tenant, box}, caller.name);
  if (done && !box.empty()) parts_.on_stored(tenant + "/" + box);  // events that waited for it
  co_return answer_of(done);
}

Task<ServerResponse> Admin::tokens(const Request& request, std::string tenant, std::vector<std::string> path,
                                   Caller caller) {
  if (path.empty() && is_read(request)) {
    co_return list("tokens", parts_.directory.all().tokens, tenant, [](const Token& row) {
      return ordered_json{
          {"name", row.name}, {"scope", name_of(row.scope)}, {"created_at", format_rfc3339(row.created_at)}};
    });
  }
  if (path.empty() && request.method == "POST") {
    const json body = parse_json(request.body);
    const auto* scope =
        std::ranges::find(scopes, text_of(body, "scope"), &std::pair<std::string_view, Token::Scope>::first);
    if (scope == scopes.end()) co_return to_response(request_invalid("scope", "read, manage or operate"));
    const auto token = co_await parts_.directory.add_token(tenant, text_of(body, "name"), scope->second, caller.name);
    if (!token) co_return problem(token.error());
    co_return json_response(201, ordered_json{{"name", text_of(body, "name")}, {"token", *token}}.dump());
  }
  if (path.empty()) co_return to_response(method_not_allowed("GET, POST"));
  if (path.size() == 1 && request.method == "DELETE") {
    const auto done = co_await parts_.directory.drop_token(tenant, path[0], caller.name);
    co_return answer_of(done);
  }
  co_return nothing_here();
}

Task<ServerResponse> Admin::events(const Request& request, std::string tenant) {
  if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
  store::EventFilter filter{
      .tenant = tenant, .before = number_of(parameter(request, "cursor"), 0), .limit = limit_of(request)};
  if (request.query.find("box=") != std::string::npos) filter.box = parameter(request, "box");
  const auto page = co_await parts_.store.list_events(std::move(filter));
  if (!page) co_return problem(page.error());
  ordered_json out;
  out["events"] = ordered_json::array();
  for (const auto& event : page->events) out["events"].push_back(show_event(event));
  out["next_cursor"] = page->next > 0 ? ordered_json(std::to_string(page->next)) : ordered_json(nullptr);
  co_return json_response(200, out.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// A demo tenant has no provider: what one would tell is told here, and goes the same way from here on.
Task<ServerResponse> Admin::simulate(const Request& request, std::string tenant) {
  if (request.method != "POST") co_return to_response(method_not_allowed("POST"));
  if (!parts_.directory.tenant(tenant)->demo) co_return to_response(not_found("only a demo tenant is simulated"));
  const auto event = relay::link::from_json(request.body);
  if (!event) co_return problem(event.error());
  const auto to = parts_.directory.destination(tenant, parameter(request, "box"), event->ours);
  std::vector<store::NewEvent> rows;
  rows.push_back(webhooks::to_row(to, *event));
  const auto kept = co_await parts_.store.keep(std::move(rows));
  if (!kept) co_return problem(kept.error());
  for (const auto& box : kept->boxes) parts_.on_stored(box);
  co_return json_response(200, ordered_json{{"stored", kept->stored}}.dump());
}

Task<ServerResponse> Admin::audit(const Request& request, std::string tenant) {
  if (!is_read(request)) co_return to_response(method_not_allowed("GET"));
  const auto entries =
      co_await parts_.store.list_audit(tenant, number_of(parameter(request, "cursor"), 0), limit_of(request));
  if (!entries) co_return problem(entries.error());
  ordered_json out;
  out["audit"] = ordered_json::array();
  for (const auto& entry : *entries) {
    out["audit"].push_back({{"id", entry.id},
                            {"at", format_rfc3339(entry.at)},
                            {"actor", entry.actor},
                            {"tenant", entry.tenant},
                            {"action", entry.action},
                            {"object", entry.object}});
  }
  co_return json_response(200, out.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace bridge::api
