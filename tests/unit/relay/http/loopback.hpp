#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "relay/base/system_runtime.hpp"
#include "relay/base/task.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace fakes {

/// A Runtime of the real loop, clock and timers, for tests on loopback sockets.
class RealWorld {
 public:
  [[nodiscard]] relay::Runtime runtime() { return {loop.get_executor(), clock, timers, random, log}; }

  template <class T>
  T run(relay::Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(loop, std::move(task), [&result, this](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
      loop.stop();
    });
    loop.restart();
    loop.run();
    return std::move(*result);
  }
  void run(relay::Task<> task) {
    (void)run([](relay::Task<> t) -> relay::Task<bool> {
      co_await std::move(t);
      co_return true;
    }(std::move(task)));
  }

  asio::io_context loop{1};
  relay::SystemClock clock;
  relay::SystemTimerQueue timers{loop.get_executor(), clock};
  relay::SystemRandom random;
  RecordedLog log;
};

/// "127.0.0.1:4711" to "4711".
inline std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

}  // namespace fakes
