#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace hal {

/// Writes one word to one of the kernel's files. Errors: io, with the kernel's word.
[[nodiscard]] relay::Result<bool> tell_kernel(const std::string& file, const std::string& word);

/// The first line of one of the kernel's files, without blanks at its end. Nothing: there is no such file, or the
/// kernel refuses to answer.
[[nodiscard]] std::optional<std::string> ask_kernel(const std::string& file);

/// A whole number as the kernel writes them: "42", "-1", "0x1f". Nothing: the text begins otherwise.
[[nodiscard]] std::optional<std::int64_t> kernel_number(std::string_view text);

}  // namespace hal
