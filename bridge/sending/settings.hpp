#pragma once

#include <cstdint>
#include <string>

#include "relay/base/time.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace bridge::sending {

struct SendingSettings {
  std::string directory;        ///< Where each tenant's outbox lies: outbox-TENANT.db.
  std::string public_url;       ///< Of the bridge: where status callbacks go.
  bool several_nodes = false;   ///< Nothing is sent then: an outbox is of one node, and another's promises are not its.
  relay::Millis hold{};         ///< So long the bridge looks for a way out, before it gives a message back to its box;
  relay::Millis hold_urgent{};  ///< and an alarm or a one-time code.
  std::int64_t max_queued = 0;  ///< Of one tenant.
  double rate_per_box = 0;      ///< Requests a second.
  std::int64_t max_size = 0;    ///< Of one tenant's outbox.
};
[[nodiscard]] const relay::config::Table& settings_table();
/// Without public_url.
[[nodiscard]] SendingSettings read_settings(const relay::config::Section& section);

}  // namespace bridge::sending
