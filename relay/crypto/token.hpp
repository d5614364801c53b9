#pragma once

#include <string>

#include "relay/base/random.hpp"

namespace relay::crypto {

/// 256 random bits in Crockford's base 32, lower case: 52 characters. `random` must be fit for key material.
[[nodiscard]] std::string random_token(Random& random);

}  // namespace relay::crypto
