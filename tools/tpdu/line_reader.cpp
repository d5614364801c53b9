#include "tools/tpdu/line_reader.hpp"

#include <istream>

namespace tpdu_tool {

LineStatus read_line(std::istream& in, std::string& line) {
  line.clear();
  bool any = false;
  bool too_long = false;
  std::streambuf& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line.size() < max_line_bytes) {
      line.push_back(static_cast<char>(c));
    } else {
      too_long = true;
    }
  }
  if (!any) return LineStatus::end;
  if (too_long) return LineStatus::too_long;
  if (line.ends_with('\r')) line.pop_back();
  return LineStatus::line;
}

}  // namespace tpdu_tool
