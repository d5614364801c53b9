#include "bridge/link/link.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "relay/api/problem.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/json/json.hpp"

namespace bridge::link {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using relay::concat;
using relay::parse_json;
using relay::Task;
using relay::text_of;
using relay::api::json_response;
using relay::api::request_invalid;
using relay::api::to_response;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr std::string_view messages_path = "/v1/link/messages/";
constexpr relay::Millis longest_wait{25'000};
/// A box asks again within longest_wait and a moment; found by watch() at most watch_interval later: within 90 s.
constexpr relay::Millis silent_after{75'000};
constexpr relay::Millis watch_interval{5'000};
constexpr int events_per_answer = 100;
constexpr relay::Millis clock_difference = std::chrono::hours{1};

std::string query_value(const ServerRequest& request, std::string_view name) {
  for (auto& [key, value] : relay::http::parse_form(request.query)) {
    if (key == name) return value;
  }
  return {};
}

std::int64_t number_in(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? value : 0;
}

ServerResponse forbidden(std::string detail) {
  return to_response(
      {.status = 403, .type = "forbidden", .title = "This box is not let in", .detail = std::move(detail)});
}

}  // namespace

Link::Link(Parts parts, Authority authority, std::string epoch, relay::Millis certificate_life)
    : parts_(std::move(parts)),
      authority_(std::move(authority)),
      epoch_(std::move(epoch)),
      certificate_life_(certificate_life),
      tasks_(parts_.runtime) {}

void Link::start() { tasks_.spawn("link.watch", watch()); }

void Link::finish() {
  finishing_ = true;
  poke_all();
}

void Link::poke_all() {
  for (auto& [name, visitor] : visitors_) visitor->news.notify();
}

Task<> Link::stop() { return tasks_.stop(); }

Link::Visitor& Link::visitor(const store::Box& box) {
  auto& slot = visitors_[concat(box.tenant, "/", box.name)];
  if (!slot) slot = std::make_unique<Visitor>(parts_.runtime);
  return *slot;
}

void Link::poke(const std::string& box) {
  if (const auto found = visitors_.find(box); found != visitors_.end()) found->second->news.notify();
}

Task<relay::Result<std::vector<store::Presence>>> Link::presence(std::string tenant) const {
  auto known = co_await parts_.store.presence(tenant);
  if (!known) co_return known;
  for (auto& one : *known) {
    const auto here = visitors_.find(concat(tenant, "/", one.box));
    if (here == visitors_.end() || here->second->heard_at <= here->second->noted_at) continue;
    one.heard_at = here->second->heard_at;  // since the store was last told
    one.silent = false;
  }
  co_return known;
}

Task<ServerResponse> Link::enrol(const Request& request) {
  if (request.method != "POST") co_return to_response(relay::api::method_not_allowed("POST"));
  const json body = parse_json(request.body);
  const auto* box = parts_.directory.box_of_code(text_of(body, "code"));
  if (box == nullptr) {
    parts_.runtime.log.warning("enrolment_refused", {{"peer", request.peer}});
    co_return forbidden("the enrolment code is not known, was used, or is older than a day; ask for a new one");
  }
  co_return co_await certify(text_of(body, "request"), *box, "");
}

Task<ServerResponse> Link::answer(const Request& request) {
  const auto* box = parts_.directory.box_of_certificate(request.peer_certificate);
  if (box == nullptr) co_return forbidden("its certificate was revoked or replaced; enrol it anew");
  if (request.path == "/v1/link/events" && request.method == "GET") co_return co_await events(request, *box);
  if (request.path == "/v1/link/renew" && request.method == "POST") co_return co_await renew(request, *box);
  if (request.path.starts_with(messages_path)) {
    auto response = co_await parts_.messages(request, *box);
    co_return response;
  }
  co_return to_response(relay::api::not_found("docs/bridge.md tells of the link"));
}

Task<ServerResponse> Link::events(const Request& request, store::Box box) {
  Visitor& here = visitor(box);
  here.heard_at = parts_.runtime.clock.wall();
  const bool awaited = box.code_spent || !box.previous_certificate.empty();
  if (awaited && box.certificate == request.peer_certificate) {
    auto confirmed = co_await parts_.directory.confirm(box.tenant, box.name);
    if (!confirmed) co_return to_response(relay::api::from_error(confirmed.error(), "bridge"));
  }
  const std::int64_t after = query_value(request, "epoch") == epoch_ ? number_in(query_value(request, "after")) : 0;
  if (after > here.acknowledged) {
    auto acknowledged = co_await parts_.store.acknowledge(box.tenant, box.name, after);
    if (!acknowledged) co_return to_response(relay::api::from_error(acknowledged.error(), "bridge"));
    here.acknowledged = after;
  }
  const auto until = parts_.runtime.clock.steady() + longest_wait;
  while (true) {
    auto waiting = co_await parts_.store.waiting(box.tenant, box.name, after, events_per_answer);
    if (!waiting) co_return to_response(relay::api::from_error(waiting.error(), "bridge"));
    if (relay::planted(relay::PlantedFault::events_acknowledged_when_given) && !waiting->empty())
      (void)co_await parts_.store.acknowledge(box.tenant, box.name, waiting->back().number);
    if (!waiting->empty() || finishing_ || parts_.runtime.clock.steady() >= until) {
      ordered_json out;
      out["now"] = relay::format_rfc3339(parts_.runtime.clock.wall());
      out["epoch"] = epoch_;
      out["events"] = ordered_json::array();
      for (const auto& event : *waiting) {
        out["events"].push_back({{"number", event.number},
                                 {"id", event.id},
                                 {"type", event.type},
                                 {"at", relay::format_rfc3339(event.at)},
                                 {"data", parse_json(event.data)}});
      }
      co_return json_response(200, out.dump(-1, ' ', false, json::error_handler_t::replace));
    }
    (void)co_await here.news.wait_until(until);
    if (parts_.directory.box_of_certificate(request.peer_certificate) == nullptr)
      co_return forbidden("its certificate was revoked or replaced; enrol it anew");
  }
}

Task<ServerResponse> Link::renew(const Request& request, store::Box box) {
  const json body = parse_json(request.body);
  co_return co_await certify(text_of(body, "request"), std::move(box), request.peer_certificate);
}

Task<ServerResponse> Link::certify(std::string request_pem, store::Box box, std::string renewed_by) {
  relay::crypto::CertificateWish wish;
  wish.common_name = concat(box.tenant, ".", box.name);
  wish.not_before = parts_.runtime.clock.wall() - clock_difference;
  wish.not_after = parts_.runtime.clock.wall() + certificate_life_;
  parts_.runtime.random.fill(wish.serial);
  auto made = relay::crypto::issue(request_pem, wish, authority_.certificate, authority_.key, parts_.runtime.random);
  if (!made) co_return to_response(request_invalid("request", made.error().message));
  const auto certificate = relay::crypto::Certificate::parse(*made);
  if (!certificate) co_return to_response(relay::api::from_error(certificate.error(), "bridge"));
  auto done = co_await parts_.directory.certify(box.tenant, box.name, certificate->fingerprint(), wish.not_after,
                                                std::move(renewed_by));
  if (!done) co_return to_response(relay::api::from_error(done.error(), "bridge"));
  ordered_json out;
  out["tenant"] = box.tenant;
  out["box"] = box.name;
  out["certificate"] = *made;
  out["not_before"] = relay::format_rfc3339(wish.not_before);
  out["expires_at"] = relay::format_rfc3339(wish.not_after);
  out["now"] = relay::format_rfc3339(parts_.runtime.clock.wall());
  co_return json_response(201, out.dump());
}

std::vector<store::Heard> Link::heard_since() const {
  std::vector<store::Heard> out;
  for (const auto& [name, visitor] : visitors_) {
    if (visitor->heard_at <= visitor->noted_at) continue;
    const auto slash = name.find('/');
    out.push_back({.tenant = name.substr(0, slash), .box = name.substr(slash + 1), .at = visitor->heard_at});
  }
  return out;
}

/// What was heard is the store's to know, as a box that asks here may be silent to every other node. A box had the time
/// to ask only when the store has been there all along: nobody is called silent for the bridge's own absence.
Task<> Link::watch() {
  auto there_since = parts_.runtime.clock.steady();
  while (true) {
    const auto now = parts_.runtime.clock.wall();
    const bool judge = parts_.runtime.clock.steady() - there_since >= silent_after;
    auto heard = heard_since();
    const auto changes =
        co_await parts_.store.watch(heard, {.now = now, .silent_before = now - silent_after, .judge = judge});
    if (changes) {
      for (const auto& one : heard) visitors_.at(concat(one.tenant, "/", one.box))->noted_at = one.at;
      for (const auto& one : *changes)
        parts_.runtime.log.warning(one.silent ? "box_silent" : "box_back", {{"tenant", one.tenant}, {"box", one.box}});
    } else {
      there_since = parts_.runtime.clock.steady();
    }
    co_await relay::sleep_for(parts_.runtime, watch_interval);
  }
}

}  // namespace bridge::link
