#pragma once

#include <expected>
#include <string_view>

#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers {

/// What an attempt came to whose exchange failed. No byte of the request left: `unavailable` (or `account`, when the
/// peer could not prove who it is: that needs a person). A byte left and no whole answer came: `unknown`.
[[nodiscard]] SendResult result_of_failure(const http::ClientFailure& failure);

/// A whole answer, or the finished result of the attempt that got none.
using Answer = std::expected<http::ClientResponse, SendResult>;

/// The one way of a dialect's request to its provider. Ends by `request.deadline` plus `deadline_grace`, even if the
/// client does not keep its promise; a request whose deadline has passed is not made. `client` must outlive the call.
[[nodiscard]] Task<Answer> exchange(Runtime runtime, http::Client& client, http::ClientRequest request);

/// The client ends by itself at the deadline and says how far it came; only if it does not is it cut off, at the price
/// of not knowing.
inline constexpr Millis deadline_grace{250};

}  // namespace relay::providers
