#include "bridge/linux_platform.hpp"

#include <utility>

#include "bridge/store/postgresql_store.hpp"
#include "bridge/store/sqlite_store.hpp"
#include "relay/http/socket_listener.hpp"

namespace bridge {

using relay::Result;
using relay::http::Listener;
using relay::http::TlsListener;

Result<std::unique_ptr<store::Store>> LinuxPlatform::open_store(const std::string& url,
                                                                const relay::commit::DatabaseFile& file) {
  return url.empty() ? store::open_sqlite(runtime_, file) : store::open_postgresql(runtime_, url);
}

std::unique_ptr<relay::http::Client> LinuxPlatform::make_client(relay::http::ClientOptions options) {
  return relay::http::make_client(http_, std::move(options));
}

Result<std::unique_ptr<Listener>> LinuxPlatform::listen_tcp(const relay::program::ListenSettings& where,
                                                            const std::string& client_authorities) {
  auto tcp = relay::http::listen_tcp(runtime_, where.host, where.port);
  if (!tcp || where.tls_certificate_file.empty()) return tcp;
  auto tls = TlsListener::make(runtime_, std::move(*tcp),
                               {.certificate_file = where.tls_certificate_file,
                                .key_file = where.tls_key_file,
                                .client_authorities = client_authorities});
  if (!tls) return std::unexpected(tls.error());
  tls_.push_back(tls->get());
  return std::move(*tls);
}

Result<std::unique_ptr<Listener>> LinuxPlatform::listen_unix(const std::string& path, unsigned mode) {
  return relay::http::listen_unix(runtime_, path, mode);
}

Result<void> LinuxPlatform::reload_certificates() {
  Result<void> first{};
  for (auto* tls : tls_) {
    auto renewed = tls->reload();
    if (!renewed && first) first = std::move(renewed);
  }
  return first;
}

}  // namespace bridge
