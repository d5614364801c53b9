#pragma once

#include <map>
#include <string>

#include "relay/base/task.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/http/client.hpp"

namespace bridge::webhooks {

/// SNS's signing certificates, fetched once each from where aws::is_certificate_url() allows, over verified TLS, and
/// kept. What could not be fetched is not asked for again for a moment. Bounded.
class SnsCertificates {
 public:
  /// `client` outlives this.
  SnsCertificates(relay::Runtime runtime, relay::http::Client& client) : runtime_(runtime), client_(client) {}

  /// Errors: unavailable (ask the sender to come again).
  [[nodiscard]] relay::Task<relay::Result<relay::crypto::Certificate>> get(std::string url);

 private:
  struct Entry {
    relay::Result<relay::crypto::Certificate> certificate;
    relay::SteadyTime fetched_at{};
  };
  [[nodiscard]] relay::Task<relay::Result<relay::crypto::Certificate>> fetch(std::string url);

  relay::Runtime runtime_;
  relay::http::Client& client_;
  std::map<std::string, Entry> known_;
};

}  // namespace bridge::webhooks
