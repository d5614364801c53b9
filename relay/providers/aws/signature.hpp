#pragma once

#include <string>

#include "relay/base/time.hpp"
#include "relay/http/client.hpp"

/// AWS Signature Version 4 of requests over HTTP (facts: cloud-apis.md 3.2, vectors 3.4). Our own, because libcurl's
/// cannot sign by a corrected clock (3.5). Pure.
namespace relay::providers::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< Of temporary credentials (ASIA...); else empty.
};

struct SigningScope {
  std::string region;   ///< "eu-west-1"
  std::string service;  ///< "sns", "sms-voice": the signing name, which is not always the host's.
};

/// The request as both sides agree to see it.
struct CanonicalRequest {
  std::string text;
  std::string signed_headers;  ///< "content-type;host;x-amz-date"
};

/// Signs the URL's host (as the client will send it: with the port unless it is the scheme's own) and all
/// `request.headers` but those that the client or a proxy may change (Accept, Connection, Content-Length, Expect,
/// User-Agent ...). The path of the URL is percent-encoded already and is encoded once more, as every service but S3
/// wants it. In the query a space is %20 and a plus is %2B.
[[nodiscard]] CanonicalRequest canonical_request(const http::ClientRequest& request);

/// Adds X-Amz-Date, X-Amz-Security-Token (with a session token) and Authorization. AWS accepts `now` within about five
/// minutes.
void sign(http::ClientRequest& request, const Credentials& credentials, const SigningScope& scope, WallTime now);

}  // namespace relay::providers::aws
