#pragma once

#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/http/tls.hpp"

namespace relay::http {

/// A box must speak HTTPS before anybody had the time to give it a certificate: makes a P-256 key and a certificate
/// that it signs itself, valid to the end of 2049 (a box without a battery does not know the date; who trusts such a
/// certificate does so by its fingerprint), for `names` (host names and numeric addresses; none: this host's name, with
/// ".local" too, and localhost). Both are written whole or not at all: the key, readable by its owner only, before the
/// certificate. A file that is there is never replaced; a key whose certificate is missing gets one. Their folder is
/// made if its parent exists. Returns true when a certificate was made.
/// Errors: invalid_argument (a certificate without its key; a name that cannot stand in a certificate), io.
[[nodiscard]] Result<bool> ensure_self_signed(const TlsIdentity& identity, std::vector<std::string> names = {});

}  // namespace relay::http
