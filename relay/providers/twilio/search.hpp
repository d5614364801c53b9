#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/providers/twilio/dialect.hpp"

namespace relay::providers::twilio {

/// Finds, among the messages that Twilio lists for a recipient, the one that an attempt of unknown outcome has made.
/// Pure. Twilio's list does not show our id, so a message is taken for ours when it has our text and was created while
/// the attempt ran. For the opposite proof the time does not count: the same text at another time leaves the matter
/// open, because either clock may have jumped.
class Search {
 public:
  /// `texts`: what the attempt may have carried. `started_at` and `duration`: the attempt's, by the box's clock.
  Search(std::vector<std::string> texts, WallTime started_at, Millis duration);

  /// `server_ahead`: Twilio's clock minus the box's.
  void look_at(const Page& page, Millis server_ahead);

  /// The one closest to the attempt's start.
  [[nodiscard]] const std::optional<Entry>& match() const { return match_; }
  /// Some message had our text, whenever it was created.
  [[nodiscard]] bool saw_text() const { return saw_text_; }

 private:
  [[nodiscard]] bool is_our_text(std::string_view body) const;

  std::vector<std::string> texts_;
  WallTime started_at_;
  Millis duration_;
  std::optional<Entry> match_;
  Millis distance_{};
  bool saw_text_ = false;
};

/// Twilio tells creation times in whole seconds, its Date header too, and clocks drift a little between.
inline constexpr Millis creation_slack{5000};

/// Goes before every text of a trial account.
inline constexpr std::string_view trial_prefix = "Sent from your Twilio trial account - ";

}  // namespace relay::providers::twilio
