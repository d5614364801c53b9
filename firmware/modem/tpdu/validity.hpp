#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "firmware/modem/tpdu/timestamp.hpp"

namespace tpdu {

/// TP-VP in its relative form (3GPP TS 23.040 clause 9.2.3.12.1).
struct RelativeValidity {
  std::uint8_t octet = 0;
  bool operator==(const RelativeValidity&) const = default;
};

/// TP-VP in its enhanced form (clause 9.2.3.12.3).
struct EnhancedValidity {
  std::uint8_t indicator = 0;           ///< The first functionality indicator octet.
  bool single_shot = false;             ///< The service centre tries once.
  int format = 0;                       ///< 0 none, 1 relative, 2 seconds, 3 hh:mm:ss, 4..7 reserved
  std::optional<std::int64_t> seconds;  ///< The period, when the format gives a readable one.
  bool operator==(const EnhancedValidity&) const = default;
};

using Validity = std::variant<RelativeValidity, Timestamp, EnhancedValidity>;

inline constexpr std::int64_t max_relative_minutes = std::int64_t{63} * 7 * 24 * 60;

[[nodiscard]] std::int64_t relative_minutes(std::uint8_t octet);
/// The shortest relative period that is not shorter than `minutes`; beyond 63 weeks the longest there is, below 5
/// minutes the shortest.
[[nodiscard]] std::uint8_t relative_octet(std::int64_t minutes);
[[nodiscard]] EnhancedValidity decode_enhanced(std::span<const std::uint8_t, 7> octets);

}  // namespace tpdu
