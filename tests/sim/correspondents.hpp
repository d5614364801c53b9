#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/stream.hpp"

namespace sim {

class World;

/// Those who write to the number of the box's SIM: replies, a STOP, texts in parts. What they wrote stands in the
/// ledger; an application reads it (Applications::read_letters).
class Correspondents {
 public:
  explicit Correspondents(World& world);

  void start();
  /// No further letters.
  void finish() { finished_ = true; }
  /// Has written a STOP, whether or not the box has heard of it.
  [[nodiscard]] bool has_said_stop(std::string_view number) const { return number == stopped_; }

 private:
  void keep_writing();
  void write(const std::string& from);
  void write_stop();
  void send(const std::string& from, const std::string& text, int reference);
  [[nodiscard]] std::string somebody();

  World& world_;
  Stream stream_;
  int letters_ = 0;
  std::string stopped_;                    ///< One says STOP in a run: more would leave nobody to send to.
  std::map<std::string, int> references_;  ///< Of the last text in parts, by sender: each phone counts for itself.
  bool finished_ = false;
};

}  // namespace sim
