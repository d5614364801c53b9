#pragma once

#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// Writes one word to one of the kernel's files. Errors: io, with the kernel's word.
[[nodiscard]] relay::Result<bool> tell_kernel(const std::string& file, const std::string& word);

}  // namespace hal
