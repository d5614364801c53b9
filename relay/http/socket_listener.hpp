#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/http/byte_stream.hpp"

namespace relay::http {

/// `host` is a numeric address ("127.0.0.1", "::", "0.0.0.0"), so that nobody listens where a resolver points. Port 0:
/// any free port, told by address(). Errors: invalid_argument (no address), conflict (address in use), io.
[[nodiscard]] Result<std::unique_ptr<Listener>> listen_tcp(Runtime runtime, const std::string& host,
                                                           std::uint16_t port);

/// A Unix socket whose file has `mode` (e.g. 0660) before anybody can connect. A socket file left over by a dead
/// process is replaced, one that answers is not (conflict). The file is removed by close(). The peer is "unix:uid=N" by
/// the kernel's word (SO_PEERCRED).
[[nodiscard]] Result<std::unique_ptr<Listener>> listen_unix(Runtime runtime, const std::string& path, unsigned mode);

}  // namespace relay::http
