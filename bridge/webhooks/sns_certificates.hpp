#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "relay/base/task.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/http/client.hpp"

namespace bridge::webhooks {

/// SNS's signing certificates, fetched and checked once each from where aws::is_certificate_url() allows, over verified
/// TLS, and kept: to follow a chain costs ten times what a signature does. What could not be fetched is not asked for
/// again for a moment. Bounded.
class SnsCertificates {
 public:
  using Roots = std::optional<relay::crypto::Certificate>;
  /// `client` outlives this. `roots`: where a certificate's chain must end; none: it is not asked
  /// (docs/decisions/0041-webhook-signatures.md).
  SnsCertificates(relay::Runtime runtime, relay::http::Client& client, Roots roots)
      : runtime_(runtime), client_(client), roots_(std::move(roots)) {}

  /// Errors: unavailable (ask the sender to come again), invalid_argument (it leads to none of the roots).
  [[nodiscard]] relay::Task<relay::Result<relay::crypto::Certificate>> get(std::string url);

 private:
  struct Entry {
    relay::Result<relay::crypto::Certificate> certificate;
    relay::SteadyTime fetched_at{};
  };
  [[nodiscard]] relay::Task<relay::Result<relay::crypto::Certificate>> fetch(std::string url);

  relay::Runtime runtime_;
  relay::http::Client& client_;
  Roots roots_;
  std::map<std::string, Entry> known_;
};

}  // namespace bridge::webhooks
