#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/console/child_process.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Where things are on this box.
struct Places {
  std::string socket = "/run/edge-relay/admin.sock";
  std::string settings = "/etc/edge-relay/relay.toml";
  std::string data = "/var/lib/edge-relay";
  std::string outbox;                            ///< Empty: as the settings file says, else outbox.db in `data`.
  std::string daemon = "/usr/sbin/edge-relayd";  ///< For its own word on a settings file.
  std::string unit = "edge-relayd.service";
  std::string defaults = "/usr/share/edge-relay/relay.toml";  ///< The settings of a new box.
  std::string log_file;  ///< The daemon's log where there is no journal; empty: the journal.

  [[nodiscard]] std::string store() const { return data + "/console.db"; }
};

/// What systemd says of the daemon's unit.
struct UnitState {
  bool known = false;  ///< False: there is no systemd here, or it does not know the unit.
  std::string active;  ///< "active", "activating", "failed", "inactive"
  std::string sub;     ///< "running", "auto-restart", "dead"
  std::string result;  ///< "success", "exit-code", "signal", "watchdog", ...
  std::string exit;    ///< "exited with status 1", "killed by signal 9"; empty when it has not ended yet.
  int restarts = 0;
  int main_pid = 0;
  std::string since;  ///< Since when it is in this state, as systemd writes it.
};

struct NetworkInterface {
  std::string name;
  std::string state;  ///< "up", "down", "unknown"
  std::string mac;
  std::vector<std::string> addresses;
};

/// A folder that only this user may look into, for as long as the object lives; then it and the files in it are gone.
class PrivateFolder {
 public:
  /// Makes it in `parent`; what a power cut left of such folders goes after a day. Errors: not_found, io, full.
  [[nodiscard]] static relay::Result<PrivateFolder> make(const std::string& parent);
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

/// The box outside of the daemon: its other programs, its files, its kernel's figures. All of it works when the daemon
/// does not. Files are bounded and are read and written at once: they are small.
class Host {
 public:
  Host(relay::Runtime runtime, Places places) : runtime_(runtime), places_(std::move(places)) {}

  [[nodiscard]] const Places& places() const { return places_; }
  [[nodiscard]] relay::Runtime runtime() const { return runtime_; }

  // --- files
  /// What stands behind the first `from` bytes. Errors: not_found, io, full (more than `most` bytes).
  [[nodiscard]] static relay::Result<std::string> read_file(const std::string& path, std::size_t most = 1024 * 1024,
                                                            std::int64_t from = 0);
  /// The first line, without blanks around it; empty when there is no such file.
  [[nodiscard]] static std::string read_line(const std::string& path);
  /// Nothing: there is no such file.
  [[nodiscard]] static std::optional<std::int64_t> file_size(const std::string& path);
  /// Which file the name stands for now; two files never have the same. Empty: there is none.
  [[nodiscard]] static std::string file_identity(const std::string& path);
  static void remove_file(const std::string& path);
  /// Names of the files in it, sorted; none when there is no such folder.
  [[nodiscard]] static std::vector<std::string> files_in(const std::string& folder);
  /// All or nothing, and on disk when it returns: a new file beside the old one takes its place. Keeps the permissions
  /// of the old one, or of `like` where that is given. Errors: io, full.
  [[nodiscard]] static relay::Result<void> replace_file(const std::string& path, std::string_view text,
                                                        const std::string& like = {});

  // --- who this box is
  [[nodiscard]] static std::string name();    ///< The host name: the site's name by convention.
  [[nodiscard]] static std::string serial();  ///< Of /etc/edge-relay/serial, else of the board; empty: it has none.
  [[nodiscard]] static std::string model();   ///< The board's name; empty: unknown.

  // --- the kernel's figures
  /// By a time server. `now` is the wall clock's reading.
  [[nodiscard]] static bool clock_is_synchronised(relay::WallTime now);
  [[nodiscard]] static std::vector<NetworkInterface> interfaces();
  [[nodiscard]] static std::vector<std::string> name_servers();
  [[nodiscard]] static std::string default_gateway();  ///< Empty: no default route.
  struct Space {
    std::int64_t total = 0;
    std::int64_t free = 0;
    double inodes_free = 1;  ///< As a share.
  };
  [[nodiscard]] static std::optional<Space> space(const std::string& path);
  [[nodiscard]] static std::optional<double> temperature();  ///< Of the processor, in degrees Celsius.
  /// Whether the board says that its supply voltage was too low since boot; nothing: it cannot say.
  [[nodiscard]] static std::optional<bool> under_voltage();

  // --- the daemon from outside
  [[nodiscard]] relay::Task<UnitState> unit_state();
  /// The last lines of its log, oldest first. Errors: as run_program, read_file.
  [[nodiscard]] relay::Task<relay::Result<std::vector<std::string>>> log_lines(int count);
  /// edge-relayd's own word on a settings file. An error is its list of what is wrong.
  [[nodiscard]] relay::Task<relay::Result<void>> check_settings(std::string path);

 private:
  relay::Runtime runtime_;
  Places places_;
};

}  // namespace firmware::console
