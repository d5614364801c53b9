#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/api/admin.hpp"
#include "bridge/link/link.hpp"
#include "bridge/platform.hpp"
#include "bridge/sending/sending.hpp"
#include "bridge/settings.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "bridge/webhooks/webhooks.hpp"
#include "relay/config/document.hpp"
#include "relay/http/server.hpp"

namespace bridge {

/// The bridge put together: every part is a member here, in the order of dependency, and the way of an event can be
/// read from top to bottom: webhooks, store, link.
class Bridge {
 public:
  /// Opens the store; nothing runs yet. The platform must outlive the bridge. Errors are whole sentences for the
  /// operator.
  [[nodiscard]] static relay::Result<std::unique_ptr<Bridge>> make(relay::Runtime runtime, Platform& platform,
                                                                   relay::config::Document document);
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // As relay::program::Service.
  [[nodiscard]] relay::Task<relay::Result<bool>> start();
  [[nodiscard]] relay::Task<> stop();
  std::vector<std::string> reload(const relay::config::Document& document);
  [[nodiscard]] std::uint64_t progress() const { return progress_; }

 private:
  Bridge(relay::Runtime runtime, Platform& platform, relay::config::Document document, Settings settings,
         std::unique_ptr<store::Store> store, tenants::Vault vault);

  [[nodiscard]] relay::Task<relay::Result<bool>> make_link();
  [[nodiscard]] relay::Task<relay::Result<link::Authority>> authority();
  [[nodiscard]] relay::Task<relay::Result<link::Authority>> make_authority();
  [[nodiscard]] relay::Task<relay::Result<std::string>> epoch();
  [[nodiscard]] relay::Result<bool> listen();
  [[nodiscard]] relay::Result<std::string> serve(const relay::program::ListenSettings& where,
                                                 const std::string& client_authorities, relay::http::Server& server);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer_link(const relay::http::ServerRequest& request);
  [[nodiscard]] relay::http::ServerResponse answer_health() const;
  relay::Task<> keep_house();
  /// Another node's word.
  void hear(store::News news);
  relay::Task<> keep_current();
  /// False: other nodes may have changed what is held in memory here, revoked a box even.
  [[nodiscard]] bool is_current() const { return hears_ && read_ >= heard_from_; }

  relay::Runtime runtime_;
  Platform& platform_;
  relay::config::Document document_;
  Settings settings_;

  std::unique_ptr<store::Store> store_;
  tenants::Directory directory_;
  std::unique_ptr<relay::http::Client> sns_client_;
  sending::Sending sending_;
  webhooks::Webhooks webhooks_;
  link::Authority authority_;
  std::unique_ptr<link::Link> link_;
  std::unique_ptr<api::Admin> admin_;

  std::unique_ptr<relay::http::Server> front_server_;
  std::unique_ptr<relay::http::Server> link_server_;
  std::unique_ptr<relay::http::Server> admin_server_;

  std::uint64_t progress_ = 0;  ///< Counts answers of the store.
  bool storing_ = true;         ///< The store's last answer.
  bool hears_ = true;           ///< What other nodes change.
  relay::Notification changed_;
  std::uint64_t changes_ = 0;     ///< Counts what was heard.
  std::uint64_t heard_from_ = 0;  ///< `changes_` when hearing began again: what came before may be missing.
  std::uint64_t read_ = 0;        ///< The directory is at least as new as this one of `changes_`.
  relay::TaskGroup tasks_;
};

}  // namespace bridge
