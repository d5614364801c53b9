#pragma once

#include <iosfwd>
#include <memory>

#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/providers/provider.hpp"

/// For development: prints messages instead of sending them ("console").
namespace relay::providers::console {

[[nodiscard]] const config::Table& settings();

/// Each message becomes one line on `out`: to, from, segments and text, with control characters made visible. This is
/// the one place where a text is shown. `out` must outlive the provider; it is written to from the loop's thread.
[[nodiscard]] std::unique_ptr<Provider> make_console(const config::Section& section, std::ostream& out);

}  // namespace relay::providers::console
