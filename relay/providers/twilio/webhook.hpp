#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/time.hpp"
#include "relay/providers/webhook_event.hpp"

/// Calls that Twilio makes: are they Twilio's, and what do they say (facts: cloud-apis.md 2.3). Pure.
namespace relay::providers::twilio {

/// A call as it came in.
struct WebhookCall {
  std::string method = "POST";
  /// The whole URL as it is configured at Twilio, query included and nothing decoded, without a fragment: scheme and
  /// host come from our own settings, never from the call's Host header.
  std::string url;
  std::string content_type;
  std::string body;
  std::string signature;  ///< Header X-Twilio-Signature.
};

using Fields = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::size_t max_fields = 256;  ///< Of one form. Twilio sends some 30.

/// The form of the body (POST) or of the query, decoded. Nothing: it has too many fields, or no form where one must be.
[[nodiscard]] std::optional<Fields> fields_of(const WebhookCall& call);
/// The first value; empty when there is none.
[[nodiscard]] std::string_view field(const Fields& fields, std::string_view name);

/// Whose token signs the call: the parameter AccountSid of the form or of the URL. The only thing that is read before
/// the signature is known to be good; empty when it is no account's id.
[[nodiscard]] std::string account_of(const WebhookCall& call, const Fields& fields);

/// base64(HMAC-SHA1(token, URL + sorted parameters)), with the URL as given: for tests and simulators.
[[nodiscard]] std::string sign(std::string_view url, const Fields& fields, std::string_view auth_token);

/// Whether the holder of the token signed the call. With a body that is no form (JSON), the URL must carry the body's
/// bodySHA256. The URL is tried with and without the scheme's default port, as Twilio may sign either.
[[nodiscard]] bool is_genuine(const WebhookCall& call, const Fields& fields, std::string_view auth_token);

/// What a genuine call tells. `now` is the event's time: Twilio sends none. Errors: invalid_argument when it is neither
/// a status callback nor an inbound message.
[[nodiscard]] Result<WebhookEvent> read_event(const WebhookCall& call, const Fields& fields, WallTime now);

}  // namespace relay::providers::twilio
