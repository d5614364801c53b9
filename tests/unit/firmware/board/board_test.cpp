#include "firmware/board/board.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <CppUTest/TestHarness.h>

#include "relay/base/concat.hpp"

namespace fs = std::filesystem;
using firmware::Board;
using firmware::read_board;

namespace {

constexpr const char* smallest = "[board]\ntitle = \"Box\"\ntoolchain = \"arm64\"\n";

std::string refusal(const std::string& text) {
  const auto board = read_board(text, "board.toml");
  return board ? "" : board.error().message;
}

}  // namespace

TEST_GROUP(BoardFile){};

TEST(BoardFile, whatItLacksIsEmpty) {
  const auto board = read_board(smallest, "board.toml");
  CHECK(board.has_value());
  STRCMP_EQUAL("Box", board->title.c_str());
  CHECK_FALSE(board->console || board->modem_uart || board->power_key || board->reset || board->button ||
              board->watchdog || board->thermal);
  CHECK(board->leds.empty());
}

TEST(BoardFile, whatItHasIsRead) {
  const auto board = read_board(
      relay::concat(smallest,
                    "leds = [\"ACT\"]\n"
                    "[console]\ndevice = \"/dev/edge-relay/console\"\ntty = \"ttyS1\"\nbaud = 9600\npins = \"8\"\n"
                    "[power_key]\nchip = \"chip\"\nline = 0\nactive_low = true\npin = \"7\"\n"
                    "[watchdog]\ndevice = \"/dev/watchdog0\"\ndriver = \"wdt\"\nlongest = \"16s\"\n",
                    "[thermal]\nzone = \"cpu-thermal\"\nhot = 85\n"),
      "board.toml");
  CHECK_TEXT(board.has_value(), board ? "" : board.error().message.c_str());
  STRCMP_EQUAL("ttyS1", board->console->tty.c_str());
  LONGS_EQUAL(9600, board->console->baud);
  LONGS_EQUAL(0, board->power_key->line);
  CHECK(board->power_key->active_low);
  LONGS_EQUAL(16, board->watchdog->longest_s);
  STRCMP_EQUAL("cpu-thermal", board->thermal->zone.c_str());
  LONGS_EQUAL(85, board->thermal->hot_celsius);
}

TEST(BoardFile, whatIsHalfSaidIsRefused) {
  STRCMP_CONTAINS("[console]", refusal(relay::concat(smallest, "[console]\ntty = \"ttyS1\"\n")).c_str());
  STRCMP_CONTAINS("[power_key]", refusal(relay::concat(smallest, "[power_key]\nchip = \"a\"\npin = \"7\"\n")).c_str());
  STRCMP_CONTAINS("[watchdog]", refusal(relay::concat(smallest, "[watchdog]\ndriver = \"a\"\n")).c_str());
  STRCMP_CONTAINS("[thermal]", refusal(relay::concat(smallest, "[thermal]\nhot = 80\n")).c_str());
  STRCMP_CONTAINS("hot", refusal(relay::concat(smallest, "[thermal]\nzone = \"a\"\nhot = 200\n")).c_str());
  STRCMP_CONTAINS("toolchain", refusal("[board]\ntitle = \"Box\"\ntoolchain = \"z80\"\n").c_str());
  STRCMP_CONTAINS("power_kee", refusal(relay::concat(smallest, "[power_kee]\nline = 1\n")).c_str());
}

TEST(BoardFile, aLineHasOneUser) {
  const std::string port = "device = \"/dev/ttyS0\"\ntty = \"ttyS0\"\npins = \"1\"\n";
  STRCMP_CONTAINS("console's", refusal(relay::concat(smallest, "[console]\n", port, "[modem_uart]\n", port)).c_str());
}

TEST(BoardFile, theConsolesLineIsKnownByEachOfItsNames) {
  std::string folder = (fs::temp_directory_path() / "edge-relay-board-XXXXXX").string();
  CHECK(mkdtemp(folder.data()) != nullptr);
  const std::string tty = folder + "/tty";
  std::ofstream(tty) << "";
  fs::create_symlink(tty, folder + "/console");
  fs::create_symlink(folder + "/console", folder + "/modem0");
  Board board;
  CHECK_FALSE(is_console(board, "/dev/ttyS0"));
  board.console = {.device = folder + "/console", .tty = "ttyS7", .baud = 115200, .pins = {}};
  CHECK(is_console(board, folder + "/console"));
  CHECK(is_console(board, tty));
  CHECK(is_console(board, folder + "/modem0"));
  CHECK(is_console(board, "/dev/ttyS7"));
  CHECK_FALSE(is_console(board, "/dev/ttyS70"));
  CHECK_FALSE(is_console(board, "usb:1e0e:9001"));
  fs::remove_all(folder);
}

TEST(BoardFile, modelsAreComparedByTheirBeginning) {
  Board board;
  CHECK(is_model(board, "anything"));
  board.models = {"Raspberry Pi 4"};
  CHECK(is_model(board, "Raspberry Pi 4 Model B Rev 1.5"));
  CHECK_FALSE(is_model(board, "Raspberry Pi 3 Model B"));
  CHECK(is_model(board, ""));
}

TEST(BoardFile, noFileIsNoBoardAndABadOneIsAnError) {
  CHECK_FALSE(firmware::load_board("/nonexistent/board.toml")->has_value());
  const auto bad = firmware::load_board("/proc/version");
  CHECK(bad.error().code == relay::ErrorCode::invalid_argument);
}

TEST(BoardFile, theTablesAreSound) {
  for (const auto& problem : relay::config::check_tables(firmware::board_tables())) FAIL(problem.c_str());
}
