#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/api/problem.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

inline constexpr int default_page = 50;
inline constexpr int max_page = 500;

/// A whole number and nothing else.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);

/// `limit` of a page, 1 to max_page; nothing when it is no such number.
[[nodiscard]] std::optional<int> page_limit(std::string_view value);

/// The query of GET /v1/messages, of default_page messages unless it says otherwise; the problem when a parameter
/// cannot be used.
[[nodiscard]] std::expected<relay::outbox::ListFilter, Problem> read_filter(std::string_view query);

}  // namespace firmware::api
