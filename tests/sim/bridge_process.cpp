#include "tests/sim/bridge_process.hpp"

#include <utility>

#include "bridge/store/sqlite_store.hpp"
#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Result;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;

/// Certificates of Amazon SNS are not fetched: nobody posts its messages in this world.
class NobodyThere final : public relay::http::Client {
 public:
  relay::Task<std::expected<ClientResponse, ClientFailure>> perform(ClientRequest) override {
    co_return std::unexpected(ClientFailure{.phase = relay::http::Phase::resolve,
                                            .request_byte_left = false,
                                            .certificate_refused = false,
                                            .timed_out = false,
                                            .message = "no such host"});
  }
};

}  // namespace

BridgeProcess::BridgeProcess(World& world, int number, WorldTime machine_started, Disk& disk,
                             const relay::config::Document& document)
    : Process(world, "the bridge",
              ProcessClock(world, machine_started, concat("bridge-", number), [&world] { return world.true_wall(); }),
              seed_of(world.options.seed, "bridge", static_cast<std::uint64_t>(number))),
      number_(number),
      disk_(disk),
      document_(document) {}

BridgeProcess::~BridgeProcess() = default;

bool BridgeProcess::start() {
  auto made = bridge::Bridge::make(runtime(), *this, document_);
  if (!made) {
    world_.note("bridge_start_failed", made.error().message);
    return false;
  }
  bridge_ = std::move(*made);
  launch(bridge_->start());
  return true;
}

void BridgeProcess::launched(const std::string& error) {
  world_.note(error.empty() ? "bridge_ready" : "bridge_start_failed", error.empty() ? concat(number_) : error);
}

std::shared_ptr<LanConnection> BridgeProcess::connect(Door door, const std::string& peer_certificate) {
  return Process::connect(doors_.at(static_cast<std::size_t>(door)),
                          door == Door::admin ? "unix:uid=0" : "198.51.100.7", peer_certificate);
}

Result<std::unique_ptr<bridge::store::Store>> BridgeProcess::open_store(const std::string&,
                                                                        const relay::commit::DatabaseFile& file) {
  relay::commit::DatabaseFile here = file;
  here.vfs = disk_.vfs_name();
  return bridge::store::open_sqlite(runtime(), here, bridge::store::StoreThread::loop);
}

std::unique_ptr<relay::http::Client> BridgeProcess::make_client(relay::http::ClientOptions) {
  return std::make_unique<NobodyThere>();
}

std::unique_ptr<relay::http::Listener> BridgeProcess::listen(Door door, std::string address) {
  auto listener = std::make_unique<LanListener>(runtime(), std::move(address));
  doors_.at(static_cast<std::size_t>(door)) = listener.get();
  return listener;
}

Result<std::unique_ptr<relay::http::Listener>> BridgeProcess::listen_tcp(const relay::program::ListenSettings& where,
                                                                         const std::string& client_authorities) {
  return listen(client_authorities.empty() ? Door::front : Door::link, concat(where.host, ":", where.port));
}

Result<std::unique_ptr<relay::http::Listener>> BridgeProcess::listen_unix(const std::string& path, unsigned) {
  return listen(Door::admin, path);
}

}  // namespace sim
