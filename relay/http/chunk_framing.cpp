#include "relay/http/chunk_framing.hpp"

#include <algorithm>
#include <utility>

#include "relay/http/hex_digit.hpp"

namespace relay::http {
namespace {

constexpr std::uint64_t max_chunk = std::uint64_t{1} << 32U;  // far above every body that is taken

}  // namespace

bool ChunkFraming::accept(std::string_view bytes) {
  while (!bytes.empty() && part_ != Part::end) {
    if (part_ == Part::data) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      bytes.remove_prefix(some);
      left_ -= some;
      if (left_ == 0) part_ = Part::data_return;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    switch (part_) {
      case Part::size:
        if (!accept_digit(c)) return false;
        break;
      case Part::extension:
        if (c == '\n') return false;
        if (c == '\r') part_ = Part::size_line_feed;
        break;
      case Part::size_line_feed:
        if (c != '\n') return false;
        part_ = left_ == 0 ? Part::trailer : Part::data;
        break;
      case Part::data_return:
        if (c != '\r') return false;
        part_ = Part::data_line_feed;
        break;
      case Part::data_line_feed:
        if (c != '\n') return false;
        part_ = Part::size;
        has_digit_ = false;
        break;
      case Part::trailer:
        if (!accept_trailer(c)) return false;
        break;
      case Part::data:
      case Part::end:
        std::unreachable();
    }
  }
  return true;
}

/// In the line of a chunk's size, before its extension.
bool ChunkFraming::accept_digit(char c) {
  const int value = hex_digit(c);
  if (value >= 0) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    has_digit_ = true;
    return left_ <= max_chunk;
  }
  if (!has_digit_) return false;
  if (c == '\r') {
    part_ = Part::size_line_feed;
  } else if (c == ';') {
    part_ = Part::extension;
  } else {
    return false;
  }
  return true;
}

/// Lines in CR LF; the empty one ends the body.
bool ChunkFraming::accept_trailer(char c) {
  if ((std::exchange(previous_, c) == '\r') != (c == '\n')) return false;
  if (c == '\r') return true;
  if (c != '\n') {
    line_is_empty_ = false;
  } else if (std::exchange(line_is_empty_, true)) {
    part_ = Part::end;
  }
  return true;
}

}  // namespace relay::http
