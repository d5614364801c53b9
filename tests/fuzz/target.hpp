#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What every fuzz target is made of. A target is a property of the product that must hold for any input. The same
/// object file is linked into a libFuzzer program (fuzz_entry.cpp) and into the replayer (replay.cpp), which every
/// normal build runs over all seeds and regressions.
namespace fuzz {

/// Aborts, naming the property and the place: libFuzzer then keeps the input.
void require(bool holds, std::string_view property, std::source_location place = std::source_location::current());

/// Takes choices off the front of an input; what is left is the payload. An input that is too short reads as zeros, so
/// that every input means something.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t octet();
  [[nodiscard]] std::size_t below(std::size_t bound) { return octet() % bound; }  ///< bound 1..256
  [[nodiscard]] int number16();                                                   ///< Big-endian.
  [[nodiscard]] std::string_view take(std::size_t most);
  [[nodiscard]] std::string_view text() { return take(octet()); }  ///< With its length before it.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

[[nodiscard]] inline std::span<const std::uint8_t> octets_of(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::string bytes_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// Inputs that a mutation can start from.
using Seeds = std::vector<std::string>;

struct Target {
  std::string_view name;  ///< Of its program (fuzz_NAME), corpus, dictionary and regressions.
  void (*run)(std::string_view input);
  Seeds (*seeds)();
};

/// Puts a target on the list: one constant in each target's file.
class Registration {
 public:
  explicit Registration(Target target);
};
[[nodiscard]] const std::vector<Target>& targets();

}  // namespace fuzz
