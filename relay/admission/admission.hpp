#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/timeline.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/message/message.hpp"

namespace relay::admission {

/// What an application asks for, as parsed, before any rule was applied.
struct Wish {
  std::vector<std::string> to;
  std::string text;
  std::optional<MediaContent> media;    ///< whatsapp
  std::optional<TemplateContent> form;  ///< whatsapp: `template`, which is a keyword here
  std::optional<Fallback> fallback;     ///< To another channel than `channel`.
  Channel channel = Channel::sms;
  std::optional<MessageClass> message_class;
  std::string from;
  std::optional<Millis> expires_in;
  std::optional<WallTime> expires_at;
  std::optional<WallTime> send_at;
  std::string callback_url;
  std::vector<std::string> tags;
};

/// Why something may not enter. `type` is stable (it ends the problem's type URI); `detail` is a sentence for the
/// developer.
struct Refusal {
  int status = 400;
  std::string_view type;
  std::string_view title;
  std::string detail;
  std::string field;                  ///< The JSON member at fault, empty when none is.
  std::optional<Millis> retry_after;  ///< For 429 and 503.
};

struct AdmissionSettings {
  std::int64_t max_queued = 200'000;          ///< Over all applications; a tenth is kept for alarms.
  std::int64_t max_queued_per_app = 100'000;  ///< A tenth of it is kept for the application's alarms.
  std::int64_t max_recipients = 1'000;        ///< In one submission.
  std::int64_t max_text_characters = 1600;    ///< Twilio's and AWS's limit.
  Millis max_life{std::chrono::hours{24 * 7}};
  std::int64_t low_disk_bytes = 64LL << 20U;       ///< Below: no bulk.
  std::int64_t critical_disk_bytes = 16LL << 20U;  ///< Below: alarms only.
};
[[nodiscard]] const config::Table& settings_table();
[[nodiscard]] AdmissionSettings read_settings(const config::Section& section);

/// Who asks, and how full the box is.
struct Load {
  std::int64_t queued = 0;
  std::int64_t queued_by_app = 0;
  std::optional<std::int64_t> free_disk_bytes;  ///< Empty: not known, no rule applies.
  std::optional<Millis> over_limit_for;         ///< The application has sent what it may today: so long until tomorrow.
};

/// May it enter? Pure. Returns the messages ready to be stored (without ids), one per distinct recipient, or the
/// refusal.
class Admission {
 public:
  explicit Admission(AdmissionSettings settings) : settings_(settings) {}
  /// The channels that have a provider; only sms before this is called.
  void set_channels(std::vector<Channel> channels) { channels_ = std::move(channels); }

  [[nodiscard]] std::expected<std::vector<Message>, Refusal> admit(const Wish& wish, AppId app,
                                                                   MessageClass default_class, const Load& load,
                                                                   const Timeline& timeline, WallTime wall_now) const;
  [[nodiscard]] const AdmissionSettings& settings() const { return settings_; }

 private:
  struct Said {
    Content content;
    std::int32_t segments = 1;
    TextEncoding encoding = TextEncoding::gsm7;
  };
  /// What the message will hold, checked for its channel and its fallback's.
  [[nodiscard]] std::expected<Said, Refusal> said_by(const Wish& wish) const;
  [[nodiscard]] std::optional<Refusal> refuse_channels(const Wish& wish) const;
  [[nodiscard]] std::optional<Refusal> refuse_for_load(MessageClass message_class, std::size_t count,
                                                       const Load& load) const;

  AdmissionSettings settings_;
  std::vector<Channel> channels_{Channel::sms};
};

}  // namespace relay::admission
