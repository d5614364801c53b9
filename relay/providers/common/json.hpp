#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

/// Reading JSON that somebody else wrote: nothing in it is an error, it is only not there.
namespace relay::providers {

/// A discarded value when it is no JSON.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);
/// A member of an object that is a string; empty when it is absent, something else, or `object` is none.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* name);

}  // namespace relay::providers
