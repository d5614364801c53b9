#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "relay/http/client.hpp"
#include "tests/sim/exchange.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class World;

/// The applications' and the operator's web servers, which take signed webhooks.
class Receivers {
 public:
  explicit Receivers(World& world);

  void take(const relay::http::ClientRequest& request, const std::shared_ptr<Exchange>& exchange);

  enum class Health : std::uint8_t { well, down, failing, slow };
  void set_health(const std::string& host, Health health);
  void all_well();
  /// Nothing while it is not.
  [[nodiscard]] std::optional<WorldTime> well_since(const std::string& host) const;
  /// The state that the last event of a message told to a receiver.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& last_state() const { return last_state_; }

 private:
  struct Receiver {
    Health health = Health::well;
    WorldTime well_since{};
    std::map<std::string, std::string, std::less<>> bodies;  ///< By webhook-id.
    std::int64_t greatest_id = 0;
  };
  /// `awaited`: the box has not given the request up.
  void deliver(const std::string& host, const relay::http::ClientRequest& request, bool awaited);
  void message_event(const relay::http::ClientRequest& request, std::int64_t number);

  World& world_;
  Stream stream_;
  std::map<std::string, Receiver, std::less<>> receivers_;
  std::map<std::string, std::string, std::less<>> last_state_;  ///< By message id.
};

}  // namespace sim
