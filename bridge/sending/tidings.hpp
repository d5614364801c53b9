#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/webhook_event.hpp"

namespace bridge::sending {

/// What a box is told of a message that has ended at the bridge: a receipt, whose `ref` the box has from the handover.
/// Nothing for one that no box handed over.
[[nodiscard]] std::optional<relay::providers::WebhookEvent> tidings_of(const relay::outbox::MessageRecord& record,
                                                                       relay::WallTime at);

/// Carries the ends of a tenant's messages from its outbox, which notes each with the change itself, to the store that
/// the link reads: each at least once, and the store drops repeats.
class Tidings {
 public:
  struct Parts {
    relay::Runtime runtime;
    std::string tenant;
    relay::outbox::Outbox& outbox;
    store::Store& store;
    const tenants::Directory& directory;
    std::function<void(const std::string&)> on_stored;  ///< "tenant/box" has something new.
  };
  explicit Tidings(Parts parts) : parts_(std::move(parts)), news_(parts_.runtime), tasks_(parts_.runtime) {}

  /// Some message may have ended.
  void poke() { news_.notify(); }
  void start();
  [[nodiscard]] relay::Task<> stop() { return tasks_.stop(); }

 private:
  relay::Task<> run();
  [[nodiscard]] relay::Task<relay::Result<bool>> carry(std::vector<relay::outbox::Event> events);

  Parts parts_;
  relay::Notification news_;
  relay::TaskGroup tasks_;
};

}  // namespace bridge::sending
