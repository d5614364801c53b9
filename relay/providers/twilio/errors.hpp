#pragma once

#include <span>

#include "relay/providers/common/answer.hpp"

namespace relay::providers::twilio {

/// Twilio's error codes (facts: cloud-apis.md 2.2). Codes of 3xxxx and 63xxx mostly come with receipts rather than with
/// the answer to a send; they stand here so that both have one table.
[[nodiscard]] std::span<const ErrorRow> error_rows();

}  // namespace relay::providers::twilio
