#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bridge/sending/sender.hpp"
#include "bridge/sending/settings.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "relay/chain/token_bucket.hpp"
#include "relay/http/client.hpp"
#include "relay/http/server.hpp"

namespace bridge::sending {

/// Messages that boxes hand over: the link's requests about them, and who sends for which tenant. A tenant with a chain
/// has a Sender, a demo tenant always.
class Sending {
 public:
  struct Parts {
    relay::Runtime runtime;
    store::Store& store;
    const tenants::Directory& directory;
    std::function<std::unique_ptr<relay::http::Client>(relay::http::ClientOptions)> make_client;
    std::function<void(const std::string&)> on_stored;  ///< "tenant/box" has something new.
    relay::outbox::StoreThread thread = relay::outbox::StoreThread::own;
  };
  Sending(Parts parts, SendingSettings settings);

  /// Starts every tenant's. One that cannot is told in the log, and its boxes keep their messages.
  [[nodiscard]] relay::Task<> start();
  [[nodiscard]] relay::Task<> stop();

  /// Whether a tenant could have this chain. Errors: invalid_argument.
  [[nodiscard]] relay::Result<bool> check(const std::string& tenant, std::string_view chain, bool by_operator) const;
  /// The tenant's chain or credentials are others now: what is under way ends, and what waits goes the new way.
  [[nodiscard]] relay::Task<relay::Result<bool>> renew(std::string tenant);

  static constexpr std::string_view path = "/v1/link/messages/";
  /// PUT and GET of a box, behind `path`.
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request,
                                                                store::Box box);
  /// Sender::take_receipt() of the tenant; false: it has none.
  [[nodiscard]] relay::Task<relay::Result<bool>> take_receipt(std::string tenant, relay::providers::WebhookEvent event);

  /// What the outboxes are like, for the admin API.
  [[nodiscard]] bool sends_for(const std::string& tenant) const { return senders_.contains(tenant); }

 private:
  [[nodiscard]] relay::Result<std::shared_ptr<Sender>> open(const store::Tenant& tenant) const;
  [[nodiscard]] relay::Task<relay::Result<bool>> begin(std::string tenant);
  relay::Task<> end(std::shared_ptr<Sender> sender);

  Parts parts_;
  SendingSettings settings_;
  std::map<std::string, std::shared_ptr<Sender>, std::less<>> senders_;  ///< By tenant.
  std::map<std::string, bool, std::less<>> changing_;                    ///< Tenants that are being renewed.
  std::map<std::string, relay::chain::TokenBucket> rates_;               ///< By "tenant/box"; bounded by the boxes.
  int ending_ = 0;
  relay::Notification ended_;
  relay::TaskGroup tasks_;
};

}  // namespace bridge::sending
