#include "firmware/console/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "relay/base/within.hpp"

namespace firmware::console {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr std::size_t most_output = 256 * 1024;
constexpr relay::Millis wait_pause{5};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// The program's ends of its streams; -1: /dev/null.
struct Streams {
  int input = -1;
  int output = -1;
  int errors = -1;
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void connect(int stream, int to) {
    if (to < 0) {
      posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    } else {
      posix_spawn_file_actions_adddup2(&actions_, to, stream);
    }
  }
  void change_folder(const std::string& folder) {
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// posix_spawnp(3).
int spawn(std::vector<std::string> argv, const Streams& streams, const std::string& folder, pid_t& pid) {
  FileActions files;
  files.connect(STDIN_FILENO, streams.input);
  files.connect(STDOUT_FILENO, streams.output);
  files.connect(STDERR_FILENO, streams.errors);
  files.change_folder(folder);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);  // the HTTP client ignores it for our process
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);  // a group of its own: Ctrl-C at our terminal is ours
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "SYSTEMD_COLORS=0",
                                       "SYSTEMD_PAGER=", "TERM=dumb"};
  const int error = posix_spawnp(&pid, argv.front().c_str(), files.get(), &attributes, pointers(argv).data(),
                                 pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  return error;
}

Result<pid_t> spawned(const std::vector<std::string>& argv, const Streams& streams, const std::string& folder) {
  pid_t pid = -1;
  const int error = spawn(argv, streams, folder, pid);
  if (error == 0) return pid;
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
              "cannot run " + argv.front() + ": " + std::strerror(error));
}

Task<Result<Ended>> collect(ChildProcess& child) {
  Ended ended;
  while (true) {
    auto some = co_await child.read();
    if (!some) co_return std::unexpected(some.error());
    if (some->empty()) break;
    ended.output.append(*some, 0, most_output - std::min(most_output, ended.output.size()));
  }
  ended.status = co_await child.wait();
  co_return ended;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(relay::Runtime runtime, const std::vector<std::string>& argv) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::io, std::string{"no pipe for another program: "} + std::strerror(errno));
  const auto pid = spawned(argv, {.input = -1, .output = ends[1], .errors = ends[1]}, "");
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return std::unexpected(pid.error());
  }
  return ChildProcess(runtime, *pid, ends[0]);
}

Result<ChildProcess> ChildProcess::start_with_line(relay::Runtime runtime, const std::vector<std::string>& argv,
                                                   const std::string& folder) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(ErrorCode::io, std::string{"no line to another program: "} + std::strerror(errno));
  const auto pid = spawned(argv, {.input = ends[1], .output = ends[1], .errors = -1}, folder);
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return std::unexpected(pid.error());
  }
  return ChildProcess(runtime, *pid, ends[0]);
}

ChildProcess::ChildProcess(relay::Runtime runtime, pid_t pid, int line)
    : runtime_(runtime), pid_(pid), line_(runtime.executor, line) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : runtime_(other.runtime_), pid_(std::exchange(other.pid_, -1)), line_(std::move(other.line_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

Task<Result<std::string>> ChildProcess::read() {
  std::array<char, 4096> buffer{};
  asio::error_code error;
  const std::size_t size =
      co_await line_.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
  // A program that ends without having read all of its line resets it.
  if (error == asio::error::eof || error == asio::error::connection_reset) co_return std::string{};
  if (error) co_return fail(ErrorCode::io, "reading another program's output: " + error.message());
  co_return std::string(buffer.data(), size);
}

Task<Result<void>> ChildProcess::write(std::string_view bytes) {
  asio::error_code error;
  co_await asio::async_write(line_, asio::buffer(bytes.data(), bytes.size()),
                             asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return fail(ErrorCode::io, "another program takes no more input: " + error.message());
  co_return Result<void>{};
}

/// It has closed its output, so it ends now; SIGCHLD belongs to nobody here, so this looks a few times.
Task<int> ChildProcess::wait() {
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno != EINTR)) break;
    co_await sleep_for(runtime_, wait_pause);
  }
  pid_ = -1;
  co_return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Task<Result<Ended>> run_program(relay::Runtime runtime, std::vector<std::string> argv, relay::Millis patience) {
  auto child = ChildProcess::start(runtime, argv);
  if (!child) co_return std::unexpected(child.error());
  auto ended = co_await relay::within(runtime, runtime.clock.steady() + patience, collect(*child));
  if (!ended) co_return fail(ErrorCode::timeout, argv.front() + " did not end in time and was stopped");
  co_return std::move(*ended);
}

}  // namespace firmware::console
