#pragma once

#include <string>

#include "firmware/console/admin_client.hpp"
#include "firmware/console/command.hpp"
#include "firmware/console/command_table.hpp"
#include "firmware/console/host.hpp"
#include "firmware/console/internet.hpp"
#include "firmware/console/store.hpp"
#include "firmware/console/terminal.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Where a running command speaks to its person: a console's terminal, or relayctl's own input and output.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Whole lines, at once: the steps of something that takes time.
  [[nodiscard]] virtual relay::Task<> say(std::string text) = 0;
  /// "Sure? [y/N]". Errors: conflict when nobody can be asked (a script without --yes).
  [[nodiscard]] virtual relay::Task<relay::Result<bool>> confirm(std::string question) = 0;
  /// A line of text, to be compared with something that nobody types by mistake: --yes does not answer it. Errors: as
  /// ask_secret.
  [[nodiscard]] virtual relay::Task<relay::Result<std::string>> ask(std::string prompt) = 0;
  /// Something that is not shown. Errors: cancelled, timeout, io.
  [[nodiscard]] virtual relay::Task<relay::Result<std::string>> ask_secret(std::string prompt) = 0;
  /// All of standard input, of a one-shot command. Errors: full (more than `most` bytes), conflict (this is a console).
  [[nodiscard]] virtual relay::Result<std::string> input(std::size_t most) {
    (void)most;
    return relay::fail(relay::ErrorCode::conflict, "a console has no standard input");
  }
  /// The console's terminal; null for a one-shot command.
  [[nodiscard]] virtual Terminal* terminal() { return nullptr; }
  virtual void log_out() {}
};

/// Who is at work.
struct Who {
  std::string name;  ///< "anna"; of a one-shot command "uid 1000".
  Role role = Role::view;
  std::string origin;  ///< "/dev/ttyS0", "terminal", "command line"

  [[nodiscard]] std::string text() const { return name + " (" + std::string{name_of(role)} + ") at " + origin; }
};

/// All that a command may use. It outlives the command.
struct Context {
  relay::Runtime runtime;
  AdminClient& daemon;
  Host& host;
  Store& store;
  Internet& internet;
  const CommandTable& table;
  Stage& stage;
  Who who;
};

}  // namespace firmware::console
