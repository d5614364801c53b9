#pragma once

#include <functional>
#include <string>

#include "tests/sim/options.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class ModemSite;
class World;

/// What goes wrong, and when: each class of faults that the run has on strikes about every `between_faults`.
class Faults {
 public:
  explicit Faults(World& world);

  void start();
  /// Heals everything, for good.
  void end();
  [[nodiscard]] bool over() const { return over_; }

 private:
  void keep(FaultClass fault, std::function<void()> strike);
  void strike_box();
  void strike_disk();
  void strike_providers();
  void strike_modem();
  void strike_clock();
  void strike_lan();
  void strike_bridge();
  void trouble_a_provider(FaultClass fault);
  void trouble_the_modem(FaultClass fault);

  World& world_;
  Stream stream_;
  bool over_ = false;
};

}  // namespace sim
