#include "relay/providers/twilio/errors.hpp"

#include <array>

namespace relay::providers::twilio {
namespace {

constexpr std::string_view request_meaning = "Twilio cannot send this message as it is";
constexpr std::string_view sender_meaning = "the sender may not be used; check from and messaging_service_sid";
constexpr std::string_view whatsapp_meaning =
    "the content is not allowed on WhatsApp at this time; use a template or SMS";
constexpr std::string_view registration_meaning =
    "the sender is not registered for this traffic; finish its registration at Twilio";
constexpr std::string_view account_meaning =
    "the account cannot send; look at its state and its balance in the Twilio console";
constexpr std::string_view queue_meaning = "the sender's queue at Twilio is full; nothing was sent";

using enum Outcome;

// clang-format off
constexpr std::array<ErrorRow, 67> rows{{
    // This message can never go through Twilio.
    {"20001", "", "", refused, "a parameter is not valid"},
    {"21212", "", "", refused, "the sender is not a valid number; check from"},
    {"21602", "", "", refused, "the text is empty"},
    {"21603", "", "", refused, sender_meaning},
    {"21604", "", "", refused, "there is no recipient"},
    {"21609", "", "", refused, "status_callback is not a URL that Twilio takes"},
    {"21617", "", "", refused, "the text is longer than 1600 characters"},
    {"21658", "", "", refused, "the text is longer than 1600 characters"},
    {"21620", "", "", refused, request_meaning},
    {"21623", "", "", refused, request_meaning},
    {"21655", "", "", refused, request_meaning},
    {"21656", "", "", refused, request_meaning},
    {"21910", "", "", refused, "sender and recipient are of different channels"},
    {"351*", "", "", refused, request_meaning},
    {"30007", "", "", refused, "a carrier's filter stopped it"},
    {"30019", "", "", refused, "it is too large for the carrier"},
    {"63005", "", "", refused, whatsapp_meaning},
    {"63012", "", "", refused, whatsapp_meaning},
    {"63016", "", "", refused, whatsapp_meaning},
    {"63019", "", "", refused, whatsapp_meaning},
    {"63021", "", "", refused, whatsapp_meaning},
    {"63027", "", "", refused, "the template does not exist"},
    {"63028", "", "", refused, "the template's parameters do not match"},
    // The recipient is the reason, but only here: another provider may reach it. It is no fault of the account that a
    // breaker should answer, which would close the way for every other recipient.
    {"21408", "", "", refused, "the account may not send to the recipient's country; enable it in the Twilio console"},
    {"21612", "", "", refused, "this sender cannot reach the recipient"},
    // No provider of WhatsApp can, another channel may.
    {"63003", "", "", refused, "the recipient is not on WhatsApp", false, true},
    {"63024", "", "", refused, "the recipient is not on WhatsApp", false, true},
    {"63032", "", "", refused, "WhatsApp keeps this message from the recipient", false, true},
    // No provider should try.
    {"21211", "", "", recipient_refused, "the recipient's number is not valid"},
    {"21265", "", "", recipient_refused, "the recipient is a short code"},
    {"21266", "", "", recipient_refused, "recipient and sender are the same number"},
    {"21267", "", "", recipient_refused, "the recipient is an alphanumeric sender"},
    {"21268", "", "", recipient_refused, "the recipient is a premium number"},
    {"21610", "", "", recipient_refused, "the recipient has opted out", true},
    {"21614", "", "", recipient_refused, "the recipient is not a mobile number"},
    {"30003", "", "", recipient_refused, "the handset cannot be reached"},
    {"30004", "", "", recipient_refused, "the recipient is blocked"},
    {"30005", "", "", recipient_refused, "the recipient's number is unknown"},
    {"30006", "", "", recipient_refused, "the recipient is a landline"},
    {"63014", "", "", recipient_refused, "the recipient has blocked this sender", true},
    // The account needs a person.
    {"20003", "", "", account, "the credentials are wrong; check account_sid and auth_token (or the API key)"},
    {"20005", "", "", account, account_meaning},
    {"20006", "", "", account, account_meaning},
    {"20404", "", "", account, "Twilio does not know this account; check account_sid and base_url"},
    {"21606", "", "", account, "the sender does not belong to this account; check from"},
    {"21608", "", "", account, "a trial account reaches verified numbers only; upgrade the account"},
    {"21703", "", "", account, "the messaging service has no sender; add one to its pool"},
    {"21705", "", "", account, "the messaging service is not valid; check messaging_service_sid"},
    {"30002", "", "", account, "the account is suspended; look at it in the Twilio console"},
    {"30032", "", "", account, registration_meaning},
    {"30034", "", "", account, registration_meaning},
    {"63007", "", "", account, "there is no WhatsApp channel for this sender"},
    {"63051", "", "", account, "the WhatsApp account is locked"},
    {"63112", "", "", account, "the WhatsApp account is disabled"},
    {"90010", "", "", account, account_meaning},
    // Nothing was sent; wait.
    {"14107", "", "", throttled, "Twilio asks to slow down; nothing was sent"},
    {"20429", "", "", throttled, "too many requests at a time; nothing was sent"},
    {"21611", "", "", throttled, queue_meaning},
    {"30001", "", "", throttled, queue_meaning},
    {"30022", "", "", throttled, "the registration's limit per second is reached; nothing was sent"},
    {"30023", "", "", throttled, "the registration's limit per day is reached; nothing was sent"},
    {"63018", "", "", throttled, "WhatsApp's rate limit is reached; nothing was sent"},
    // Twilio's own trouble.
    {"20500", "", "", unknown, "Twilio failed inside; it may have taken the message all the same"},
    {"20503", "", "", unavailable, "Twilio is out of service; nothing was sent"},
    {"30008", "", "", unknown, "the carrier gave no reason"},
    {"30010", "", "", refused, "it would cost more than allowed"},
    {"30017", "", "", unavailable, "the carrier's network is congested; nothing was sent"},
}};
// clang-format on

}  // namespace

std::span<const ErrorRow> error_rows() { return rows; }

}  // namespace relay::providers::twilio
