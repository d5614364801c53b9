#include "firmware/console/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

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

/// posix_spawn(3) with both outputs in the pipe and nothing to read.
int spawn(std::vector<std::string> argv, int output, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
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
  const int error = posix_spawnp(&pid, argv.front().c_str(), &files, &attributes, pointers(argv).data(),
                                 pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
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
  pid_t pid = -1;
  const int error = spawn(argv, ends[1], pid);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                "cannot run " + argv.front() + ": " + std::strerror(error));
  }
  return ChildProcess(runtime, pid, ends[0]);
}

ChildProcess::ChildProcess(relay::Runtime runtime, pid_t pid, int output)
    : runtime_(runtime), pid_(pid), output_(runtime.executor, output) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : runtime_(other.runtime_), pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

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
      co_await output_.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::eof) co_return std::string{};
  if (error) co_return fail(ErrorCode::io, "reading another program's output: " + error.message());
  co_return std::string(buffer.data(), size);
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
