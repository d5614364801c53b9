#include "relay/http/curl_client.hpp"

#include <csignal>
#include <optional>
#include <utility>

#include "relay/http/curl_exchange.hpp"
#include "relay/http/curl_multi.hpp"

namespace relay::http {

class CurlPool::Impl {
 public:
  explicit Impl(Runtime runtime) : runtime_(std::move(runtime)) {}

  Task<std::expected<ClientResponse, ClientFailure>> perform(const ClientOptions& options, ClientRequest request) {
    if (request.deadline <= runtime_.clock.steady()) {
      co_return std::unexpected(
          ClientFailure{.timed_out = true, .message = "The deadline had passed before the exchange began."});
    }
    if (auto loaded = load_libcurl(); !loaded) {
      co_return std::unexpected(ClientFailure{.phase = Phase::resolve, .message = loaded.error().message});
    }
    CurlMulti& multi = started();
    ++exchanges_;
    const SteadyTime deadline = request.deadline;
    Exchange exchange(options, std::move(request), sockets_opened_);
    if (!exchange.refusal().empty()) co_return std::unexpected(ClientFailure{.message = exchange.refusal()});
    const TransferEnd how = co_await multi.run(exchange.handle(), deadline);
    co_return exchange.outcome(how);
  }

  [[nodiscard]] Figures figures() const { return {exchanges_, sockets_opened_, multi_ ? multi_->running() : 0}; }

 private:
  CurlMulti& started() {
    if (!multi_) {
      if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) runtime_.log.warning("sigpipe_not_ignored");
      multi_.emplace(runtime_);
    }
    return *multi_;
  }

  Runtime runtime_;
  std::uint64_t exchanges_ = 0;
  std::uint64_t sockets_opened_ = 0;
  std::optional<CurlMulti> multi_;  ///< Last: its end destroys suspended exchanges, which count in the members above.
};

namespace {

class CurlClient final : public Client {
 public:
  CurlClient(CurlPool::Impl& pool, ClientOptions options) : pool_(pool), options_(std::move(options)) {}

  Task<std::expected<ClientResponse, ClientFailure>> perform(ClientRequest request) override {
    return pool_.perform(options_, std::move(request));
  }

 private:
  CurlPool::Impl& pool_;
  const ClientOptions options_;
};

}  // namespace

CurlPool::CurlPool(Runtime runtime) : impl_(std::make_unique<Impl>(std::move(runtime))) {}
CurlPool::~CurlPool() = default;
CurlPool::Figures CurlPool::figures() const { return impl_->figures(); }

std::unique_ptr<Client> make_client(CurlPool& pool, ClientOptions options) {
  return std::make_unique<CurlClient>(pool.impl(), std::move(options));
}

}  // namespace relay::http
