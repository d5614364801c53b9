#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "firmware/modem/tpdu/national_tables.hpp"
#include "firmware/modem/tpdu/septet_coder.hpp"
#include "relay/base/result.hpp"
#include "relay/message/sms_text.hpp"

namespace tpdu {

/// A text in the coding that it goes out in, cut into parts.
struct CodedText {
  relay::TextEncoding encoding = relay::TextEncoding::gsm7;
  ShiftTables shifts;  ///< Of gsm7
  std::vector<relay::SmsPart> parts;
};

/// The default alphabet where it has the whole text, else UCS-2, unless `wish` says which. The tables of `languages`
/// are taken only where they make fewer parts, or where a wished gsm7 is not to be had without them: a telephone that
/// does not know them shows wrong characters. Errors: as relay::split_sms_as.
[[nodiscard]] relay::Result<CodedText> code_text(std::string_view utf8, std::optional<relay::TextEncoding> wish,
                                                 int ref_bits, std::span<const Language> languages);

}  // namespace tpdu
