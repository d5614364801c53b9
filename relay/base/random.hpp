#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace relay {

/// The randomness seam. Not for key material unless the implementation says so (SystemRandom does: getrandom(2)).
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;

  [[nodiscard]] std::uint64_t next() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
  }
  /// Uniform in [0, bound); bound 0 gives 0. The bias of the modulo is below 2^-32 for the bounds in use (under 2^32).
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
};

}  // namespace relay
