#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/bridge.hpp"
#include "bridge/platform.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tests/sim/lan.hpp"
#include "tests/sim/process.hpp"

namespace sim {

/// One life of edge-bridged: the product's bridge::Bridge on a simulated machine.
class BridgeProcess final : public Process, public bridge::Platform {
 public:
  /// `number` counts the lives of the run from 1.
  BridgeProcess(World& world, int number, WorldTime machine_started, Disk& disk,
                const relay::config::Document& document);
  ~BridgeProcess() override;

  /// main(): false when the process ends at once, with the reason noted.
  [[nodiscard]] bool start();
  enum class Door : std::uint8_t {
    front,  ///< Webhooks, enrolment.
    link,   ///< Boxes, known by their certificates.
    admin,  ///< The Unix socket.
  };
  /// Null when nobody listens there.
  [[nodiscard]] std::shared_ptr<LanConnection> connect(Door door, const std::string& peer_certificate = {});

  // Platform
  [[nodiscard]] relay::Result<std::unique_ptr<bridge::store::Store>> open_store(
      const std::string& url, const relay::commit::DatabaseFile& file) override;
  [[nodiscard]] std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(
      const relay::program::ListenSettings& where, const std::string& client_authorities) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                  unsigned mode) override;
  [[nodiscard]] relay::Result<void> reload_certificates() override { return {}; }

 private:
  [[nodiscard]] relay::Task<> stop_program() override { return bridge_->stop(); }
  void launched(const std::string& error) override;
  void destroy_program() override { bridge_.reset(); }
  [[nodiscard]] std::unique_ptr<relay::http::Listener> listen(Door door, std::string address);

  int number_;
  Disk& disk_;
  const relay::config::Document& document_;
  std::array<LanListener*, 3> doors_{};  ///< By Door; owned by the bridge's servers.
  std::unique_ptr<bridge::Bridge> bridge_;
};

}  // namespace sim
