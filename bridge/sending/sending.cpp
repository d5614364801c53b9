#include "bridge/sending/sending.hpp"

#include <charconv>
#include <utility>

#include "relay/api/problem.hpp"
#include "relay/base/concat.hpp"
#include "relay/link/message_json.hpp"

namespace bridge::sending {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using relay::api::to_response;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr double burst_seconds = 10;

ServerResponse no_chain() {
  return to_response({.status = 403,
                      .type = relay::link::problem_no_chain,
                      .title = "The bridge does not send for this box",
                      .detail = "its tenant has no chain; edge-bridgectl chain put sets one"});
}

int attempt_in(std::string_view query) {
  for (auto& [name, value] : relay::http::parse_form(query)) {
    if (name != "attempt") continue;
    int attempt = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), attempt);
    return error == std::errc{} && end == value.data() + value.size() ? attempt : 0;
  }
  return 0;
}

}  // namespace

Sending::Sending(Parts parts, SendingSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)), ended_(parts_.runtime), tasks_(parts_.runtime) {}

Task<> Sending::start() {
  const auto tenants = parts_.directory.all().tenants;
  for (const auto& tenant : tenants) {
    const auto begun = co_await begin(tenant.name);
    if (!begun)
      parts_.runtime.log.error("tenant_does_not_send", {{"tenant", tenant.name}, {"reason", begun.error().message}});
  }
}

/// All at a time: each may wait for its providers.
Task<> Sending::stop() {
  for (auto& [tenant, sender] : senders_) {
    ++ending_;
    tasks_.spawn("sending.end", end(sender));
  }
  senders_.clear();
  while (ending_ > 0) co_await ended_.wait();
  co_await tasks_.stop();
}

Task<> Sending::end(std::shared_ptr<Sender> sender) {
  co_await sender->stop();
  --ending_;
  ended_.notify();
}

Result<bool> Sending::check(const std::string& tenant, std::string_view chain, bool by_operator) const {
  if (settings_.several_nodes) {
    return fail(
        ErrorCode::invalid_argument,
        "a bridge on PostgreSQL does not send: its nodes have no outbox in common. Leave [storage] store empty");
  }
  const auto* owner = parts_.directory.tenant(tenant);
  if (owner == nullptr) return fail(ErrorCode::not_found, "there is no such tenant");
  const auto read = read_chain(chain, {.demo = owner->demo, .by_operator = by_operator});
  if (!read) return std::unexpected(read.error());
  // A provider finds more to say of its settings than its table does.
  const auto made =
      make_providers(*read, {.runtime = parts_.runtime,
                             .make_client = parts_.make_client,
                             .on_demo_receipt = {},
                             .twilio_token = [this, &tenant](std::string_view account) -> std::optional<std::string> {
                               const auto secret = parts_.directory.secret("twilio", account);
                               return secret && secret->tenant == tenant ? std::optional(secret->value) : std::nullopt;
                             },
                             .public_url = settings_.public_url});
  if (!made) return std::unexpected(made.error());
  return true;
}

/// Null: the tenant has no chain, or nothing is sent at all.
Result<std::shared_ptr<Sender>> Sending::open(const store::Tenant& tenant) const {
  if (settings_.several_nodes) return std::shared_ptr<Sender>{};
  auto text = parts_.directory.chain(tenant.name);
  if (!text) return std::unexpected(text.error());
  if (text->empty() && tenant.demo) *text = demo_chain;
  if (text->empty()) return std::shared_ptr<Sender>{};
  // Who wrote it was looked at when it was set.
  const auto chain = read_chain(*text, {.demo = tenant.demo, .by_operator = true});
  if (!chain) return std::unexpected(chain.error());
  auto sender = Sender::make({.runtime = parts_.runtime,
                              .tenant = tenant.name,
                              .store = parts_.store,
                              .directory = parts_.directory,
                              .make_client = parts_.make_client,
                              .on_stored = parts_.on_stored,
                              .thread = parts_.thread},
                             settings_, *chain);
  if (!sender) return std::unexpected(sender.error());
  return std::shared_ptr<Sender>(std::move(*sender));
}

Task<Result<bool>> Sending::begin(std::string name) {
  const auto* tenant = parts_.directory.tenant(name);
  if (tenant == nullptr) co_return fail(ErrorCode::not_found, "there is no such tenant");
  auto opened = open(*tenant);
  if (!opened) co_return std::unexpected(opened.error());
  if (!*opened) co_return true;
  const auto sender = std::move(*opened);
  auto started = co_await sender->start();
  if (!started) {
    co_await sender->stop();
    co_return started;
  }
  senders_[name] = sender;
  co_return true;
}

Task<Result<bool>> Sending::renew(std::string tenant) {
  if (!changing_.emplace(tenant, true).second)
    co_return fail(ErrorCode::conflict, "the tenant's chain is being changed already; try again");
  if (auto found = senders_.extract(tenant)) {
    co_await found.mapped()->stop();
    found = {};
  }
  auto begun = co_await begin(tenant);
  changing_.erase(tenant);
  if (!begun) parts_.runtime.log.error("tenant_does_not_send", {{"tenant", tenant}, {"reason", begun.error().message}});
  co_return begun;
}

Task<ServerResponse> Sending::answer(const ServerRequest& request, store::Box box) {
  const auto id = relay::MessageId::parse(std::string_view{request.path}.substr(path.size()));
  if (!id) co_return to_response(relay::api::request_invalid("id", "a message's id has 13 letters and digits"));
  const bool puts = request.method == "PUT";
  if (!puts && request.method != "GET") co_return to_response(relay::api::method_not_allowed("GET, PUT"));

  const auto now = parts_.runtime.clock.steady();
  auto& rate = rates_
                   .try_emplace(concat(box.tenant, "/", box.name), settings_.rate_per_box,
                                settings_.rate_per_box * burst_seconds)
                   .first->second;
  if (!rate.has_token(now)) {
    co_return to_response({.status = 429,
                           .type = "too-fast",
                           .title = "The box asks too often",
                           .detail = concat("the bridge takes ", static_cast<int>(settings_.rate_per_box),
                                            " requests a second of a box ([sending] rate_per_box)"),
                           .retry_after = std::chrono::ceil<std::chrono::seconds>(rate.next_token(now) - now)});
  }
  rate.take(now);
  if (changing_.contains(box.tenant))
    co_return not_now(relay::link::problem_no_way_out, "the tenant's chain is being changed");
  const auto found = senders_.find(box.tenant);
  if (found == senders_.end()) co_return no_chain();
  const auto sender = found->second;  // it may be renewed meanwhile
  if (puts) {
    auto response = co_await sender->handovers().put(std::move(box.name), id->text(), request.body);
    co_return response;
  }
  auto response = co_await sender->handovers().ask(std::move(box.name), id->text(), attempt_in(request.query));
  co_return response;
}

Task<Result<bool>> Sending::take_receipt(std::string tenant, relay::providers::WebhookEvent event) {
  if (changing_.contains(tenant)) co_return fail(ErrorCode::unavailable, "the tenant's chain is being changed");
  const auto found = senders_.find(tenant);
  if (found == senders_.end()) co_return false;
  const auto sender = found->second;
  auto taken = co_await sender->take_receipt(std::move(event));
  co_return taken;
}

}  // namespace bridge::sending
