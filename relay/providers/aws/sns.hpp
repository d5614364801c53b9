#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/base/time.hpp"
#include "relay/crypto/certificate.hpp"

/// Messages that SNS posts to a webhook: are they Amazon's, and fresh (facts: cloud-apis.md 9). Pure: the certificate
/// is fetched by the caller.
namespace relay::providers::aws {

/// The envelope, as far as it is signed.
struct SnsEnvelope {
  enum class Type : std::uint8_t { notification, subscription_confirmation, unsubscribe_confirmation };
  enum class Version : std::uint8_t { one, two };  ///< RSA with SHA-1, with SHA-256.
  Type type = Type::notification;
  Version version = Version::one;
  std::string message_id;
  std::string topic_arn;
  std::string subject;
  bool has_subject = false;
  std::string message;
  std::string token;          ///< Of the confirmations.
  std::string subscribe_url;  ///< Of the confirmations.
  std::string timestamp;
  std::string signature;  ///< Decoded.
  std::string certificate_url;
};

/// Errors: invalid_argument, with what is missing. Nothing of `Message` is looked into.
[[nodiscard]] Result<SnsEnvelope> parse_envelope(std::string_view body);

/// "arn:aws:sns:REGION:ACCOUNT:NAME"; empty parts when it is none.
struct TopicArn {
  std::string partition;
  std::string region;
  std::string account;
  std::string name;
};
[[nodiscard]] TopicArn parse_topic(std::string_view arn);

/// Whether this is where SNS keeps its certificates: https, a host sns.REGION.amazonaws.com of the topic's own region
/// (.cn in China), no port but 443, no user, no query, and the file name that SNS uses. Everything else that
/// could be fetched is the sender's choice and not Amazon's.
[[nodiscard]] bool is_certificate_url(std::string_view url, const TopicArn& topic);

/// What SNS signs.
[[nodiscard]] std::string string_to_sign(const SnsEnvelope& envelope);

/// Whether the certificate is SNS's and valid at `now`, and its key signed the envelope. The error says which of these
/// is not so. Whose word the certificate has is Certificate::leads_to()'s business.
[[nodiscard]] Result<void> check_signature(const SnsEnvelope& envelope, const crypto::Certificate& certificate,
                                           WallTime now);

/// Whether the envelope's time is within `window` before now (and 15 min after: clocks differ). Redeliveries keep their
/// first time.
[[nodiscard]] bool is_fresh(const SnsEnvelope& envelope, WallTime now, Millis window);

}  // namespace relay::providers::aws
