#pragma once

#include <string>
#include <string_view>

#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// What the three cloud dialects' targets share: an answer out of an input, and what every outcome must keep to.
namespace fuzz {

/// "STATUS", then header lines "Name: value", an empty line, the body; all lines end in LF. A status that is not 100 to
/// 599 is brought there.
[[nodiscard]] relay::http::ClientResponse read_answer(std::string_view input);
[[nodiscard]] std::string write_answer(int status, std::string_view headers, std::string_view body);

/// The properties of any result: decided, in words, and never "nothing was sent" where the message may be out.
void check_result(const relay::http::ClientResponse& answer, const relay::providers::SendResult& result);

}  // namespace fuzz
