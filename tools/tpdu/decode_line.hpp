#pragma once

#include <string>
#include <string_view>

namespace tpdu_tool {

/// `HEX [mt|mo] [smsc|tpdu]` to one JSON object; never throws, answers every input.
[[nodiscard]] std::string decode_line(std::string_view line);

}  // namespace tpdu_tool
