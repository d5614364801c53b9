#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "relay/base/time.hpp"

namespace tpdu {

/// TP-SCTS, TP-DT and the absolute TP-VP (3GPP TS 23.040 clause 9.2.3.11): local time with its offset from UTC.
struct Timestamp {
  int year = 2000;  ///< 1990..2089
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int offset_quarters = 0;  ///< Local time minus UTC in quarters of an hour, -79..79.

  bool operator==(const Timestamp&) const = default;
};

inline constexpr std::size_t timestamp_octets = 7;

/// Empty when a semi-octet is over 9 or a field out of its range (there is no 30 February).
[[nodiscard]] std::optional<Timestamp> decode_timestamp(std::span<const std::uint8_t, timestamp_octets> octets);

/// "2011-02-28T11:50:50-05:00"
[[nodiscard]] std::string to_text(const Timestamp& timestamp);
[[nodiscard]] relay::WallTime to_wall(const Timestamp& timestamp);

}  // namespace tpdu
