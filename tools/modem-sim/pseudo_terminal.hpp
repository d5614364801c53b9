#pragma once

#include <string>
#include <utility>

#include "relay/base/result.hpp"

namespace modem_sim {

/// An owned file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// A PTY in raw mode. It holds its own slave end, so that the master never hangs up when the last user closes it (a
/// master without a slave is readable for ever: a loop over it spins).
class PseudoTerminal {
 public:
  [[nodiscard]] static relay::Result<PseudoTerminal> open();

  [[nodiscard]] const std::string& slave_path() const { return slave_path_; }
  /// The master, non-blocking; the caller owns it from here. Once.
  [[nodiscard]] int release_master() { return master_.release(); }
  /// Throws away what nobody has read: a port that nobody has open keeps nothing.
  void forget_unread() const;
  /// Undoes a TIOCEXCL of a user that is gone: the kernel forgets it at the last close, which our own slave end
  /// prevents.
  void allow_next_open() const;

 private:
  Descriptor master_;
  Descriptor slave_;
  std::string slave_path_;
};

/// Makes `link` point to `target`, in one step. Errors: conflict when something else than a symlink is there.
[[nodiscard]] relay::Result<std::string> point_link(const std::string& link, const std::string& target);
/// Removes `link` when it is a symlink.
void remove_link(const std::string& link);

/// Watches who has a file open (inotify). Non-blocking. Two opens at the same moment may count as one.
class OpenWatch {
 public:
  /// Counts from now on. Errors: io.
  [[nodiscard]] static relay::Result<OpenWatch> of(const std::string& path);
  struct Changes {
    int opened = 0;
    int closed = 0;
  };
  [[nodiscard]] Changes take();
  /// For waiting until there is something to take. Owned by the watch.
  [[nodiscard]] int descriptor() const { return inotify_.get(); }

 private:
  Descriptor inotify_;
};

}  // namespace modem_sim
