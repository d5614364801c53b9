#include "tests/unit/bridge/private_postgresql.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/store/postgresql/connection.hpp"
#include "relay/base/concat.hpp"

namespace bridge_test {
namespace {

using relay::concat;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "no PostgreSQL for the tests: %s\n", why.c_str());
  std::abort();
}

/// The server ends when our end of its standard input does: also when this process is killed.
class Server {
 public:
  Server() {
    std::string name = (std::filesystem::temp_directory_path() / "bridge-postgresql-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) give_up("no temporary folder");
    folder_ = name;
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) give_up("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    std::string program = PRIVATE_POSTGRESQL;
    std::string is_volatile = "--volatile";
    std::string while_open = "--while-open";
    const std::array<char*, 5> arguments{program.data(), name.data(), is_volatile.data(), while_open.data(), nullptr};
    if (posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0)
      give_up("cannot start " + program);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    std::array<char, 6> ready{};
    const bool started = read(out[0], ready.data(), ready.size()) > 0;
    close(out[0]);
    if (!started) give_up("it did not start");
    open_ = in[1];
  }
  ~Server() {
    close(open_);
    waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string url() const { return concat("postgresql:///postgres?user=postgres&host=", folder_); }

 private:
  std::string folder_;
  pid_t process_ = 0;
  int open_ = -1;
};

}  // namespace

std::string new_schema() {
  static const Server server;
  static int schemas = 0;
  auto connection = bridge::store::postgresql::Connection::open(server.url());
  if (!connection) give_up(connection.error().message);
  const std::string name = concat("s", ++schemas);
  const auto made = connection->execute("CREATE SCHEMA " + name);
  if (!made) give_up(made.error().message);
  return concat(server.url(), "&options=-csearch_path%3D", name);
}

}  // namespace bridge_test
