#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay {

/// One part of an SMS text, as the modem would send it.
struct SmsPart {
  std::u32string text;  ///< Its characters.
  int units = 0;        ///< Septets (gsm7) or UTF-16 units (ucs2), without the user data header.
};

struct SmsParts {
  TextEncoding encoding = TextEncoding::gsm7;
  std::vector<SmsPart> parts;  ///< 1..255
};

/// Limits of one part (3GPP TS 23.040 clause 9.2.3.24.1): alone, with an 8-bit and with a 16-bit concatenation
/// reference.
struct SmsLimits {
  int single;
  int ref8;
  int ref16;
};
inline constexpr SmsLimits gsm7_limits{160, 153, 152};
inline constexpr SmsLimits ucs2_limits{70, 67, 66};

/// The bound of the 8-bit count in the concatenation header.
inline constexpr std::size_t max_sms_parts = 255;

/// Splits UTF-8 text into parts. GSM-7 where the whole text has it, else UCS-2. Never splits an escape pair or a
/// surrogate pair, and a grapheme cluster only when it is longer than a part. Empty text is one empty part. `ref_bits`
/// (8 or 16) is the width of the concatenation reference. Errors: invalid_argument for broken UTF-8 or over 255 parts.
[[nodiscard]] Result<SmsParts> split_sms(std::string_view utf8, int ref_bits = 8);
/// The same in a wished encoding. Errors: also invalid_argument for a character that GSM-7 lacks.
[[nodiscard]] Result<SmsParts> split_sms_as(TextEncoding encoding, std::string_view utf8, int ref_bits = 8);

/// The same for a coding of the caller's own. `units_of` gives the units of a character, more than 0: the caller has
/// looked that its coding has them all. `single` and `concatenated` are what a part holds alone and as one of several.
using CharacterUnits = std::function<int(char32_t)>;
[[nodiscard]] Result<std::vector<SmsPart>> split_text(std::u32string_view text, const CharacterUnits& units_of,
                                                      int single, int concatenated);

/// Decodes UTF-8 strictly (no overlong forms, no surrogates). Errors: invalid_argument with the byte offset.
[[nodiscard]] Result<std::u32string> decode_utf8(std::string_view utf8);
/// What is no Unicode scalar (a lone surrogate from a UCS-2 message) becomes U+FFFD.
[[nodiscard]] std::string encode_utf8(std::u32string_view text);

}  // namespace relay
