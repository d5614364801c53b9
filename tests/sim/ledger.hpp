#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/message/vocabulary.hpp"

namespace sim {

/// Time of the world: milliseconds since the run began. No boot and no clock of the box touches it.
using WorldTime = relay::SteadyTime;

/// One attempt as the world saw it: a request at a cloud, or the parts of one message at the modem's network.
struct Send {
  std::size_t item = 0;
  std::string provider;
  std::optional<std::size_t> modem;  ///< Which of them, where the provider is modems.
  int boot = 0;                      ///< Of the process that made it.
  WorldTime at{};
  bool byte_left = false;             ///< Something of it can have reached the provider.
  std::optional<WorldTime> accepted;  ///< The provider took it (a part of it, at the modem).
  std::optional<WorldTime> answered;  ///< The relay was told the whole outcome, undamaged.
  bool relay_died = false;            ///< The relay was told, and died before it had recorded it.
  bool opted_out = false;             ///< The answer says: the recipient wants nothing.
  int reference = -1;                 ///< Concatenation reference of parts at the modem.
  int parts = 0;                      ///< Taken by the modem's network so far.

  /// The relay cannot know what became of it.
  [[nodiscard]] bool ambiguous() const { return byte_left && (!answered || relay_died); }
};

/// One message to one recipient.
struct Item {
  std::size_t submission = 0;
  std::string to;
  std::string id;  ///< As the box called it; empty until the world heard of it.
  std::vector<std::size_t> sends;
  std::optional<WorldTime> interrupted;  ///< When the box first died with an attempt of it open.
  int tries_at_clouds = 0;               ///< Calls of a provider for it, whether or not a byte left.
  std::array<int, 2> tries_at_modems{};
  std::optional<WorldTime> delivered;       ///< The world reported its delivery to the box, or showed it when asked.
  std::optional<relay::State> final_state;  ///< The first one that the world was told.
  std::vector<std::int64_t> event_ids;      ///< Webhooks that came for it, in order of their first coming.

  /// How many attempts there were at the least: one attempt at a pool may try each of its modems.
  [[nodiscard]] int attempts_seen() const { return tries_at_clouds + std::ranges::max(tries_at_modems); }
};

/// What an application asked for.
struct Submission {
  enum class Fate : std::uint8_t { open, acknowledged, refused, given_up };
  int app = 0;
  std::string token;  ///< In the text: how the world knows the message again.
  std::string key;    ///< Idempotency key; empty: none.
  std::string body;   ///< JSON
  relay::MessageClass message_class = relay::MessageClass::info;
  relay::Millis life{};
  WorldTime first_try{};
  WorldTime last_try{};
  std::optional<WorldTime> acknowledged_at;
  relay::Millis delay{0};  ///< send_at
  bool callback = false;
  int parts = 1;
  int tries = 0;
  Fate fate = Fate::open;
  std::string answer;
  std::vector<std::size_t> items;
  relay::Millis lost_time_before{0};  ///< Box::lost_time() and time_leaps() at the first try.
  int time_leaps_before = 0;
};

/// What somebody wrote to the box's number. No two of a run have the same sender and text.
struct Letter {
  std::string from;
  std::string text;
  WorldTime at{};
  int time_leaps_before = 0;  ///< As a submission's.
  bool owed = true;           ///< Somebody has said that the box will have it.
  int times_read = 0;         ///< By the application that reads GET /v1/inbound from its cursor on.
};

/// The truth of a run, as the world keeps it. It never looks into the product.
class Ledger {
 public:
  std::size_t add(Submission submission, const std::vector<std::string>& recipients);
  /// By the token in a text and the recipient.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view text, std::string_view to) const;
  [[nodiscard]] std::optional<std::size_t> find_id(std::string_view id) const;
  void name(std::size_t item, const std::string& id);

  std::size_t add_send(Send send);
  [[nodiscard]] Submission& submission_of(std::size_t item) { return submissions[items[item].submission]; }

  std::vector<Submission> submissions;
  std::vector<Item> items;
  std::vector<Send> sends;
  std::vector<Letter> letters;

 private:
  std::map<std::string, std::size_t, std::less<>> by_token_;  ///< Submission
  std::map<std::string, std::size_t, std::less<>> by_id_;     ///< Item
};

}  // namespace sim
