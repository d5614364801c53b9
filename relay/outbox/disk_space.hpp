#pragma once

#include <cstdint>
#include <string>

#include "relay/base/result.hpp"

namespace relay::outbox {

/// Bytes that this user may still write to the file system of `path` (a file that exists). Errors: io.
[[nodiscard]] Result<std::int64_t> free_disk_bytes(const std::string& path);

}  // namespace relay::outbox
