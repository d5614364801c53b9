#pragma once

#include <string>

namespace bridge_test {

/// The URL of an empty schema on a PostgreSQL server of this process's own, which is started with the first call and
/// gone with the process.
[[nodiscard]] std::string new_schema();

}  // namespace bridge_test
