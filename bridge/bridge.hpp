#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/api/admin.hpp"
#include "bridge/link/link.hpp"
#include "bridge/settings.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "bridge/webhooks/webhooks.hpp"
#include "relay/http/curl_client.hpp"
#include "relay/http/server.hpp"
#include "relay/http/tls.hpp"
#include "relay/program/program.hpp"

namespace bridge {

/// The bridge put together: every part is a member here, in the order of dependency, and the way of an event can be
/// read from top to bottom: webhooks, store, link.
class Bridge final : public relay::program::Service {
 public:
  /// Opens the store; nothing runs yet. Errors are whole sentences for the operator.
  [[nodiscard]] static relay::Result<std::unique_ptr<relay::program::Service>> make(relay::Runtime runtime,
                                                                                    relay::config::Document document);
  ~Bridge() override;

  [[nodiscard]] relay::Task<relay::Result<bool>> start() override;
  [[nodiscard]] relay::Task<> stop() override;
  std::vector<std::string> reload(const relay::config::Document& document) override;
  [[nodiscard]] std::uint64_t progress() const override { return progress_; }

 private:
  Bridge(relay::Runtime runtime, relay::config::Document document, Settings settings,
         std::unique_ptr<store::Store> store, tenants::Vault vault);

  [[nodiscard]] relay::Task<relay::Result<bool>> make_link();
  [[nodiscard]] relay::Task<relay::Result<link::Authority>> authority();
  [[nodiscard]] relay::Task<relay::Result<std::string>> epoch();
  [[nodiscard]] relay::Result<bool> listen();
  [[nodiscard]] relay::Result<std::string> serve(const relay::program::ListenSettings& where,
                                                 const std::string& client_authorities, relay::http::Server& server);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);
  [[nodiscard]] relay::http::ServerResponse answer_health() const;
  relay::Task<> keep_house();

  relay::Runtime runtime_;
  relay::config::Document document_;
  Settings settings_;

  std::unique_ptr<store::Store> store_;
  tenants::Directory directory_;
  relay::http::CurlPool http_;
  std::unique_ptr<relay::http::Client> sns_client_;
  webhooks::Webhooks webhooks_;
  link::Authority authority_;
  std::unique_ptr<link::Link> link_;
  std::unique_ptr<api::Admin> admin_;

  std::unique_ptr<relay::http::Server> front_server_;
  std::unique_ptr<relay::http::Server> link_server_;
  std::unique_ptr<relay::http::Server> admin_server_;
  std::vector<relay::http::TlsListener*> tls_;  ///< Owned by the servers.

  std::uint64_t progress_ = 0;  ///< Counts answers of the store.
  bool storing_ = true;         ///< The store's last answer.
  relay::TaskGroup tasks_;
};

/// edge-bridged.
[[nodiscard]] relay::program::Program program();

}  // namespace bridge
