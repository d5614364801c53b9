#pragma once

#include <memory>

#include "relay/http/client.hpp"

namespace sim {

class Boot;
class World;

/// How one life of the daemon asks the world over HTTP: the clouds, the bridge, the webhook receivers. The world and
/// the boot must outlive it.
[[nodiscard]] std::unique_ptr<relay::http::Client> make_box_client(World& world, Boot& boot,
                                                                   relay::http::ClientOptions options);

}  // namespace sim
