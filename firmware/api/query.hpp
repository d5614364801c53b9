#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/api/problem.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

inline constexpr int max_page = 500;

/// A whole number and nothing else.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);

/// One parameter of GET /v1/messages, put into `filter`; the problem when it cannot be.
[[nodiscard]] std::optional<Problem> read_filter(std::string_view name, const std::string& value,
                                                 relay::outbox::ListFilter& filter);

}  // namespace firmware::api
