#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/message/opt_out_word.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay::providers {

/// What a provider's webhook told, in words that are the same for all providers. A dialect makes it of a call whose
/// signature is good; nothing in it was checked beyond that.
struct WebhookEvent {
  enum class Kind : std::uint8_t { receipt, inbound };
  Kind kind = Kind::receipt;
  Channel channel = Channel::sms;
  std::string provider;     ///< As Traits::kind without its channel: "twilio", "aws".
  std::string fingerprint;  ///< By the provider's own ids: equal in each redelivery of the same word, else different.
  std::string ref;          ///< The provider's id of the message: what Receipt::ref names.
  std::string ours;         ///< The number (or name) of ours that sends or received: it tells whose the event is.
  WallTime at{};

  // receipt
  std::string message;  ///< Our own id of the message, where the provider gave it back; else empty.
  std::string to;       ///< Who was sent to.
  std::string status;   ///< The provider's own word: "undelivered", "TEXT_DELIVERED".
  ReceiptStatus receipt = ReceiptStatus::pending;
  int rank = 0;  ///< Words overtake each other: one of a lower or equal rank than what is known is old news.
  std::string code;
  std::string cost;  ///< "0.00790 USD"; empty: not told.
  int segments = 0;  ///< 0: not told.
  // of the bridge, which sends for a box
  int attempt = 0;         ///< The box's attempt that this is about; 0: not told.
  bool not_sent = false;   ///< outbox::Receipt::not_sent
  bool refused = false;    ///< outbox::Receipt::refused
  bool opted_out = false;  ///< The person has told a provider to stop.

  // inbound
  struct Media {
    std::string url;
    std::string type;  ///< "image/jpeg"
    bool operator==(const Media&) const = default;
  };
  std::string from;
  std::string text;
  std::vector<Media> media;
  OptOutWord opt_out = OptOutWord::none;  ///< What the provider itself took it for.
};

/// From this rank on nothing more is awaited (but `read` after `delivered`).
inline constexpr int final_rank = 5;

}  // namespace relay::providers
