#include "relay/message/transitions.hpp"

#include <array>
#include <cstdint>

#include "relay/base/planted_fault.hpp"

namespace relay {
namespace {

constexpr std::uint32_t bit(State state) { return std::uint32_t{1} << static_cast<unsigned>(state); }

template <class... States>
constexpr std::uint32_t bits(States... states) {
  return (bit(states) | ...);
}

using enum State;
constexpr std::array<std::uint32_t, state_count> lawful{
    /* queued      */ bits(sending, failed, expired, blocked, cancelled, unknown, delivered, sent, unconfirmed),
    /* sending     */ bits(queued, sent, failed, expired, blocked, unknown, delivered, unconfirmed),
    /* sent        */ bits(queued, delivered, failed, unconfirmed),
    /* delivered   */ 0,
    /* failed      */ 0,
    /* expired     */ 0,
    /* blocked     */ 0,
    /* cancelled   */ 0,
    /* unconfirmed */ 0,
    /* unknown     */ 0,
};
// queued -> sent | delivered | unconfirmed | unknown: the message waits after an `unknown` attempt when proof of that
// attempt arrives, or its time to look for proof ends. sending -> delivered: a modem's status report can come before
// the answer to +CMGS. sent -> queued: the provider takes its acceptance back, and the message has a fallback in
// another channel; or it gives the message back unsent, and there are other providers.

}  // namespace

bool is_lawful(State from, State to) {
  // These three are two mistakes each: the check before the change, and this one.
  if (planted(PlantedFault::late_receipt_overwrites_final) || planted(PlantedFault::proof_overwrites_final) ||
      planted(PlantedFault::final_message_cancelled)) {
    return true;
  }
  return (lawful[static_cast<std::size_t>(from)] & bit(to)) != 0;
}

}  // namespace relay
