#include "firmware/modem/modem_pool.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Outcome;
using relay::Task;
using relay::config::Setting;
using relay::config::Type;
using relay::providers::SendRequest;
using relay::providers::SendResult;

constexpr std::array pool_settings{
    Setting{.name = "members",
            .type = Type::list,
            .text = "Its modems, by the names of their tables, which stand in no chain of their own.",
            .max = 16,
            .required = true},
    Setting{.name = "sticky",
            .type = Type::boolean,
            .default_value = "false",
            .text = "A recipient gets the next message from the same SIM again while it is ready; remembered until the "
                    "daemon ends."},
};
constexpr relay::config::Table table{
    .path = "providers.*",
    .kind = "modem-pool",
    .text = "Several modems as one provider: each message goes to the one that has the least to do.",
    .settings = pool_settings,
};

std::string named(const std::string& member, const std::string& ref) { return relay::concat(member, ":", ref); }

void name_refs(const std::string& member, std::string& provider_ref, std::vector<std::string>& receipt_refs) {
  if (!provider_ref.empty()) provider_ref = named(member, provider_ref);
  for (auto& ref : receipt_refs) ref = named(member, ref);
}

/// Certainly nothing was sent, for a reason that is this member's own: another one may do better.
bool another_may_do(const SendResult& result) {
  if (result.code == "settled") return false;  // It is out already.
  return result.outcome == Outcome::unavailable || result.outcome == Outcome::account ||
         result.outcome == Outcome::throttled;
}

}  // namespace

const relay::config::Table& pool_settings_table() { return table; }

PoolSettings PoolSettings::from(const relay::config::Section& section) {
  return {.name = section.name(), .members = section.list("members"), .sticky = section.boolean("sticky")};
}

ModemPool::ModemPool(relay::Runtime runtime, PoolSettings settings)
    : runtime_(std::move(runtime)), settings_(std::move(settings)) {
  traits_.name = settings_.name;
  traits_.kind = "modem-pool";
  traits_.needs_uplink = false;
  traits_.max_in_flight = 0;
}

ModemPorts ModemPool::ports_for(const std::string& member, const ModemPorts& ports) {
  ModemPorts own = ports;
  own.on_receipt = [this, member, next = ports.on_receipt](relay::outbox::Receipt receipt) {
    receipt.provider = settings_.name;
    receipt.ref = named(member, receipt.ref);
    if (next) next(std::move(receipt));
  };
  own.on_late_answer = [this, member, next = ports.on_late_answer](LateAnswer answer) {
    answer.provider = settings_.name;
    name_refs(member, answer.provider_ref, answer.receipt_refs);
    const relay::MessageId message = answer.message;
    const bool was_sent = answer.was_sent;
    if (next) next(std::move(answer));
    if (!was_sent) return;
    for (const auto& other : members_) other->drop_waiting(message);
  };
  return own;
}

void ModemPool::add(std::unique_ptr<ModemProvider> member) {
  traits_.max_in_flight += member->traits().max_in_flight;
  traits_.receipt_window = std::max(traits_.receipt_window, member->traits().receipt_window);
  members_.push_back(std::move(member));
}

int ModemPool::capacity() const {
  int attempts = 0;
  for (const auto& member : members_) attempts += member->capacity();
  return attempts;
}

std::optional<std::string> ModemPool::not_ready() const {
  std::string reasons;
  for (const auto& member : members_) {
    const auto why = member->not_ready();
    if (!why) return std::nullopt;
    reasons += relay::concat(reasons.empty() ? "" : "; ", member->traits().name, ": ", *why);
  }
  return reasons;
}

/// Null: none that is ready, untried and sends there.
ModemProvider* ModemPool::choose(const relay::Message& message, const std::vector<ModemProvider*>& tried) const {
  std::vector<ModemProvider*> candidates;
  for (const auto& member : members_) {
    if (member->not_ready() || !member->carries(message.to)) continue;
    if (std::ranges::find(tried, member.get()) != tried.end()) continue;
    if (member->has_parts_of(message.id)) return member.get();  // The rest of a long message.
    candidates.push_back(member.get());
  }
  if (candidates.empty()) return nullptr;
  const auto load = [](const ModemProvider* member) {
    return std::tuple{member->waiting(), member->failures_in_a_row(), member->messages_sent()};
  };
  ModemProvider* const least = *std::ranges::min_element(candidates, {}, load);
  const auto last = last_member_.find(message.to);
  if (last == last_member_.end() || std::ranges::find(candidates, last->second) == candidates.end()) return least;
  // The same SIM again, but not behind a line while another stands idle.
  return last->second->waiting() < last->second->capacity() ? last->second : least;
}

void ModemPool::remember(const std::string& recipient, ModemProvider* member) {
  if (!settings_.sticky) return;
  const auto [place, is_new] = last_member_.insert_or_assign(recipient, member);
  if (!is_new) return;
  remembered_.push_back(recipient);
  if (remembered_.size() <= max_remembered) return;
  last_member_.erase(remembered_.front());
  remembered_.pop_front();
}

Task<SendResult> ModemPool::send(SendRequest request) {
  const relay::Message& message = *request.message;
  SendResult result;
  result.outcome = Outcome::unavailable;
  result.code = "not_ready";
  result.detail = not_ready().value_or("no modem of the pool is ready");
  const bool some_carry =
      std::ranges::any_of(members_, [&](const auto& member) { return member->carries(message.to); });
  if (!some_carry) {
    result.outcome = Outcome::refused;
    result.code = "prefix";
    result.detail = "no modem of the pool sends to that prefix (prefixes)";
    co_return result;
  }
  std::vector<ModemProvider*> tried;
  while (ModemProvider* member = choose(message, tried)) {
    result = co_await member->send(request);
    const std::string& name = member->traits().name;
    name_refs(name, result.provider_ref, result.receipt_refs);
    result.detail = relay::concat(name, ": ", result.detail);
    if (result.outcome == Outcome::accepted) remember(message.to, member);
    if (!another_may_do(result) || runtime_.clock.steady() >= request.deadline) co_return result;
    tried.push_back(member);
  }
  co_return result;
}

}  // namespace modem
