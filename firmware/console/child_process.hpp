#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <asio/posix/stream_descriptor.hpp>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Another program of the box (systemctl, journalctl, edge-relayd --check-config, rz), started without a shell and with
/// an environment of its own. It never outlives this object.
class ChildProcess {
 public:
  /// Nothing to read for it; its output and errors come as one stream. `argv[0]` is looked for in the PATH unless it
  /// has a slash. Errors: not_found, io.
  [[nodiscard]] static relay::Result<ChildProcess> start(relay::Runtime runtime, const std::vector<std::string>& argv);
  /// With a line of its own in `folder`: what is written is its input, what it says is read; its errors go nowhere.
  [[nodiscard]] static relay::Result<ChildProcess> start_with_line(relay::Runtime runtime,
                                                                   const std::vector<std::string>& argv,
                                                                   const std::string& folder);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  ///< Kills it if it still runs.

  /// Some more output; empty at its end. Errors: io.
  [[nodiscard]] relay::Task<relay::Result<std::string>> read();
  /// All of it, as fast as the program takes it. Errors: io (it takes no more).
  [[nodiscard]] relay::Task<relay::Result<void>> write(std::string_view bytes);
  /// Its exit status once it has ended; 128 and the signal's number if a signal ended it.
  [[nodiscard]] relay::Task<int> wait();

 private:
  ChildProcess(relay::Runtime runtime, pid_t pid, int line);

  relay::Runtime runtime_;
  pid_t pid_ = -1;                       ///< -1: gone.
  asio::posix::stream_descriptor line_;  ///< A pipe's reading end, or a socket.
};

struct Ended {
  int status = 0;
  std::string output;  ///< At most 256 KiB; the rest is thrown away.
};
/// Runs a program to its end. Errors: not_found, io, timeout (it was killed).
[[nodiscard]] relay::Task<relay::Result<Ended>> run_program(relay::Runtime runtime, std::vector<std::string> argv,
                                                            relay::Millis patience = relay::Millis{10'000});

}  // namespace firmware::console
