#pragma once

#include <optional>
#include <string>
#include <utility>

#include "firmware/modem/ports.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware {

/// What the modems remember of their SIMs, kept in the outbox's file: it is the one durable store of the box.
class SimFacts final : public modem::SimMemory {
 public:
  /// `outbox` outlives this.
  explicit SimFacts(relay::outbox::Outbox& outbox) : outbox_(outbox) {}

  [[nodiscard]] relay::Task<relay::Result<std::optional<std::string>>> recall(std::string key) override {
    return outbox_.recall(std::move(key));
  }
  [[nodiscard]] relay::Task<relay::Result<bool>> remember(std::string key, std::string value) override {
    return outbox_.remember(std::move(key), std::move(value), relay::outbox::Urgency::now);
  }

  [[nodiscard]] relay::Task<relay::Result<bool>> note(std::string key, std::string value) override {
    return outbox_.remember(std::move(key), std::move(value), relay::outbox::Urgency::relaxed);
  }

 private:
  relay::outbox::Outbox& outbox_;
};

}  // namespace firmware
