#include "tools/modem-sim/journal.hpp"

#include <cerrno>
#include <cstring>

#include "tools/modem-sim/event_json.hpp"

namespace modem_sim {

relay::Result<Journal> Journal::open(const std::string& path) {
  Journal journal;
  journal.file_.reset(path == "-" ? stdout : std::fopen(path.c_str(), "ae"));
  if (!journal.file_) {
    return relay::fail(relay::ErrorCode::io, "cannot open the log " + path + ": " + std::strerror(errno));
  }
  return journal;
}

void Journal::write(std::span<const Event> events) {
  if (!file_ || events.empty()) return;
  std::string lines;
  for (const auto& event : events) lines += json_line(event) + "\n";
  std::fwrite(lines.data(), 1, lines.size(), file_.get());
  std::fflush(file_.get());
}

}  // namespace modem_sim
