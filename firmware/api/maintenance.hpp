#pragma once

#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/message/message_id.hpp"

namespace firmware::api {

/// What an operator may order of the running box (docs/api.md, "The admin socket"). None of it outlives the process: a
/// box that starts again works as its settings say. The composition root implements it.
class Maintenance {
 public:
  virtual ~Maintenance() = default;
  /// No new attempts until resume(), or for `duration` at most: a pause that somebody forgot must not keep alarms.
  virtual void pause(relay::Millis duration) = 0;
  virtual void resume() = 0;
  /// Errors: not_found.
  [[nodiscard]] virtual relay::Result<void> enable_provider(const std::string& name, bool enabled) = 0;
  [[nodiscard]] virtual relay::Result<void> reset_breaker(const std::string& name) = 0;
  [[nodiscard]] virtual relay::Result<void> send_only_by(relay::MessageId id, const std::string& provider) = 0;
  /// Errors: not_found, conflict (it is not queued).
  [[nodiscard]] virtual relay::Task<relay::Result<bool>> retry_now(relay::MessageId id) = 0;
  /// The uplink counts as down for so long; zero ends it.
  virtual void simulate_uplink_down(relay::Millis duration) = 0;
  /// Takes over what the settings file says now. Returns the settings that want a restart. Errors: invalid_argument
  /// (the file is wrong, nothing was taken over), unavailable (this program has no settings file).
  [[nodiscard]] virtual relay::Result<std::vector<std::string>> reload() = 0;
  /// Ends the process as SIGTERM does, once this answer is out; the service manager starts it again. Errors:
  /// unavailable.
  [[nodiscard]] virtual relay::Result<void> restart() = 0;
};

}  // namespace firmware::api
