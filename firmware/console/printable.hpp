#pragma once

#include <string>
#include <string_view>

namespace firmware::console {

/// What may reach a technician's terminal: printable ASCII and valid UTF-8. Everything that a terminal obeys (C0 and C1
/// control characters, so ESC and CSI too, DEL) or that turns the reading order round (bidirectional controls) comes
/// out as
/// `\x1b` or `\u202e`, and bytes that are no UTF-8 as `\xff`: an SMS or a provider's answer must not move a cursor,
/// change a colour or forge a line (security.md T11).
[[nodiscard]] std::string printable(std::string_view text);

/// The same for a text of several lines that we laid out ourselves: line feeds stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// Decodes one character of UTF-8 at the start of `text` and says how many bytes it took; 0: it is not valid.
[[nodiscard]] std::size_t decode_utf8(std::string_view text, char32_t& character);
void append_utf8(std::string& out, char32_t character);
/// Columns that it takes on a terminal, one for each character: combining and wide ones are rare in what we print.
[[nodiscard]] std::size_t columns(std::string_view text);

}  // namespace firmware::console
