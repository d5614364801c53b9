#pragma once

#include <functional>
#include <memory>

#include "relay/http/client.hpp"

namespace firmware::uplink {

/// Requests on the link to the bridge, with the certificate that the box has at the moment of each: it is renewed while
/// the box runs, and there is none before the box is enrolled.
class LinkClient final : public relay::http::Client {
 public:
  using Present = std::function<std::shared_ptr<relay::http::Client>()>;
  explicit LinkClient(Present present) : present_(std::move(present)) {}

  [[nodiscard]] relay::Task<std::expected<relay::http::ClientResponse, relay::http::ClientFailure>> perform(
      relay::http::ClientRequest request) override;

 private:
  Present present_;  ///< Null: none now.
};

}  // namespace firmware::uplink
