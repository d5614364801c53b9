#include "tests/sim/receivers.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Phase;

std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

/// "evt_0000017" and "17" are the seventeenth.
std::int64_t number_of(std::string_view id) {
  std::int64_t number = 0;
  for (const char c : id) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Receivers::Receivers(World& world) : world_(world), stream_(world.options.seed, "receivers") {
  for (const char* host : {"app0.lan", "app1.lan", "app2.lan", "app3.lan", "operator.lan"}) receivers_[host];
}

void Receivers::set_health(const std::string& host, Health health) {
  Receiver& receiver = receivers_[host];
  world_.note("receiver", concat(host, " ", static_cast<int>(health)));
  if (health == Health::well && receiver.health != Health::well) receiver.well_since = world_.now();
  receiver.health = health;
}

void Receivers::all_well() {
  for (const auto& [host, receiver] : receivers_) set_health(host, Health::well);
}

std::optional<WorldTime> Receivers::well_since(const std::string& host) const {
  const Receiver& receiver = receivers_.at(host);
  return receiver.health == Health::well ? std::optional(receiver.well_since) : std::nullopt;
}

void Receivers::take(const ClientRequest& request, const std::shared_ptr<Exchange>& exchange) {
  const std::string host = host_of(request.url);
  const auto found = receivers_.find(host);
  if (found == receivers_.end()) {
    world_.violate("I17", concat("an event went to ", request.url, ", which nobody named"));
    return;
  }
  const Health health = found->second.health;
  if (health == Health::down) {
    world_.hit("receiver.down");
    world_.after(Millis{stream_.chance(0.5) ? 5 : 9'000}, [exchange] {
      exchange->end(std::unexpected(ClientFailure{.phase = Phase::connect,
                                                  .request_byte_left = false,
                                                  .certificate_refused = false,
                                                  .timed_out = false,
                                                  .message = "connection refused"}));
    });
    return;
  }
  exchange->byte_left = true;
  const Millis delay =
      health == Health::slow ? stream_.between(Millis{2'000}, Millis{20'000}) : stream_.between(Millis{2}, Millis{30});
  world_.after(delay, [this, host, request, exchange, health] {
    if (health == Health::failing) {
      world_.hit("receiver.failing");
      exchange->end(ClientResponse{.status = 500, .headers = {}, .body = {}});
      return;
    }
    if (health == Health::slow) world_.hit("receiver.slow");
    deliver(host, request, exchange->reaches_box());
    exchange->end(ClientResponse{.status = 204, .headers = {}, .body = {}});
  });
}

void Receivers::deliver(const std::string& host, const ClientRequest& request, bool awaited) {
  Receiver& receiver = receivers_[host];
  const std::string id{relay::http::header_value(request.headers, "webhook-id")};
  if (id.empty() || relay::http::header_value(request.headers, "webhook-signature").empty()) {
    world_.violate("I17", concat("a webhook to ", host, " has no id or no signature"));
    return;
  }
  world_.note("webhook", concat(host, " ", id));
  const auto known = receiver.bodies.find(id);
  if (known != receiver.bodies.end()) {
    world_.hit("webhook.repeat");
    if (known->second != request.body)
      world_.violate("I17", concat("the webhook ", id, " came twice with two contents"));
    return;
  }
  world_.hit("webhook.first");
  receiver.bodies.emplace(id, request.body);
  const std::int64_t number = number_of(id);
  // What the box has given up may arrive whenever it likes; with an hour's history it is not sent again first.
  if (awaited && number < receiver.greatest_id) {
    world_.violate("I17", concat("the webhook ", id, " came to ", host, " after a later one"));
  }
  receiver.greatest_id = std::max(receiver.greatest_id, number);
  if (host != "operator.lan") message_event(request, number);
}

void Receivers::message_event(const ClientRequest& request, std::int64_t number) {
  const auto event = nlohmann::json::parse(request.body, nullptr, false);
  if (!event.is_object() || !event["data"].is_object()) {
    world_.violate("I17", "the body of a webhook is not what the API promises");
    return;
  }
  const std::string id = event["data"].value("id", "");
  const std::string state = event["data"].value("state", "");
  last_state_[id] = state;
  const auto item = world_.ledger.find_id(id);
  if (!item) return;  // its 202 was lost
  world_.ledger.items[*item].event_ids.push_back(number);
  const auto parsed = relay::parse_state(state);
  if (parsed) world_.judge.state_told(*item, *parsed, "a webhook");
}

}  // namespace sim
