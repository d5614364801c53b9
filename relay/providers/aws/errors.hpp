#pragma once

#include <array>
#include <string>
#include <string_view>

#include "relay/providers/common/answer.hpp"

/// Errors that every AWS service gives alike (facts: cloud-apis.md 3.3).
namespace relay::providers::aws {

/// The signature's time is too far from AWS's: nothing was done, and a request signed by a corrected clock may follow
/// at once.
[[nodiscard]] bool is_clock_error(const ProviderError& error);

/// "com.amazonaws.x#Name", "Name:http://..." and "Name" give "Name".
[[nodiscard]] std::string short_error_name(std::string_view type);

inline constexpr std::string_view clock_meaning =
    "the box's clock is minutes away from AWS's; check time synchronisation";
inline constexpr std::string_view key_meaning =
    "AWS does not know this access key; check access_key_id and session_token";
inline constexpr std::string_view secret_meaning = "the signature is wrong; check secret_access_key and region";
inline constexpr std::string_view expired_meaning = "the temporary credentials have expired; renew them";
inline constexpr std::string_view request_meaning = "AWS found no usable signature; a proxy may change the request";
inline constexpr std::string_view denied_meaning = "this key may not send; allow the send action in its IAM policy";
inline constexpr std::string_view opt_in_meaning =
    "the account has not subscribed to this service; do so in the AWS console";
inline constexpr std::string_view throttle_meaning = "AWS asks to slow down; nothing was sent";

// clang-format off
inline constexpr std::array<ErrorRow, 27> common_rows{{
    {"SignatureDoesNotMatch",              "", "Signature expired", Outcome::account, clock_meaning},
    {"SignatureDoesNotMatch",              "", "not yet current",   Outcome::account, clock_meaning},
    {"InvalidSignatureException",          "", "Signature expired", Outcome::account, clock_meaning},
    {"InvalidSignatureException",          "", "not yet current",   Outcome::account, clock_meaning},
    {"RequestTimeTooSkewed",               "", "", Outcome::account, clock_meaning},
    {"RequestExpired",                     "", "", Outcome::account, clock_meaning},
    {"InvalidClientTokenId",               "", "", Outcome::account, key_meaning},
    {"UnrecognizedClientException",        "", "", Outcome::account, key_meaning},
    {"SignatureDoesNotMatch",              "", "", Outcome::account, secret_meaning},
    {"InvalidSignatureException",          "", "", Outcome::account, secret_meaning},
    {"ExpiredToken",                       "", "", Outcome::account, expired_meaning},
    {"ExpiredTokenException",              "", "", Outcome::account, expired_meaning},
    {"MissingAuthenticationToken",         "", "", Outcome::account, request_meaning},
    {"MissingAuthenticationTokenException","", "", Outcome::account, request_meaning},
    {"IncompleteSignature",                "", "", Outcome::account, request_meaning},
    {"IncompleteSignatureException",       "", "", Outcome::account, request_meaning},
    {"AccessDenied",                       "", "", Outcome::account, denied_meaning},
    {"AuthorizationError",                 "", "", Outcome::account, denied_meaning},
    {"OptInRequired",                      "", "", Outcome::account, opt_in_meaning},
    {"Throttling",                         "", "", Outcome::throttled, throttle_meaning},
    {"ThrottlingException",                "", "", Outcome::throttled, throttle_meaning},
    {"Throttled*",                         "", "", Outcome::throttled, throttle_meaning},  // and ...Exception
    {"TooManyRequestsException",           "", "", Outcome::throttled, throttle_meaning},
    {"RequestThrottled",                   "", "", Outcome::throttled, throttle_meaning},
    {"RequestLimitExceeded",               "", "", Outcome::throttled, throttle_meaning},
    {"SlowDown",                           "", "", Outcome::throttled, throttle_meaning},
    // Last, so that a service's own rows for it go before: EUM gives reasons.
    {"AccessDeniedException",              "", "", Outcome::account, denied_meaning},
}};
// clang-format on

}  // namespace relay::providers::aws
