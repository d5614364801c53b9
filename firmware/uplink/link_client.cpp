#include "firmware/uplink/link_client.hpp"

#include <utility>

namespace firmware::uplink {

using relay::Task;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;

Task<std::expected<ClientResponse, ClientFailure>> LinkClient::perform(ClientRequest request) {
  const auto client = present_();  // it must outlive its exchange, whatever is renewed meanwhile
  if (!client) {
    co_return std::unexpected(ClientFailure{.phase = relay::http::Phase::tls,
                                            .request_byte_left = false,
                                            .certificate_refused = false,
                                            .timed_out = false,
                                            .message = "the box is not enrolled with the bridge yet"});
  }
  auto answer = co_await client->perform(std::move(request));
  co_return answer;
}

}  // namespace firmware::uplink
