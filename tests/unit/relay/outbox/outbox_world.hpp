#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace outbox_test {

/// An outbox on a file of its own, in virtual time, with its store on the loop.
class OutboxWorld {
 public:
  OutboxWorld();
  ~OutboxWorld();

  /// Opens (again). Aborts the test when it does not open.
  void open();
  [[nodiscard]] relay::Result<std::unique_ptr<relay::outbox::SqliteOutbox>> try_open(std::string path);
  /// As a killed process: nothing more is committed.
  void kill() { outbox.reset(); }
  /// A second outbox on a copy of the files as they are on disk now.
  void reopen_copy();
  void close();

  relay::Message message(std::string to = "+358401234567", relay::MessageClass c = relay::MessageClass::info,
                         relay::AppId app = 1);
  /// Submits and waits until it is stored.
  relay::MessageId store(relay::Message message);
  relay::MessageId store(std::string to, relay::MessageClass c = relay::MessageClass::info, relay::AppId app = 1) {
    return store(message(std::move(to), c, app));
  }
  relay::Attempt begin(relay::MessageId id, std::string provider = "cloud");
  relay::outbox::AttemptEnd end_of(relay::MessageId id, int number, relay::Outcome outcome, relay::State next);
  relay::State end(relay::outbox::AttemptEnd end);
  /// Stores, begins and ends an attempt as accepted with `refs`.
  relay::MessageId sent(std::vector<std::string> refs, std::string to = "+358401234567");
  relay::outbox::Receipt receipt(std::string ref, relay::ReceiptStatus status);
  relay::outbox::ReceiptResult apply(relay::outbox::Receipt receipt);
  relay::outbox::MessageRecord find(relay::MessageId id);
  relay::State state(relay::MessageId id) { return find(id).message.state; }
  std::vector<relay::MessageId> due(relay::AppId app = 1, relay::Lane lane = relay::Lane::rest, int limit = 100);

  template <class T>
  T run(relay::Task<T> task) {
    return world.run(std::move(task));
  }
  [[nodiscard]] relay::TimelineTime now() const { return outbox->timeline().now(); }
  /// The counters as a new start counts them.
  [[nodiscard]] bool counters_hold();

  fakes::VirtualRuntime world;
  std::string folder;
  relay::outbox::SqliteOutboxSettings settings;
  std::unique_ptr<relay::outbox::SqliteOutbox> outbox;
};

}  // namespace outbox_test
