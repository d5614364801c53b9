#pragma once

#include <cstddef>
#include <string_view>

namespace relay {

/// The length in characters of the grapheme cluster that begins at `start` (which is below text.size()): what a person
/// sees as one character. Unicode UAX #29 rules GB3 to GB13 (extended clusters, with the conjuncts of Indian
/// scripts) and the general categories Mn, Me and Mc as extending characters: enough to say where an SMS is better not
/// split. `start` must be the beginning of a cluster.
[[nodiscard]] std::size_t grapheme_length(std::u32string_view text, std::size_t start);

}  // namespace relay
