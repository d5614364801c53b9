#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bridge/platform.hpp"
#include "relay/base/runtime.hpp"
#include "relay/http/curl_client.hpp"
#include "relay/http/tls.hpp"

namespace bridge {

/// A server in the cloud: sockets, TLS by Mbed TLS, libcurl, and a store that works on a thread of its own.
class LinuxPlatform final : public Platform {
 public:
  explicit LinuxPlatform(relay::Runtime runtime) : runtime_(runtime), http_(runtime) {}

  [[nodiscard]] relay::Result<std::unique_ptr<store::Store>> open_store(
      const std::string& url, const relay::commit::DatabaseFile& file) override;
  [[nodiscard]] std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(
      const relay::program::ListenSettings& where, const std::string& client_authorities) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                  unsigned mode) override;
  [[nodiscard]] relay::Result<void> reload_certificates() override;

 private:
  relay::Runtime runtime_;
  relay::http::CurlPool http_;
  std::vector<relay::http::TlsListener*> tls_;  ///< Owned by whom they were given to, until the process ends.
};

}  // namespace bridge
