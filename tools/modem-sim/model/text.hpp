#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Hex, the GSM 7 bit default alphabet (3GPP TS 23.038 clause 6.2.1), septet packing (6.1.2.1.1), UTF-8 and UTF-16.
/// Written apart from the product's own codec on purpose: the simulator and the firmware check each other.
namespace modem_sim {

using Octets = std::vector<std::uint8_t>;

/// Pairs of hex digits of either case; nullopt for anything else.
[[nodiscard]] std::optional<Octets> from_hex(std::string_view hex);
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> octets);

/// Septet i begins at bit `fill_bits` + 7 i.
[[nodiscard]] Octets pack_septets(std::span<const std::uint8_t> septets, std::size_t fill_bits = 0);
[[nodiscard]] Octets unpack_septets(std::span<const std::uint8_t> octets, std::size_t count, std::size_t fill_bits = 0);

/// nullopt when an escape stands last or is followed by a code that the extension table does not have.
[[nodiscard]] std::optional<std::u32string> text_of_septets(std::span<const std::uint8_t> septets);
/// nullopt when a character is not in the alphabet.
[[nodiscard]] std::optional<Octets> septets_of_text(std::u32string_view text);

/// Surrogate pairs joined; a lone surrogate becomes U+FFFD. An odd last octet is ignored.
[[nodiscard]] std::u32string text_of_utf16be(std::span<const std::uint8_t> octets);
[[nodiscard]] Octets utf16be_of_text(std::u32string_view text);

[[nodiscard]] std::string to_utf8(std::u32string_view text);
/// Broken sequences become U+FFFD.
[[nodiscard]] std::u32string from_utf8(std::string_view utf8);

}  // namespace modem_sim
