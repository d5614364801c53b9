#pragma once

#include <string>
#include <string_view>

namespace tpdu_tool {

/// A JSON object that says what to send, to a JSON object with the SUBMIT TPDUs; never throws, answers every input.
[[nodiscard]] std::string encode_line(std::string_view line);

}  // namespace tpdu_tool
