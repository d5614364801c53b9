#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

/// Back to the state in which a box left the factory, as one thing that a power cut cannot leave half done: what is to
/// be done is written to one file, the order, and from then on it will be done, now or at the daemon's next start.
namespace firmware::reset {

/// What one reset does, by absolute paths without line ends.
struct Plan {
  std::string by;                    ///< Who wanted it, for the log.
  std::vector<std::string> remove;   ///< Files. One that is not there is as good as removed.
  std::vector<std::string> replace;  ///< Files whose successors lie beside them already, at successor_of().
};

/// Where the new content of a file waits.
[[nodiscard]] std::string successor_of(const std::string& path);
/// Where the order is for a box with these settings: beside them, so that it is found without reading them.
[[nodiscard]] std::string order_of(const std::string& settings_file);

/// Whether this process may do what the plan says, before anything is done: the paths that it may not touch.
[[nodiscard]] std::vector<std::string> out_of_reach(const Plan& plan);

/// Writes the order. When it returns the order is on disk, and the reset has begun. Errors: io, full,
/// invalid_argument (a path with a line end): it has not begun.
[[nodiscard]] relay::Result<void> order(const std::string& settings_file, const Plan& plan);

/// Does what is ordered, from whatever point it had come to, and forgets the order last. Nobody may have the files
/// open. Returns who wanted it; empty: nothing was ordered. Errors: io (it goes on at the next call), corrupt (an order
/// that cannot be understood).
[[nodiscard]] relay::Result<std::string> finish(const std::string& settings_file);
[[nodiscard]] bool is_ordered(const std::string& settings_file);

}  // namespace firmware::reset
