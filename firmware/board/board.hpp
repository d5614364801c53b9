#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/gpio_lines.hpp"
#include "relay/base/result.hpp"
#include "relay/config/document.hpp"

namespace firmware {

struct BoardLine : hal::GpioAddress {
  std::string pin;  ///< For people: "40-pin header: 11".
};

struct BoardSerialPort {
  std::string device;  ///< Stable name, made by the board's udev rule.
  std::string tty;     ///< What Debian's kernel calls it: "ttyS1".
  int baud = 115200;
  std::string pins;  ///< For people: where to connect, and at which voltage.
};

struct BoardWatchdog {
  std::string device;  ///< "/dev/watchdog0"
  std::string driver;  ///< "bcm2835_wdt"
  int longest_s = 0;   ///< The longest time that the hardware can wait.
};

struct BoardThermal {
  std::string zone;      ///< The processor's, as the kernel calls it: "cpu-thermal".
  int hot_celsius = 80;  ///< From here on somebody is told.
};

/// The facts of one board: a folder of boards/, installed as /usr/share/edge-relay/board.toml. What a board lacks is
/// empty. boards/README.md says which program reads what.
struct Board {
  std::string title;
  std::string toolchain;            ///< A file of toolchains/.
  std::vector<std::string> models;  ///< Beginnings of /proc/device-tree/model that are this board.
  std::optional<BoardSerialPort> console;
  std::optional<BoardSerialPort> modem_uart;
  std::optional<BoardLine> power_key;  ///< Of the modem; times are its profile's.
  std::optional<BoardLine> reset;      ///< Of the modem.
  std::optional<BoardLine> button;     ///< For whoever stands in front of the box.
  std::optional<BoardWatchdog> watchdog;
  std::optional<BoardThermal> thermal;
  std::vector<std::string> leds;  ///< Names in /sys/class/leds that the box may use, the best for its state first.
};

/// The tables of a board.toml.
[[nodiscard]] relay::config::Tables board_tables();
/// Errors: invalid_argument, with file, line and remedy, all at once.
[[nodiscard]] relay::Result<Board> read_board(std::string_view text, const std::string& file);
/// The file's board; none when there is no such file.
[[nodiscard]] relay::Result<std::optional<Board>> load_board(const std::string& file);

/// What the machine says that it is (/proc/device-tree/model); empty: it says nothing, as PCs.
[[nodiscard]] std::string running_model();
/// Whether a machine of this model can be that board. Both unknown counts as yes.
[[nodiscard]] bool is_model(const Board& board, std::string_view model);

/// Whether `device` is the line that the maintenance console of this board is on: by name, or by where names lead.
[[nodiscard]] bool is_console(const Board& board, const std::string& device);

/// The setting that names the file.
[[nodiscard]] const relay::config::Table& board_settings();

}  // namespace firmware
