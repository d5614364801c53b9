#include <csignal>
#include <cstdio>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "relay/base/system_runtime.hpp"
#include "tools/modem-sim/control_socket.hpp"
#include "tools/modem-sim/host.hpp"
#include "tools/modem-sim/options.hpp"
#include "tools/modem-sim/seeded_random.hpp"

namespace {

int complain(const relay::Error& error) {
  std::fprintf(stderr, "modem-sim: %s\n", error.message.c_str());
  return 1;
}

int run(modem_sim::Options options) {
  auto journal = options.log.empty() ? relay::Result<modem_sim::Journal>{} : modem_sim::Journal::open(options.log);
  if (!journal) return complain(journal.error());

  asio::io_context loop;
  const relay::SystemClock clock;
  relay::SystemTimerQueue timers(loop.get_executor(), clock);
  modem_sim::SeededRandom random(options.seed);
  options.modem.wall_at_zero = clock.wall() - clock.steady().time_since_epoch();
  modem_sim::Host host(loop.get_executor(), clock, timers, random, options.modem, options.link, std::move(*journal));
  asio::signal_set signals(loop, SIGTERM, SIGINT);
  modem_sim::ControlSocket control(loop.get_executor(), host, options.control, [] { ::raise(SIGTERM); });

  if (!options.control.empty()) {
    if (const auto started = control.start(); !started) return complain(started.error());
  }
  const auto path = host.start();
  if (!path) return complain(path.error());
  signals.async_wait([&](std::error_code, int) { control.stop(), host.stop(); });
  std::printf("ready %s %s\n", path->c_str(), options.link.c_str());
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = modem_sim::parse_options(argc, argv);
  return parsed.options ? run(*parsed.options) : parsed.exit_status;
}
