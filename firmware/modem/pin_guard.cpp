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

/// Behind a mark: the answer to the try has not been heard.
constexpr char unanswered = '?';
/// What a SIM grants before it wants its PUK (3GPP TS 31.101 clause 9.5.1 leaves it to the card; all have three).
constexpr int all_tries = 3;

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
  const std::string mark = mark_of(iccid, pin);
  if (known->second == mark) co_return "this SIM has refused it before";
  if (known->second == mark + unanswered) {
    if (tries_left >= all_tries) co_return std::nullopt;
    co_return "it was tried before, and the answer of the SIM was never heard";
  }
  if (tries_left < 0) co_return "this SIM has refused another one before, and the modem does not tell the tries left";
  co_return std::nullopt;
}

Task<bool> PinGuard::trying(std::string iccid, std::string pin) {
  const bool kept = co_await keep(iccid, mark_of(iccid, pin) + unanswered);
  co_return kept;
}

// What follows need not succeed: an unanswered try is what the store then knows, which is the cautious way.

Task<> PinGuard::refused(std::string iccid, std::string pin) {
  [[maybe_unused]] const bool kept = co_await keep(iccid, mark_of(iccid, pin));
}

Task<> PinGuard::clear(std::string iccid) { [[maybe_unused]] const bool kept = co_await keep(iccid, ""); }

Task<bool> PinGuard::keep(std::string iccid, std::string mark) {
  tried_[iccid] = mark;
  if (memory_ == nullptr) co_return true;
  const auto kept = co_await memory_->remember(key_of(iccid), std::move(mark));
  co_return kept.has_value();
}

}  // namespace modem
