#pragma once

#include <map>
#include <optional>
#include <string>

#include "firmware/modem/ports.hpp"
#include "relay/base/task.hpp"

namespace modem {

/// Keeps a daemon that restarts from burning the three tries of a SIM, one a boot (facts/modem.md 2.6): a (SIM, PIN)
/// pair that was refused is not tried again, nor is one whose answer was never heard, unless all tries are left (then
/// it was not refused: a refusal costs one until the right PIN is entered); nor is any PIN while fewer than two tries
/// are left; nor, where the modem does not tell how many are left, a second PIN for the same SIM, ever.
/// Remembered by ICCID in SimMemory, and here for as long as the program runs.
class PinGuard {
 public:
  explicit PinGuard(SimMemory* memory) : memory_(memory) {}

  /// Why the PIN must not be entered into this SIM; nothing: it may. `tries_left` -1: the modem does not say.
  [[nodiscard]] relay::Task<std::optional<std::string>> refusal(std::string iccid, std::string pin, int tries_left);
  /// To be awaited before the try: a silence, or a power cut, must not lead to a second one. False: it could not be
  /// remembered, so the try must not be made.
  [[nodiscard]] relay::Task<bool> trying(std::string iccid, std::string pin);
  /// The SIM said no.
  [[nodiscard]] relay::Task<> refused(std::string iccid, std::string pin);
  /// The PIN was right, or the SIM was too busy to look at it: nothing stands against the next try.
  [[nodiscard]] relay::Task<> clear(std::string iccid);

 private:
  SimMemory* memory_;
  [[nodiscard]] relay::Task<bool> keep(std::string iccid, std::string mark);

  std::map<std::string, std::string> tried_;  ///< Mark of the PIN by ICCID; empty: none.
};

}  // namespace modem
