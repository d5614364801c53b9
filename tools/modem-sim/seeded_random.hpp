#pragma once

#include <cstring>

#include "relay/base/random.hpp"

namespace modem_sim {

/// SplitMix64: the same numbers for the same seed, so that a run with faults can be repeated.
class SeededRandom final : public relay::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      state_ += 0x9E3779B97F4A7C15U;
      std::uint64_t mixed = state_;
      mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
      mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
      mixed ^= mixed >> 31U;
      const auto count = std::min(bytes.size(), sizeof mixed);
      std::memcpy(bytes.data(), &mixed, count);
      bytes = bytes.subspan(count);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace modem_sim
