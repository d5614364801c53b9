#include "firmware/modem/pin_guard.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"

namespace modem {
namespace {

using relay::Task;

/// Tells one PIN from another without keeping it. Not a secret's guard: four digits can be tried out, but whoever reads
/// the store can read the settings too.
std::string mark_of(const std::string& iccid, const std::string& pin) {
  const std::string text = relay::concat("sim-pin:", iccid, ":", pin);
  return relay::crypto::hex(relay::crypto::sha256(text)).substr(0, 16);
}

std::string key_of(const std::string& iccid) { return relay::concat("sim-pin/", iccid.empty() ? "unknown" : iccid); }

}  // namespace

Task<std::optional<std::string>> PinGuard::refusal(std::string iccid, std::string pin, int tries_left) {
  if (tries_left == 0 || tries_left == 1) co_return "fewer than two tries are left";
  if (memory_ != nullptr && !tried_.contains(iccid)) {
    const auto remembered = co_await memory_->recall(key_of(iccid));
    if (!remembered) co_return "the store does not tell whether this SIM has refused it before";
    tried_[iccid] = remembered->value_or("");
  }
  const auto known = tried_.find(iccid);
  if (known == tried_.end() || known->second.empty()) co_return std::nullopt;
  if (known->second == mark_of(iccid, pin)) co_return "this SIM has refused it before";
  if (tries_left < 0) co_return "this SIM has refused another one before, and the modem does not tell the tries left";
  co_return std::nullopt;
}

Task<bool> PinGuard::trying(std::string iccid, std::string pin) {
  const std::string mark = mark_of(iccid, pin);
  tried_[iccid] = mark;
  if (memory_ == nullptr) co_return true;
  const auto kept = co_await memory_->remember(key_of(iccid), mark);
  co_return kept.has_value();
}

Task<> PinGuard::succeeded(std::string iccid) {
  tried_[iccid].clear();
  if (memory_ == nullptr) co_return;
  (void)co_await memory_->remember(key_of(iccid), "");
}

}  // namespace modem
