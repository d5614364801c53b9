#include "firmware/board/board.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "relay/base/concat.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::config::Document;
using relay::config::Section;
using relay::config::Setting;
using relay::config::Table;
using relay::config::Type;

constexpr std::array identity_settings{
    Setting{
        .name = "title", .type = Type::text, .text = "Its name for people.", .min = 1, .max = 100, .required = true},
    Setting{.name = "toolchain",
            .type = Type::text,
            .text = "What it is built with.",
            .required = true,
            .choices = "arm64|armhf|armel|x86_64"},
    Setting{.name = "models",
            .type = Type::list,
            .default_value = "[]",
            .text = "Beginnings of /proc/device-tree/model that are this board.",
            .max = 8},
    Setting{.name = "leds",
            .type = Type::list,
            .default_value = "[]",
            .text = "Names in /sys/class/leds, the best for the box's state first.",
            .max = 8},
};
constexpr Table identity_table{
    .path = "board", .kind = {}, .text = "Which board it is.", .settings = identity_settings};

constexpr std::array port_settings{
    Setting{.name = "device", .type = Type::text, .text = "Stable name, made by the board's udev rule.", .max = 64},
    Setting{.name = "tty", .type = Type::text, .text = "What Debian's kernel calls it.", .max = 16},
    Setting{.name = "baud",
            .type = Type::integer,
            .default_value = "115200",
            .text = "Its speed, 8N1.",
            .min = 9600,
            .max = 921600},
    Setting{.name = "pins", .type = Type::text, .text = "Where to connect, and at which voltage.", .max = 200},
};
constexpr Table console_table{
    .path = "console", .kind = {}, .text = "The line of the maintenance console.", .settings = port_settings};
constexpr Table modem_uart_table{
    .path = "modem_uart", .kind = {}, .text = "A serial line for a modem without USB.", .settings = port_settings};

constexpr std::array line_settings{
    Setting{.name = "chip", .type = Type::text, .text = "Label of the GPIO chip.", .max = 64},
    Setting{.name = "line", .type = Type::integer, .text = "Offset in that chip.", .min = 0, .max = 1023},
    Setting{.name = "active_low", .type = Type::boolean, .default_value = "false", .text = "Asserted at 0 V."},
    Setting{.name = "pin", .type = Type::text, .text = "Where it is on the board.", .max = 200},
};
constexpr Table power_key_table{
    .path = "power_key", .kind = {}, .text = "To the modem's power key.", .settings = line_settings};
constexpr Table reset_table{.path = "reset", .kind = {}, .text = "To the modem's reset.", .settings = line_settings};
constexpr Table button_table{.path = "button", .kind = {}, .text = "A button of the box.", .settings = line_settings};

constexpr std::array watchdog_settings{
    Setting{.name = "device", .type = Type::text, .text = "Its device.", .max = 64},
    Setting{.name = "driver", .type = Type::text, .text = "Its kernel module.", .max = 32},
    Setting{.name = "longest",
            .type = Type::duration,
            .default_value = "15s",
            .text = "The longest time that it can wait.",
            .min = 1000,
            .max = 86'400'000},
};
constexpr Table watchdog_table{
    .path = "watchdog", .kind = {}, .text = "The hardware's watchdog.", .settings = watchdog_settings};

constexpr std::array thermal_settings{
    Setting{.name = "zone",
            .type = Type::text,
            .text = "The processor's thermal zone, as /sys/class/thermal/*/type calls it.",
            .max = 32},
    Setting{.name = "hot",
            .type = Type::integer,
            .default_value = "80",
            .text = "Degrees Celsius from which on it is too hot.",
            .min = 40,
            .max = 125},
};
constexpr Table thermal_table{
    .path = "thermal", .kind = {}, .text = "The processor's temperature.", .settings = thermal_settings};

constexpr std::array<const Table*, 8> tables{&identity_table, &console_table, &modem_uart_table, &power_key_table,
                                             &reset_table,    &button_table,  &watchdog_table,   &thermal_table};

constexpr std::array file_settings{
    Setting{.name = "file",
            .type = Type::text,
            .default_value = "/usr/share/edge-relay/board.toml",
            .text = "The facts of this board (boards/ in the sources; installed by its package); it need not exist."},
};
constexpr Table file_table{
    .path = "board", .kind = {}, .text = "The board that the box is built on.", .settings = file_settings};

std::optional<std::string> no_environment(const std::string&) { return std::nullopt; }  // A board has no secrets.

/// What is wrong with it is added to `problem`.
std::optional<BoardSerialPort> port_in(const Document& document, const char* table, std::string& problem) {
  if (!document.given(table)) return std::nullopt;
  const Section& section = document.section(table);
  BoardSerialPort port{.device = section.text("device"),
                       .tty = section.text("tty"),
                       .baud = static_cast<int>(section.integer("baud")),
                       .pins = section.text("pins")};
  if (!port.device.starts_with("/dev/") || !port.tty.starts_with("tty") || port.pins.empty()) {
    problem = relay::concat("[", table, "]: say device (/dev/...), tty (tty...) and pins");
  }
  return port;
}

std::optional<BoardLine> line_in(const Document& document, const char* table, std::string& problem) {
  if (!document.given(table)) return std::nullopt;
  const Section& section = document.section(table);
  BoardLine line{{.chip = section.text("chip"),
                  .line = section.has("line") ? static_cast<int>(section.integer("line")) : -1,
                  .active_low = section.boolean("active_low")},
                 section.text("pin")};
  if (line.chip.empty() || line.line < 0 || line.pin.empty()) {
    problem = relay::concat("[", table, "]: say chip (its label), line (the offset in it) and pin");
  }
  return line;
}

std::optional<BoardWatchdog> watchdog_in(const Document& document, std::string& problem) {
  if (!document.given("watchdog")) return std::nullopt;
  const Section& section = document.section("watchdog");
  BoardWatchdog watchdog{.device = section.text("device"),
                         .driver = section.text("driver"),
                         .longest_s = static_cast<int>(section.duration("longest").count() / 1000)};
  if (!watchdog.device.starts_with("/dev/") || watchdog.driver.empty()) problem = "[watchdog]: say device and driver";
  return watchdog;
}

std::optional<BoardThermal> thermal_in(const Document& document, std::string& problem) {
  if (!document.given("thermal")) return std::nullopt;
  const Section& section = document.section("thermal");
  BoardThermal thermal{.zone = section.text("zone"), .hot_celsius = static_cast<int>(section.integer("hot"))};
  if (thermal.zone.empty()) problem = "[thermal]: say zone";
  return thermal;
}

Board board_of(const Document& document, std::string& problem) {
  const Section& identity = document.section("board");
  Board board{.title = identity.text("title"),
              .toolchain = identity.text("toolchain"),
              .models = identity.list("models"),
              .console = port_in(document, "console", problem),
              .modem_uart = port_in(document, "modem_uart", problem),
              .power_key = line_in(document, "power_key", problem),
              .reset = line_in(document, "reset", problem),
              .button = line_in(document, "button", problem),
              .watchdog = watchdog_in(document, problem),
              .thermal = thermal_in(document, problem),
              .leds = identity.list("leds")};
  if (board.console && board.modem_uart && board.console->device == board.modem_uart->device) {
    problem = "[modem_uart] device: it is the console's; a line has one user";
  }
  return board;
}

}  // namespace

relay::config::Tables board_tables() { return tables; }
const Table& board_settings() { return file_table; }

Result<Board> read_board(std::string_view text, const std::string& file) {
  const auto document = Document::parse(text, file, tables, no_environment);
  if (!document) return std::unexpected(document.error());
  std::string problem;
  Board board = board_of(*document, problem);
  if (!problem.empty()) return relay::fail(relay::ErrorCode::invalid_argument, relay::concat(file, ": ", problem));
  return board;
}

Result<std::optional<Board>> load_board(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  const auto document = Document::load(file, tables, no_environment);
  if (!document) return std::unexpected(document.error());
  std::string problem;
  Board board = board_of(*document, problem);
  if (!problem.empty()) return relay::fail(relay::ErrorCode::invalid_argument, relay::concat(file, ": ", problem));
  return board;
}

std::string running_model() {
  std::ifstream file("/proc/device-tree/model");
  std::string model;
  std::getline(file, model, '\0');
  return model;
}

bool is_model(const Board& board, std::string_view model) {
  if (board.models.empty() || model.empty()) return true;
  return std::ranges::any_of(board.models, [&](const auto& one) { return model.starts_with(one); });
}

bool is_console(const Board& board, const std::string& device) {
  if (!board.console) return false;
  const auto real = [](const std::string& name) {
    std::error_code error;
    return std::filesystem::weakly_canonical(name, error).string();
  };
  const std::string wanted = real(device);
  return wanted == real(board.console->device) || wanted == real("/dev/" + board.console->tty);
}

}  // namespace firmware
