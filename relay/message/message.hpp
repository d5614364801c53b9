#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "relay/message/message_id.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay {

/// Applications are few (at most 64 on a box); 0 is the box itself.
using AppId = std::int32_t;

/// A text: all that an SMS can hold, and the simplest thing to say on WhatsApp.
struct SmsContent {
  std::string text;  ///< UTF-8, valid, 1..1600 characters, on WhatsApp up to 4096 (admission checks it).
  bool operator==(const SmsContent&) const = default;
};

/// WhatsApp: something that the provider fetches from a public URL.
struct MediaContent {
  MediaKind kind = MediaKind::image;
  std::string url;       ///< https
  std::string caption;   ///< May be empty; no provider takes one for audio.
  std::string filename;  ///< Of a document, may be empty.
  bool operator==(const MediaContent&) const = default;
};

/// WhatsApp: a text approved beforehand, the only thing that may be said outside of the 24-hour window.
struct TemplateContent {
  std::string name;                    ///< As the settings of the providers name it, not as a provider does.
  std::vector<std::string> variables;  ///< For {{1}}, {{2}}, ... of the template.
  bool operator==(const TemplateContent&) const = default;
};

/// What is said. Nothing but dialects, admission and the store's rows looks inside.
using Content = std::variant<SmsContent, MediaContent, TemplateContent>;

/// The next step of a message's chain when its own channel cannot carry it: another channel's providers, with a text
/// for them.
struct Fallback {
  Channel channel = Channel::sms;
  std::string text;
  bool operator==(const Fallback&) const = default;
};

/// A message as it is stored. One recipient: a submission to several becomes one message each with the same batch id.
struct Message {
  MessageId id;
  MessageId batch;  ///< The id of the first message of its submission.
  AppId app = 0;
  Channel channel = Channel::sms;
  MessageClass message_class = MessageClass::info;
  std::string to;    ///< E.164 with the plus for sms.
  std::string from;  ///< Wished sender, empty for the provider's own.
  Content content;
  std::optional<Fallback> fallback;
  std::vector<std::string> tags;
  std::string callback_url;  ///< Empty: no webhook.

  State state = State::queued;
  std::string reason;         ///< Why it ended so, or why it still waits: a stable word ("expired", "opted_out",
                              ///< "no_provider"), may be empty.
  WallTime accepted_at{};     ///< For people.
  TimelineTime due{};         ///< queued: not before this. sent: the end of the receipt window.
  TimelineTime expires_at{};  ///< No first byte of an attempt after this.
  std::int32_t attempts = 0;  ///< Journalled so far (I10).
  std::int32_t copies = 0;    ///< Accepted plus unknown so far (I6).
  /// SMS parts as the modem would send them, of the fallback's text if there is one; else 1 for what is no SMS.
  std::int32_t segments = 0;
  TextEncoding encoding = TextEncoding::gsm7;
};

/// The message as a provider of that channel sees it: itself, or with its fallback's text in place of its content.
[[nodiscard]] Message in_channel(Message message, Channel channel);

/// One attempt as it is stored: journalled and committed before its first byte, completed by its outcome.
struct Attempt {
  MessageId message;
  std::int32_t number = 0;  ///< 1, 2, ... within the message.
  std::string provider;
  WallTime started_at{};
  TimelineTime began{};   ///< The same on the timeline. Nought: an attempt of a release that did not note it.
  Millis surely_over{0};  ///< Not stored: it ended at least so long ago, by the steady clock, which never jumps.
  std::optional<Outcome> outcome;  ///< Empty while it is under way.
  std::optional<Millis> duration;
  std::string provider_ref;  ///< The provider's id ("SM…", a UUID, modem message references "17,18").
  std::string code;          ///< The raw code heard: "201", "21610", "CMS 38", "timeout".
  std::string detail;        ///< A sentence for a person; never the message text.
  std::string cost;          ///< "0.00790 USD", empty when unknown.
  std::optional<ReceiptStatus> receipt;
  std::optional<WallTime> receipt_at;
};

}  // namespace relay
