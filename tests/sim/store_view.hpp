#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/message/vocabulary.hpp"
#include "tests/sim/disk/disk.hpp"

namespace sim {

/// What stands in the outbox's file, read by SQLite alone: no code of the product takes part.
struct StoreView {
  struct Message {
    std::string id;
    std::string to;
    std::string text;
    relay::MessageClass message_class = relay::MessageClass::info;
    relay::State state = relay::State::queued;
    int attempts = 0;
  };
  std::vector<Message> messages;  ///< In the order of their ids, which is that of their commits.
  std::set<std::string, std::less<>> opt_outs;
  std::int64_t events = 0;  ///< That no receiver has taken yet.
};

/// Reads copies of a disk's files: looking changes nothing for the box. One per world.
class StoreReader {
 public:
  StoreReader() : disk_(1) {}
  /// Errors: what integrity_check, foreign_key_check or SQLite itself found wrong (I11). A disk without a store, or
  /// with one whose creation was cut off, gives an empty view. `thoroughly`: with the checks, which take longer than
  /// the rest.
  [[nodiscard]] relay::Result<StoreView> read(const Disk::Files& files, bool thoroughly);

 private:
  Disk disk_;
};

}  // namespace sim
