#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::http {

/// Watches the framing of a chunked body (RFC 9112 7.1) as it goes by: every size is hexadecimal, every line of it ends
/// in CR LF, every chunk is as long as it says. The library that decodes it is lenient there, and two readers of the
/// same bytes must not see two bodies. Pure; a new one for each body.
class ChunkFraming {
 public:
  /// Bytes of the body in their order, in whatever pieces. False: it is broken here, and nothing more may be read.
  /// Bytes behind the body's end belong to the next request and are not looked at.
  [[nodiscard]] bool accept(std::string_view bytes);

 private:
  enum class Part : std::uint8_t { size, extension, size_line_feed, data, data_return, data_line_feed, trailer, end };

  [[nodiscard]] bool accept_digit(char c);
  [[nodiscard]] bool accept_trailer(char c);

  Part part_ = Part::size;
  bool has_digit_ = false;
  std::uint64_t left_ = 0;  ///< Of the chunk: its size while that is read, then what has not come yet.
  char previous_ = '\0';    ///< In the trailer.
  bool line_is_empty_ = true;
};

}  // namespace relay::http
