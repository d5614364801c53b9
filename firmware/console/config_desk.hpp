#pragma once

#include <optional>
#include <string>

#include "firmware/console/admin_client.hpp"
#include "firmware/console/host.hpp"
#include "firmware/console/store.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Settings in the making: a candidate beside the file in effect, checked by edge-relayd itself, put in its place in
/// one step, and taken back unless somebody confirms in time that the box is still as it should be. The file as it was
/// is kept before each change.
class ConfigDesk {
 public:
  ConfigDesk(relay::Runtime runtime, AdminClient& daemon, Host& host, Store& store)
      : runtime_(runtime), daemon_(daemon), host_(host), store_(store) {}

  /// The file in effect. Errors: not_found, io.
  [[nodiscard]] relay::Result<std::string> running() const;
  /// The candidate, or the file in effect when there is none.
  [[nodiscard]] relay::Result<std::string> candidate() const;
  /// Errors: as edge-relayd says, each line with table and setting.
  [[nodiscard]] relay::Task<relay::Result<void>> check(std::string text);

  struct Applied {
    std::int64_t revision = 0;  ///< What was before.
    std::vector<std::string>
        restarted_for;  ///< Settings that wanted a restart of the daemon; empty: it read them running.
    std::string state;  ///< How the box is afterwards: "OK", "DEGRADED: ...", ...
  };
  /// Puts `text` in effect; with `confirm_within`, for so long unless confirmed. Errors: of check(), of writing.
  [[nodiscard]] relay::Task<relay::Result<Applied>> apply(std::string text, std::string by,
                                                          std::optional<relay::Millis> confirm_within);
  /// Errors: conflict (nothing waits to be confirmed).
  [[nodiscard]] relay::Result<void> confirm();
  /// Puts a kept file back: the given one, else what an unconfirmed change replaced, else the newest.
  [[nodiscard]] relay::Task<relay::Result<Applied>> roll_back(std::optional<std::int64_t> revision, std::string by);

  /// Takes an unconfirmed change back once its time is over, and at once after a restart of the box. Runs for as long
  /// as the console does.
  [[nodiscard]] relay::Task<> guard();
  /// True: it was over, and was taken back.
  [[nodiscard]] relay::Task<bool> take_back_if_over();

 private:
  [[nodiscard]] relay::Task<std::vector<std::string>> make_daemon_read();

  relay::Runtime runtime_;
  AdminClient& daemon_;
  Host& host_;
  Store& store_;
};

/// Ends the daemon so that the service manager starts it again: by its own socket, else by systemctl, else by a signal.
/// Waits until it answers. Errors: timeout, unavailable (nobody restarts it).
[[nodiscard]] relay::Task<relay::Result<void>> restart_daemon(AdminClient& daemon, Host& host, relay::Millis patience);

}  // namespace firmware::console
