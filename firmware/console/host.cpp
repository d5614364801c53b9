#include "firmware/console/host.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>

#include "firmware/console/printable.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  return lines;
}

int to_int(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// ExecMainCode is what waitid(2) calls si_code: 1 exited, 2 killed, 3 dumped core.
std::string exit_sentence(int code, int status) {
  if (code == 1) return relay::concat("exited with status ", status);
  if (code == 2 || code == 3) return relay::concat("killed by signal ", status);
  return "";
}

}  // namespace

std::string Host::read_line(const std::string& path) {
  const auto text = read_file(path, 4096);
  if (!text) return "";
  std::string line = text->substr(0, text->find('\n'));
  std::erase_if(line, [](char c) { return c == '\0' || c == '\r'; });
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return printable(line);
}

std::string Host::name() {
  std::string name = read_line("/proc/sys/kernel/hostname");
  return name.empty() ? "edge-relay" : name.substr(0, 32);
}

std::string Host::serial() {
  for (const char* path : {"/etc/edge-relay/serial", "/proc/device-tree/serial-number"}) {
    if (auto serial = read_line(path); !serial.empty()) return serial;
  }
  return "";
}

std::string Host::model() {
  for (const char* path : {"/proc/device-tree/model", "/sys/class/dmi/id/product_name"}) {
    if (auto model = read_line(path); !model.empty()) return model;
  }
  return "";
}

std::optional<double> Host::temperature() {
  const std::string text = read_line("/sys/class/thermal/thermal_zone0/temp");
  if (text.empty()) return std::nullopt;
  return to_int(text) / 1000.0;
}

/// The Raspberry Pi's firmware keeps score in a hwmon device; other boards say nothing.
std::optional<bool> Host::under_voltage() {
  for (int i = 0; i < 8; ++i) {
    const std::string folder = relay::concat("/sys/class/hwmon/hwmon", i);
    if (read_line(folder + "/name") == "rpi_volt") return read_line(folder + "/in0_lcrit_alarm") == "1";
  }
  return std::nullopt;
}

Task<UnitState> Host::unit_state() {
  UnitState state;
  auto shown = co_await run_program(
      runtime_,
      {"systemctl", "show", places_.unit, "--property",
       "LoadState,ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,NRestarts,MainPID,StateChangeTimestamp"});
  if (!shown || shown->status != 0) co_return state;
  std::map<std::string, std::string> values;
  for (const auto& line : lines_of(shown->output)) {
    if (const auto equals = line.find('='); equals != std::string::npos)
      values[line.substr(0, equals)] = printable(line.substr(equals + 1));
  }
  state.known = values["LoadState"] == "loaded";
  state.active = values["ActiveState"];
  state.sub = values["SubState"];
  state.result = values["Result"];
  state.restarts = to_int(values["NRestarts"]);
  state.main_pid = to_int(values["MainPID"]);
  state.since = values["StateChangeTimestamp"];
  state.exit = exit_sentence(to_int(values["ExecMainCode"]), to_int(values["ExecMainStatus"]));
  co_return state;
}

Task<Result<std::vector<std::string>>> Host::log_lines(int count) {
  std::string text;
  if (places_.log_file.empty()) {
    auto shown = co_await run_program(runtime_, {"journalctl", "--unit", places_.unit, "--lines", std::to_string(count),
                                                 "--output", "short-iso", "--no-pager", "--quiet"});
    if (!shown) co_return std::unexpected(shown.error());
    if (shown->status != 0) co_return fail(ErrorCode::io, "journalctl: " + printable(shown->output));
    text = std::move(shown->output);
  } else {
    auto read = read_file(places_.log_file, std::size_t{64} * 1024 * 1024);
    if (!read) co_return std::unexpected(read.error());
    text = std::move(*read);
  }
  auto lines = lines_of(text);
  if (lines.size() > static_cast<std::size_t>(count)) lines.erase(lines.begin(), lines.end() - count);
  for (auto& line : lines) line = printable(line);
  co_return lines;
}

Task<Result<void>> Host::check_settings(std::string path) {
  auto checked = co_await run_program(runtime_, {places_.daemon, "--check-config", "--config", path});
  if (!checked) co_return std::unexpected(checked.error());
  if (checked->status == 0) co_return Result<void>{};
  std::string said = printable_lines(checked->output);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  co_return fail(ErrorCode::invalid_argument, said);
}

}  // namespace firmware::console
