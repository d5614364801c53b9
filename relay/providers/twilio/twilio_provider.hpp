#pragma once

#include <memory>
#include <string>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"
#include "relay/providers/twilio/dialect.hpp"
#include "relay/providers/twilio/search.hpp"

namespace relay::providers::twilio {

/// Sends through Twilio, and settles what a lost answer left open by asking Twilio for it.
class TwilioProvider final : public Provider {
 public:
  struct Limits {
    Millis look_up_timeout{10'000};  ///< For all requests of one look_up() together.
    Millis not_sent_after{
        120'000};  ///< A message missing from the list is proof only once the attempt is over for so long.
  };
  TwilioProvider(Runtime runtime, Traits traits, Dialect dialect, Limits limits, std::unique_ptr<http::Client> client);

  [[nodiscard]] const Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<SendResult> send(SendRequest request) override;
  /// With a provider_ref: fetches that message. Without: searches the recipient's messages.
  [[nodiscard]] Task<Finding> look_up(const Message& message, const Attempt& attempt) override;

 private:
  /// How the reading of a list ended.
  struct Listing {
    bool complete = false;  ///< Its last page was read.
    std::string code;       ///< Why not.
    std::optional<Millis> server_ahead;
  };
  [[nodiscard]] Task<Finding> fetch(std::string sid, SteadyTime deadline);
  [[nodiscard]] Task<Finding> search(const Message& message, const Attempt& attempt, SteadyTime deadline);
  [[nodiscard]] Task<Listing> read_list(Search& search, http::ClientRequest first, SteadyTime deadline);
  [[nodiscard]] bool absence_is_proof(const Attempt& attempt, const Listing& listing) const;

  Runtime runtime_;
  Traits traits_;
  Dialect dialect_;
  Limits limits_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace relay::providers::twilio
