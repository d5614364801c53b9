#include "bridge/webhooks/sns_certificates.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"

namespace bridge::webhooks {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::crypto::Certificate;

constexpr std::size_t max_known = 64;
constexpr std::size_t max_bytes = 16 * 1024;
constexpr relay::Millis fetch_time{5'000};
constexpr relay::Millis failure_life{10'000};
constexpr relay::Millis certificate_life = std::chrono::hours{24};

}  // namespace

relay::Task<relay::Result<Certificate>> SnsCertificates::get(std::string url) {
  const auto now = runtime_.clock.steady();
  std::erase_if(known_, [now](const auto& known) {
    return now - known.second.fetched_at >= (known.second.certificate ? certificate_life : failure_life);
  });
  if (const auto found = known_.find(url); found != known_.end()) co_return found->second.certificate;
  auto fetched = co_await fetch(url);
  if (known_.size() >= max_known) {
    known_.erase(std::ranges::min_element(known_, {}, [](const auto& known) { return known.second.fetched_at; }));
  }
  known_.insert_or_assign(std::move(url), Entry{fetched, now});
  co_return fetched;
}

relay::Task<relay::Result<Certificate>> SnsCertificates::fetch(std::string url) {
  relay::http::ClientRequest request{
      .method = "GET", .url = std::move(url), .deadline = runtime_.clock.steady() + fetch_time};
  const auto answer = co_await client_.perform(std::move(request));
  if (!answer)
    co_return fail(ErrorCode::unavailable,
                   relay::concat("SNS's certificate cannot be fetched: ", answer.error().message));
  if (answer->status != 200 || answer->body.size() > max_bytes) {
    co_return fail(ErrorCode::unavailable,
                   relay::concat("SNS's certificate cannot be fetched: HTTP status ", answer->status));
  }
  auto certificate = Certificate::parse(answer->body);
  if (!certificate) co_return fail(ErrorCode::unavailable, "what SNS's certificate URL gave is no certificate");
  if (roots_) {
    if (const auto leads = certificate->leads_to(*roots_); !leads) co_return std::unexpected(leads.error());
  }
  co_return certificate;
}

}  // namespace bridge::webhooks
