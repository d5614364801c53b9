#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/config/document.hpp"

namespace relay::program {

/// What a daemon of this house does between start and stop: the box, the bridge. Its process around it is Daemon.
class Service {
 public:
  /// What only the process around it can do.
  struct Orders {
    std::function<Result<std::vector<std::string>>()> reload;  ///< Reads the settings file anew.
    std::function<void()> restart;  ///< Ends the process; the service manager starts it again.
  };
  virtual ~Service() = default;

  /// Before start().
  virtual void connect(Orders /*orders*/) {}
  /// When it returns, work is taken. Errors are whole sentences for the operator; stop() follows either way.
  [[nodiscard]] virtual Task<Result<bool>> start() = 0;
  [[nodiscard]] virtual Task<> stop() = 0;
  /// Takes over what can be changed while running. Returns the settings that want a restart.
  virtual std::vector<std::string> reload(const config::Document& document) = 0;
  /// Proves that the service gets on with its work: what the watchdog is fed by. What hangs hangs this too, or is the
  /// error: a sentence that names it. Called every third of the watchdog's interval, one call after another.
  [[nodiscard]] virtual Task<Result<void>> prove_alive() = 0;
};

/// What tells one daemon from another.
struct Program {
  std::string name;           ///< "edge-relayd"
  std::string description;    ///< One sentence for --help.
  std::string version;        ///< "0.1.0"
  std::string settings_file;  ///< Where it is unless --config says otherwise.
  config::Tables tables;      ///< Every settings table of the program.
  /// What must be done before the settings file is read; empty: nothing. Only by a run, not by --check-config and its
  /// like. Errors are whole sentences for the operator, and end the run.
  std::function<Result<void>(const std::string& settings_file)> prepare{};
  /// What the tables alone cannot check, with --check-config and at start. The error does not name the file.
  std::function<Result<void>(const config::Document&)> check;
  /// Makes the service; nothing runs yet. Errors are whole sentences for the operator.
  std::function<Result<std::unique_ptr<Service>>(Runtime, config::Document)> make;
};

}  // namespace relay::program
