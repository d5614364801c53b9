#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "relay/base/result.hpp"
#include "tools/modem-sim/model/event.hpp"

namespace modem_sim {

/// The JSON-lines log of a run: a file (appended to), or standard output for "-". One write for each batch of events.
class Journal {
 public:
  Journal() = default;  ///< Writes nowhere.
  [[nodiscard]] static relay::Result<Journal> open(const std::string& path);
  void write(std::span<const Event> events);

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace modem_sim
