#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "relay/base/time.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay::chain {

struct BreakerSettings {
  int failures_in_a_row = 5;      ///< This many failures in a row open it ...
  int window = 20;                ///< ... or, of the last `window` attempts,
  int failures_in_window = 10;    ///< this many.
  Millis probe_interval{60'000};  ///< Open: one attempt as a probe per interval.
  Millis stable_after{
      300'000};  ///< Closed again for this long: past trouble is forgotten. Before, one failure re-opens it and the
                 ///< interval doubles, up to 8 times: a flapping primary does not drag the traffic to and fro.
};

enum class BreakerState : std::uint8_t { closed, open, half_open };
[[nodiscard]] std::string_view name_of(BreakerState state);

/// Tells whether a provider is worth an attempt. A value without IO or clock: time comes in with each call. Only what
/// is the provider's own fault counts; a recipient's or a message's never opens it (I7).
class Breaker {
 public:
  explicit Breaker(BreakerSettings settings) : settings_(settings) {}

  /// closed: yes. Otherwise: only as the probe, when one is due and none is under way.
  [[nodiscard]] bool lets_through(SteadyTime now) const;
  /// An attempt begins. Returns whether it is the probe (then its end decides).
  bool begin(SteadyTime now);
  /// It ended. `probe` is what begin() returned. Returns whether the state (open or not) changed.
  bool end(bool probe, Outcome outcome, SteadyTime now);
  /// The attempt was given up before the provider was touched: as if it had not begun.
  void abandon(bool probe);

  [[nodiscard]] BreakerState state(SteadyTime now) const;
  [[nodiscard]] int failure_count() const { return failures_in_a_row_; }
  /// When the next probe may go; meaningful while open.
  [[nodiscard]] SteadyTime probe_at() const { return probe_at_; }
  /// An operator's order: closed, all trouble forgotten.
  void reset();

 private:
  void open(SteadyTime now);
  void close(SteadyTime now);
  bool record_failure(SteadyTime now, bool is_broken);
  void record_success();

  BreakerSettings settings_;
  bool open_ = false;
  bool probing_ = false;
  SteadyTime probe_at_{};
  SteadyTime probe_was_due_{};                ///< probe_at_ before the probe under way: what abandon() goes back to.
  SteadyTime closed_at_ = SteadyTime::min();  ///< When it closed after having been open; min: never was, or forgotten.
  int reopenings_ = 0;
  int failures_in_a_row_ = 0;
  std::deque<bool> window_;  ///< true: failure
};

}  // namespace relay::chain
