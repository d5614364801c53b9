#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

/// Reading JSON that somebody else wrote: nothing in it is an error, it is only not there.
namespace relay {

/// A discarded value when it is no JSON.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

// A member of an object. Each is as given when the member is absent, of another kind, or `object` is no object.
/// Else empty.
[[nodiscard]] std::string text_of(const nlohmann::json& object, std::string_view name);
/// Else 0; so is an integer beyond 63 bits.
[[nodiscard]] std::int64_t number_of(const nlohmann::json& object, std::string_view name);
/// Else false.
[[nodiscard]] bool is_set(const nlohmann::json& object, std::string_view name);

}  // namespace relay
