#include "bridge/program.hpp"

#include <memory>
#include <utility>

#include "bridge/bridge.hpp"
#include "bridge/linux_platform.hpp"
#include "bridge/settings.hpp"
#include "relay/program/vitals.hpp"

namespace bridge {
namespace {

using relay::Result;
using relay::Task;

constexpr relay::Millis store_patience{30'000};  // three of the bridge's questions to it

class Node final : public relay::program::Service {
 public:
  explicit Node(relay::Runtime runtime) : platform_(runtime), vitals_(runtime.clock) {}

  Result<void> make(relay::Runtime runtime, relay::config::Document document) {
    auto made = Bridge::make(runtime, platform_, std::move(document));
    if (!made) return std::unexpected(made.error());
    bridge_ = std::move(*made);
    vitals_.watch("the store", [this] { return bridge_->progress(); }, store_patience);
    return {};
  }

  Task<Result<bool>> start() override { return bridge_->start(); }
  Task<> stop() override { return bridge_->stop(); }
  std::vector<std::string> reload(const relay::config::Document& document) override {
    return bridge_->reload(document);
  }
  Task<Result<void>> prove_alive() override { co_return vitals_.look(); }

 private:
  LinuxPlatform platform_;
  std::unique_ptr<Bridge> bridge_;
  relay::program::Vitals vitals_;
};

Result<void> check(const relay::config::Document& document) {
  auto settings = read_settings(document);
  if (!settings) return std::unexpected(settings.error());
  auto vault = tenants::Vault::make(settings->master_key, settings->previous_master_key);
  if (!vault) return std::unexpected(vault.error());
  return {};
}

Result<std::unique_ptr<relay::program::Service>> make(relay::Runtime runtime, relay::config::Document document) {
  auto node = std::make_unique<Node>(runtime);
  auto made = node->make(runtime, std::move(document));
  if (!made) return std::unexpected(made.error());
  return node;
}

}  // namespace

relay::program::Program program() {
  return {.name = "edge-bridged",
          .description = "Edge Relay's bridge: takes providers' webhooks and hands them to boxes behind NAT.",
          .version = EDGE_RELAY_VERSION,
          .settings_file = "/etc/edge-bridge/bridge.toml",
          .tables = settings_tables(),
          .check = check,
          .make = make};
}

}  // namespace bridge
