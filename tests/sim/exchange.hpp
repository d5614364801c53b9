#pragma once

#include <expected>
#include <memory>
#include <optional>

#include "relay/base/task.hpp"
#include "relay/http/client.hpp"

namespace sim {

/// One HTTP exchange between the box and somebody in the world. Both hold it; neither needs the other to end it.
struct Exchange {
  Exchange(relay::Runtime box, std::shared_ptr<bool> box_alive, int boot)
      : done(box), alive(std::move(box_alive)), boot_number(boot) {}

  /// The box learns the end, unless it is dead or has given up.
  void end(std::expected<relay::http::ClientResponse, relay::http::ClientFailure> with) {
    if (!*alive || given_up || result) return;
    result = std::move(with);
    done.notify();
  }
  [[nodiscard]] bool reaches_box() const { return *alive && !given_up && !result; }

  std::optional<std::expected<relay::http::ClientResponse, relay::http::ClientFailure>> result;
  bool byte_left = false;
  bool given_up = false;  ///< The box's deadline passed.
  relay::Notification done;
  std::shared_ptr<bool> alive;
  int boot_number;
  std::optional<std::size_t> send;  ///< That it carries and whose end is not known yet (Ledger::sends).
};

}  // namespace sim
