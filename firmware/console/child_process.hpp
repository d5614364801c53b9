#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include <asio/posix/stream_descriptor.hpp>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Another program of the box (systemctl, journalctl, edge-relayd --check-config), started without a shell and with an
/// environment of its own; its output and errors come as one stream. It never outlives this object.
class ChildProcess {
 public:
  /// `argv[0]` is looked for in /usr/sbin, /usr/bin, /sbin and /bin unless it has a slash. Errors: not_found, io.
  [[nodiscard]] static relay::Result<ChildProcess> start(relay::Runtime runtime, const std::vector<std::string>& argv);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  ///< Kills it if it still runs.

  /// Some more output; empty at its end. Errors: io.
  [[nodiscard]] relay::Task<relay::Result<std::string>> read();
  /// Its exit status once it has ended; 128 and the signal's number if a signal ended it.
  [[nodiscard]] relay::Task<int> wait();

 private:
  ChildProcess(relay::Runtime runtime, pid_t pid, int output);

  relay::Runtime runtime_;
  pid_t pid_ = -1;  ///< -1: gone.
  asio::posix::stream_descriptor output_;
};

struct Ended {
  int status = 0;
  std::string output;  ///< At most 256 KiB; the rest is thrown away.
};
/// Runs a program to its end. Errors: not_found, io, timeout (it was killed).
[[nodiscard]] relay::Task<relay::Result<Ended>> run_program(relay::Runtime runtime, std::vector<std::string> argv,
                                                            relay::Millis patience = relay::Millis{10'000});

}  // namespace firmware::console
