#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace at {

/// What came over the line, cut into the pieces that mean something.
struct Incoming {
  enum class Kind : std::uint8_t {
    line,      ///< `text`, and `pdu` when a PDU line belongs to it (+CMT, +CDS, +CBM, +CMGL, +CMGR).
    prompt,    ///< The modem waits for the PDU of +CMGS.
    overlong,  ///< A line over the bound; thrown away.
  };
  Kind kind = Kind::line;
  std::string text;
  std::string pdu;
};

/// Cuts the modem's bytes into lines (facts/modem.md 1): any mix of CR and LF ends a line, empty ones vanish, control
/// characters, NUL and 0xFF (power-up garbage) too. No IO, no clock. Holds at most one line and one header.
class Receiver {
 public:
  static constexpr std::size_t max_line = 4096;  ///< The longest lawful line, a PDU of 176 octets, has 352 characters.

  /// While a prompt is awaited, a '>' that begins a line is one. Else it is text.
  void expect_prompt(bool awaited);
  [[nodiscard]] std::vector<Incoming> feed(std::string_view bytes);
  void reset();

 private:
  void end_line(std::vector<Incoming>& out);
  void take_line(std::string line, std::vector<Incoming>& out);

  std::string line_;
  bool overlong_ = false;
  bool prompt_awaited_ = false;
  bool after_prompt_ = false;          ///< Some modems repeat the '>': those that begin a line are dropped.
  std::optional<std::string> header_;  ///< A line whose PDU line follows.
};

}  // namespace at
