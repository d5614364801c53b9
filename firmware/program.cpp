#include "firmware/program.hpp"

#include <iostream>
#include <memory>
#include <utility>

#include "firmware/appliance.hpp"
#include "firmware/linux_platform.hpp"
#include "firmware/reset/factory_reset.hpp"
#include "firmware/settings.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::Task;

class Box final : public relay::program::Service {
 public:
  explicit Box(relay::Runtime runtime) : platform_(runtime) {}

  Result<void> make(relay::Runtime runtime, relay::config::Document document) {
    auto made = Appliance::make(runtime, platform_, std::move(document));
    if (!made) return std::unexpected(made.error());
    appliance_ = std::move(*made);
    return {};
  }

  void connect(Orders orders) override {
    appliance_->connect({.reload = std::move(orders.reload), .restart = std::move(orders.restart)});
  }
  Task<Result<bool>> start() override { return appliance_->start(); }
  Task<> stop() override { return appliance_->stop(); }
  std::vector<std::string> reload(const relay::config::Document& document) override {
    return appliance_->reload(document);
  }
  Task<Result<void>> prove_alive() override { return appliance_->prove_alive(); }

 private:
  LinuxPlatform platform_;
  std::unique_ptr<Appliance> appliance_;
};

Result<void> check(const relay::config::Document& document) {
  if (auto chain = read_chain(document); !chain) return std::unexpected(chain.error());
  if (auto listen = read_listen(document); !listen) return std::unexpected(listen.error());
  if (auto board = read_board_of(document); !board) return std::unexpected(board.error());
  return {};
}

/// A factory reset that was ordered at the console: nothing of the box is open yet.
Result<void> finish_factory_reset(const std::string& settings_file) {
  const auto by = reset::finish(settings_file);
  if (!by) return std::unexpected(by.error());
  if (!by->empty()) std::cerr << "The factory reset that " << *by << " ordered is done.\n";
  return {};
}

Result<std::unique_ptr<relay::program::Service>> make(relay::Runtime runtime, relay::config::Document document) {
  auto box = std::make_unique<Box>(runtime);
  auto made = box->make(runtime, std::move(document));
  if (!made) return std::unexpected(made.error());
  return box;
}

}  // namespace

relay::program::Program program() {
  return {.name = "edge-relayd",
          .description = "Edge Relay: gets a message out when everything else is down.",
          .version = EDGE_RELAY_VERSION,
          .settings_file = "/etc/edge-relay/relay.toml",
          .tables = settings_tables(),
          .prepare = finish_factory_reset,
          .check = check,
          .make = make};
}

}  // namespace firmware
