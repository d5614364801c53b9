#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "relay/base/result.hpp"

namespace firmware::console {

/// Looks into the outbox's file when no daemon answers: read only, numbers masked, no texts. The shape is that of the
/// admin API, as far as the file alone tells. Errors: io (no file), corrupt.
class OutboxLook {
 public:
  explicit OutboxLook(std::string path) : path_(std::move(path)) {}
  /// {"queue": {"queued": {"alarm": 0, ...}, "sending": ..., "sent": ...}}
  [[nodiscard]] relay::Result<nlohmann::ordered_json> queue() const;
  /// {"messages": [...]}: what is unfinished, or of one state; the newest first.
  [[nodiscard]] relay::Result<nlohmann::ordered_json> messages(const std::string& state, int limit) const;
  [[nodiscard]] relay::Result<nlohmann::ordered_json> message(const std::string& id) const;
  /// "ok", or what SQLite says is wrong.
  [[nodiscard]] relay::Result<std::string> integrity() const;

 private:
  std::string path_;
};

}  // namespace firmware::console
