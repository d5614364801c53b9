#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/console/admin_client.hpp"
#include "firmware/console/command_table.hpp"
#include "firmware/console/host.hpp"
#include "firmware/console/internet.hpp"
#include "firmware/console/session.hpp"
#include "firmware/console/store.hpp"
#include "hal/serial_port.hpp"

namespace firmware::console {

/// What the command line asked for.
struct Wanted {
  Places places;
  bool socket_given = false;  ///< Else it is as the settings file says.
  bool json = false;
  bool yes = false;                ///< Every confirmation is given.
  std::vector<std::string> words;  ///< A command; empty: the console.
  std::string port;                ///< The console's line; empty: this terminal.
  int baud = 115200;
  relay::Millis idle{600'000};
};

/// The socket and the outbox's file as the settings file names them; a file that cannot be read (perhaps just that is
/// the trouble) changes nothing.
void take_places_from_settings(Wanted& wanted);

/// relayctl put together. What is handed in outlives it.
class Program {
 public:
  Program(relay::Runtime runtime, relay::http::Client& to_daemon, relay::http::Client& to_internet,
          hal::SerialPorts& ports, Wanted wanted);

  /// The exit status: 0 for OK, 1 for ERR, 2 for a command line that cannot be understood.
  [[nodiscard]] relay::Task<int> run();

 private:
  [[nodiscard]] relay::Task<int> run_command(Store& store);
  [[nodiscard]] relay::Task<int> run_console(Store& store);
  [[nodiscard]] relay::Task<> serve_line(Context context, SessionSettings settings);
  [[nodiscard]] relay::Task<relay::Result<bool>> one_session(Context context, SessionSettings settings);
  [[nodiscard]] relay::Task<> close_terminal();
  [[nodiscard]] Context context_for(Store& store, Stage& stage, Who who);

  relay::Runtime runtime_;
  Wanted wanted_;
  hal::SerialPorts& ports_;
  AdminClient daemon_;
  Internet internet_;
  Host host_;
  CommandTable table_;
  std::unique_ptr<Terminal> terminal_;  ///< While a session is on.
};

}  // namespace firmware::console
