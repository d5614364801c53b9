#include "tests/sim/box_client.hpp"

#include <utility>

#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::Task;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Phase;

class BoxClient final : public relay::http::Client {
 public:
  BoxClient(World& world, Boot& boot, std::string certificate)
      : world_(world),
        runtime_(boot.runtime()),
        alive_(boot.alive()),
        boot_(boot.number()),
        certificate_(std::move(certificate)) {}

  Task<std::expected<ClientResponse, ClientFailure>> perform(ClientRequest request) override {
    const ClientFailure gone{.phase = Phase::connect,
                             .request_byte_left = false,
                             .certificate_refused = false,
                             .timed_out = false,
                             .message = "the box is gone"};
    if (!*alive_) co_return std::unexpected(gone);
    const auto exchange = std::make_shared<Exchange>(runtime_, alive_, boot_);
    if (request.url.starts_with("https://bridge.example")) {
      world_.bridge.begin(request, certificate_, exchange);
    } else {
      world_.clouds.begin(request, exchange);
    }
    co_await exchange->done.wait_until(request.deadline);
    if (exchange->result) co_return std::move(*exchange->result);
    exchange->given_up = true;
    if (*alive_) world_.clouds.gave_up(exchange);
    co_return std::unexpected(ClientFailure{.phase = exchange->byte_left ? Phase::receive : Phase::connect,
                                            .request_byte_left = exchange->byte_left,
                                            .certificate_refused = false,
                                            .timed_out = true,
                                            .message = "no answer in time"});
  }

 private:
  World& world_;
  relay::Runtime runtime_;
  std::shared_ptr<bool> alive_;
  int boot_;
  std::string certificate_;
};

}  // namespace

std::unique_ptr<relay::http::Client> make_box_client(World& world, Boot& boot, relay::http::ClientOptions options) {
  return std::make_unique<BoxClient>(world, boot, std::move(options.certificate));
}

}  // namespace sim
