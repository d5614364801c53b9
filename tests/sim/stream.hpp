#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "relay/base/random.hpp"
#include "relay/base/time.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace sim {

/// FNV-1a, the hash of names, of traces and of runs.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) value_ = (value_ ^ ((number >> shift) & 0xffU)) * 0x100000001b3U;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// The seed of one part of the world, or of the product in one of its boots (`number`).
[[nodiscard]] inline std::uint64_t seed_of(std::uint64_t seed, std::string_view name,
                                           std::optional<std::uint64_t> number = std::nullopt) {
  Hash hash;
  hash.add(seed);
  hash.add(name);
  if (number) hash.add(*number);
  return hash.value();
}

/// A stream of random numbers of its own for each part of the world, so that one draw more in one part does not shift
/// the others. Integers only: the same on every compiler.
class Stream {
 public:
  Stream(std::uint64_t seed, std::string_view name) : random_(seed_of(seed, name)) {}

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  /// Both ends included.
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low) + 1));
  }
  [[nodiscard]] relay::Millis between(relay::Millis low, relay::Millis high) {
    return relay::Millis{between(low.count(), high.count())};
  }
  /// About `mean`, from 0 to twice of it.
  [[nodiscard]] relay::Millis about(relay::Millis mean) { return between(relay::Millis{1}, 2 * mean); }
  [[nodiscard]] bool chance(double probability) {
    return static_cast<double>(random_.next() >> 11U) * 0x1.0p-53 < probability;
  }
  template <class T>
  [[nodiscard]] const T& pick(const std::vector<T>& from) {
    return from[random_.below(from.size())];
  }
  [[nodiscard]] relay::Random& source() { return random_; }

 private:
  fakes::SeededRandom random_;
};

}  // namespace sim
