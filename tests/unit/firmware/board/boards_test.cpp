// Every folder of boards/: what is in it is whole, and agrees with what is built from it.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/board/board.hpp"
#include "relay/base/concat.hpp"

namespace fs = std::filesystem;
using firmware::Board;

namespace {

const fs::path tree = fs::path(EDGE_RELAY_TEST_DATA) / "../..";

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  CHECK_TEXT(in.is_open(), file.c_str());
  return {std::istreambuf_iterator<char>(in), {}};
}

void each_board(const std::function<void(const std::string& name, const fs::path& folder, const Board& board)>& check) {
  int boards = 0;
  for (const auto& entry : fs::directory_iterator(tree / "boards")) {
    if (!entry.is_directory()) continue;
    const auto board = firmware::load_board(entry.path() / "board.toml");
    CHECK_TEXT(board.has_value(), board ? "" : board.error().message.c_str());
    CHECK_TEXT(board->has_value(), relay::concat(entry.path().string(), " has no board.toml").c_str());
    check(entry.path().filename(), entry.path(), **board);
    ++boards;
  }
  CHECK(boards >= 8);
}

}  // namespace

TEST_GROUP(Boards){};

TEST(Boards, eachHasAToolchainAndAPresetThatUsesIt) {
  const std::string presets = content(tree / "CMakePresets.json");
  each_board([&](const std::string& name, const fs::path&, const Board& board) {
    CHECK_TEXT(fs::exists(tree / "toolchains" / (board.toolchain + ".cmake")), name.c_str());
    const std::string preset = relay::concat(R"("name": "board-)", name, R"(", "inherits": ")", board.toolchain,
                                             R"(", "binaryDir": "${sourceDir}/build/)", board.toolchain, "\"");
    CHECK_TEXT(presets.find(preset) != std::string::npos, ("CMakePresets.json lacks " + preset).c_str());
  });
}

TEST(Boards, eachUdevRuleMakesTheNamesThatItsBoardUses) {
  each_board([](const std::string& name, const fs::path& folder, const Board& board) {
    const std::string rules = content(folder / "61-edge-relay-board.rules");
    for (const auto& port : {board.console, board.modem_uart}) {
      if (!port) continue;
      const std::string made = port->device.starts_with("/dev/edge-relay/")
                                   ? "SYMLINK+=\"" + port->device.substr(5) + "\""
                                   : "KERNEL==\"" + port->device.substr(5) + "\"";
      CHECK_TEXT(rules.find(made) != std::string::npos, relay::concat(name, ": no rule has ", made).c_str());
    }
    if (!board.leds.empty()) {
      const std::string lamp = relay::concat("SUBSYSTEM==\"leds\", KERNEL==\"", board.leds.front(), "\"");
      CHECK_TEXT(rules.find(lamp) != std::string::npos,
                 relay::concat(name, ": the daemon may not light ", lamp).c_str());
    }
    if (board.power_key || board.reset || board.button)
      CHECK_TEXT(rules.find("gpiochip*") != std::string::npos, name.c_str());
    CHECK_TEXT(rules.find("ID_MM_DEVICE_IGNORE") != std::string::npos, name.c_str());
  });
}

TEST(Boards, eachPageHasTheWiringAndSaysWhereItIsFrom) {
  each_board([](const std::string& name, const fs::path& folder, const Board&) {
    const std::string page = content(folder / "README.md");
    for (const std::string& part :
         {std::string{"## Wiring"}, std::string{"## Where the facts are from"}, "board-" + name})
      CHECK_TEXT(page.find(part) != std::string::npos, relay::concat(name, "/README.md lacks ", part).c_str());
    CHECK_TEXT(content(tree / "boards/README.md").find("(" + name + "/README.md)") != std::string::npos, name.c_str());
  });
}

// One wire goes to one thing.
TEST(Boards, noLineIsNamedTwice) {
  each_board([](const std::string& name, const fs::path&, const Board& board) {
    std::string seen;
    for (const auto& line : {board.power_key, board.reset, board.button}) {
      if (!line) continue;
      const std::string key = relay::concat("<", line->chip, ":", std::to_string(line->line), ">");
      CHECK_TEXT(seen.find(key) == std::string::npos, (name + " " + key).c_str());
      seen += key;
    }
  });
}
