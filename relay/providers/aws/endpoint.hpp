#pragma once

#include <string>
#include <string_view>

#include "relay/base/concat.hpp"

namespace relay::providers::aws {

/// Where a service of a region is on the public internet: "https://sqs.eu-west-1.amazonaws.com".
[[nodiscard]] inline std::string public_url(std::string_view service, std::string_view region) {
  return concat("https://", service, ".", region, region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

}  // namespace relay::providers::aws
