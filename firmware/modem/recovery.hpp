#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/modem/profiles/profile.hpp"
#include "relay/base/time.hpp"

namespace modem {

/// What is wrong: it decides where on the ladder to begin.
enum class Trouble : std::uint8_t {
  no_answer,       ///< The modem is silent. A radio cycle would need its answer.
  not_registered,  ///< It answers and finds no network for too long.
  not_sending,     ///< It answers, is registered, and no message goes out.
};
[[nodiscard]] std::string_view name_of(Trouble trouble);

/// What this box can do to a modem from outside.
struct RecoveryMeans {
  bool usb_reset = false;
  bool power_cycle = false;
};

/// Which rung is next. Pure: time is passed in. Never a reset loop: the rungs that restart something have a distance
/// from each other and a number an hour and a day; at the end of the ladder none is taken for 15 min, doubling to 4 h
/// (facts/modem.md 4).
class RecoveryLadder {
 public:
  static constexpr relay::Millis quiet{20 * 60'000};  ///< Trouble after so long without any begins at the lowest rung.
  static constexpr relay::Millis first_rest{15 * 60'000};
  static constexpr relay::Millis longest_rest{4 * 3'600'000};

  struct Decision {
    std::optional<Rung> rung;  ///< Nothing: wait, the ladder has come to its end.
    std::string skipped;       ///< "usb_reset (the board has none), ..."
    bool gave_up = false;      ///< With this decision.
  };

  void follow(const RecoveryPlan& plan) { plan_ = plan; }
  void use(RecoveryMeans means) { means_ = means; }

  [[nodiscard]] Decision next(Trouble trouble, relay::SteadyTime now);
  /// A message went out: the next trouble begins at the lowest rung. Resets stay counted.
  void recovered();
  /// No reset before then; nothing: it has not given up.
  [[nodiscard]] std::optional<relay::SteadyTime> resting_until() const { return resting_until_; }

 private:
  [[nodiscard]] std::string why_not(Rung rung, relay::SteadyTime now);
  [[nodiscard]] Decision at_the_end(Trouble trouble, relay::SteadyTime now, std::string skipped);
  void count(Rung rung, relay::SteadyTime now);

  RecoveryPlan plan_;
  RecoveryMeans means_;
  std::size_t position_ = 0;
  std::optional<relay::SteadyTime> last_trouble_;
  std::array<std::optional<relay::SteadyTime>, rung_count> last_;
  std::deque<relay::SteadyTime> resets_;  ///< Of the last day.
  std::optional<relay::SteadyTime> resting_until_;
  relay::Millis rest_ = first_rest;
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
