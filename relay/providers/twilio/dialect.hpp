#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/common/templates.hpp"
#include "relay/providers/common/text.hpp"
#include "relay/providers/provider.hpp"

/// Twilio's Messages resource: form requests, JSON answers (facts: cloud-apis.md 2). Pure.
namespace relay::providers::twilio {

struct Options {
  std::string base_url;  ///< Without a trailing slash.
  std::string account_sid;
  std::string user;  ///< Basic auth: the account's SID, or an API key's.
  std::string password;
  std::string from;
  std::string messaging_service_sid;
  std::vector<std::string> allowed_senders;  ///< Senders that a message's `from` may choose instead.
  std::string status_callback;               ///< Without our rid; empty: no callbacks.
  std::string repeat_prefix;
  Channel channel = Channel::sms;  ///< sms or whatsapp
  Templates templates;             ///< WhatsApp: our name -> content SID
};

inline constexpr TextLimit text_limit{1600, 6400};  // Body; the limit is in characters

/// One message as Twilio lists it.
struct Entry {
  std::string sid;
  std::string body;
  std::string status;
  std::string error_code;
  std::string cost;  ///< "0.00790 USD"; Twilio knows it some time after sending.
  std::optional<WallTime> created_at;
};

struct Page {
  std::vector<Entry> entries;
  std::string next_path;  ///< Path and query of the next page; empty: this is the last.
};

class Dialect {
 public:
  explicit Dialect(Options options);

  /// POST Messages.json, without its deadline, or why Twilio can never carry the message.
  [[nodiscard]] std::expected<http::ClientRequest, SendResult> build(const SendRequest& request) const;
  [[nodiscard]] SendResult read(const http::ClientResponse& answer, WallTime now) const;

  /// GET of one message, and of all messages to a number; `sent_since` leaves out older days.
  [[nodiscard]] http::ClientRequest fetch(std::string_view sid) const;
  [[nodiscard]] http::ClientRequest list(std::string_view to, std::optional<WallTime> sent_since) const;
  /// GET of a page that Twilio named; nothing when it leads anywhere but to this account's messages.
  [[nodiscard]] std::optional<http::ClientRequest> follow(std::string_view next_path) const;

  [[nodiscard]] static std::optional<Entry> read_entry(const http::ClientResponse& answer);
  [[nodiscard]] static std::optional<Page> read_page(const http::ClientResponse& answer);

  /// The texts that an attempt for this message may have carried: as it is, and marked as a repeat. None for what is
  /// no text: Twilio lists what it made of it.
  [[nodiscard]] std::vector<std::string> possible_texts(const Message& message) const;

  [[nodiscard]] Channel channel() const { return options_.channel; }

 private:
  [[nodiscard]] std::string address_of(std::string_view number) const;
  [[nodiscard]] std::optional<SendResult> add_content(const SendRequest& request, FormBody& form) const;
  [[nodiscard]] http::ClientRequest get(std::string_view path) const;

  Options options_;
  std::string messages_path_;  ///< "/2010-04-01/Accounts/AC.../Messages"
};

/// The finding that an entry is: accepted, with its status and price. WhatsApp refuses late what Twilio has accepted
/// (a closed window, nobody of that number): such a failure says so.
[[nodiscard]] Finding finding_of(const Entry& entry, Channel channel = Channel::sms);

}  // namespace relay::providers::twilio
