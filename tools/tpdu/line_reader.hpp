#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

namespace tpdu_tool {

/// No TPDU and no text of 255 parts needs more; a longer line is answered with a refusal and not kept.
inline constexpr std::size_t max_line_bytes = std::size_t{1} << 20U;

enum class LineStatus { line, too_long, end };

/// Reads up to a newline, which is not kept, nor is a carriage return before it.
[[nodiscard]] LineStatus read_line(std::istream& in, std::string& line);

}  // namespace tpdu_tool
