#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "relay/base/time.hpp"

namespace modem {

/// What is tried when the modem does not answer, mildest first (facts/modem.md 4, "Recovery ladder"). New rungs go
/// between these.
enum class Rung : std::uint8_t {
  resync,         ///< ESC, CR, AT
  reopen,         ///< Close the line, resolve its name again, open, start sequence.
  restart_modem,  ///< AT+CFUN=1,1: at most `max_restarts_per_hour`.
};
[[nodiscard]] std::string_view name_of(Rung rung);

/// Which rung is next. Pure: time is passed in.
class RecoveryLadder {
 public:
  static constexpr std::size_t max_restarts_per_hour = 3;

  [[nodiscard]] Rung next(relay::SteadyTime now);
  /// A message went out: the next trouble begins at the lowest rung. So does one after `quiet` without any. Restarts
  /// stay counted.
  void recovered() { step_ = 0; }
  static constexpr relay::Millis quiet{600'000};

 private:
  std::size_t step_ = 0;
  relay::SteadyTime last_trouble_{};
  std::deque<relay::SteadyTime> restarts_;
};

/// How long to wait before the next try to open the line: 0.5 s, doubling to 5 s (USB devices come back after 1 to 30
/// s).
class OpenBackoff {
 public:
  [[nodiscard]] relay::Millis next();
  void reset() { delay_ = first; }

 private:
  static constexpr relay::Millis first{500};
  static constexpr relay::Millis last{5000};
  relay::Millis delay_ = first;
};

}  // namespace modem
