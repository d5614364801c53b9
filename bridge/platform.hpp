#pragma once

#include <memory>
#include <string>

#include "bridge/store/store.hpp"
#include "relay/base/result.hpp"
#include "relay/commit/database_file.hpp"
#include "relay/http/byte_stream.hpp"
#include "relay/http/client.hpp"
#include "relay/program/listen.hpp"

namespace bridge {

/// What stands between the bridge and the world beside its Runtime. The product's is LinuxPlatform; the simulator
/// (tests/sim) brings its own, and the bridge in between is the same code.
class Platform {
 public:
  virtual ~Platform() = default;
  /// Of PostgreSQL where there is a URL, else the SQLite file. Errors as store/postgresql_store.hpp and
  /// store/sqlite_store.hpp.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<store::Store>> open_store(
      const std::string& url, const relay::commit::DatabaseFile& file) = 0;
  /// Outgoing HTTP. The platform must outlive the clients.
  [[nodiscard]] virtual std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) = 0;
  /// With TLS where `where` names a certificate. `client_authorities` as in relay/http/tls.hpp: PEM text; when it is
  /// not empty, a stream tells the certificate that its peer has proven. Errors as relay/http/socket_listener.hpp and
  /// relay/http/tls.hpp.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(
      const relay::program::ListenSettings& where, const std::string& client_authorities) = 0;
  [[nodiscard]] virtual relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                          unsigned mode) = 0;
  /// Reads the certificates of the listeners that still listen again. The first error; the others are read all the
  /// same.
  [[nodiscard]] virtual relay::Result<void> reload_certificates() = 0;
};

}  // namespace bridge
