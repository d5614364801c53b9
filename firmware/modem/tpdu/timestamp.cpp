#include "firmware/modem/tpdu/timestamp.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace tpdu {
namespace {

// Two decimal semi-octets, the tens in the low one; -1 when one is over 9.
int decimal(std::uint8_t octet) {
  const int tens = octet & 0x0F;
  const int ones = octet >> 4U;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

std::chrono::year_month_day date_of(const Timestamp& t) {
  return {std::chrono::year{t.year}, std::chrono::month{static_cast<unsigned>(t.month)},
          std::chrono::day{static_cast<unsigned>(t.day)}};
}

bool in_range(int value, int low, int high) { return value >= low && value <= high; }

}  // namespace

std::optional<Timestamp> decode_timestamp(std::span<const std::uint8_t, timestamp_octets> octets) {
  const int year = decimal(octets[0]);
  // Bit 3 of the zone octet is its sign, so the tens have three bits.
  const bool west = (octets[6] & 0x08U) != 0;
  const int quarters = decimal(octets[6] & 0xF7U);
  if (year < 0 || quarters < 0) return std::nullopt;
  Timestamp t;
  t.year = year >= 90 ? 1900 + year : 2000 + year;
  t.month = decimal(octets[1]);
  t.day = decimal(octets[2]);
  t.hour = decimal(octets[3]);
  t.minute = decimal(octets[4]);
  t.second = decimal(octets[5]);
  t.offset_quarters = west ? -quarters : quarters;
  if (t.month < 1 || t.day < 1 || !date_of(t).ok()) return std::nullopt;
  if (!in_range(t.hour, 0, 23) || !in_range(t.minute, 0, 59) || !in_range(t.second, 0, 59)) return std::nullopt;
  return t;
}

std::string to_text(const Timestamp& t) {
  char text[64];
  const int quarters = std::abs(t.offset_quarters);
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", t.year, t.month, t.day, t.hour, t.minute,
                t.second, t.offset_quarters < 0 ? '-' : '+', quarters / 4, quarters % 4 * 15);
  return text;
}

relay::WallTime to_wall(const Timestamp& t) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const auto local = std::chrono::sys_days{date_of(t)} + hours{t.hour} + minutes{t.minute} + seconds{t.second};
  const auto utc = local - minutes{t.offset_quarters * 15};
  return relay::WallTime{std::chrono::duration_cast<relay::Millis>(utc.time_since_epoch())};
}

}  // namespace tpdu
