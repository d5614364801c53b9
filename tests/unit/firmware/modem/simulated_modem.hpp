#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/sim/serial_line.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tools/modem-sim/model/modem_model.hpp"

/// The strict modem of tools/modem-sim at the far end of a simulated line, in virtual time.
class SimulatedModem {
 public:
  SimulatedModem(fakes::VirtualRuntime& world, hal::SimSerialLine& line, modem_sim::ModemConfig config)
      : world_(world), line_(&line), model_(std::move(config), random_, world.clock.steady()) {
    take_line();
    settle();
  }
  ~SimulatedModem() {
    leave_line();
    if (timer_ != 0) world_.timers.disarm(timer_);
  }
  SimulatedModem(const SimulatedModem&) = delete;
  SimulatedModem& operator=(const SimulatedModem&) = delete;

  [[nodiscard]] modem_sim::ModemModel& model() { return model_; }
  [[nodiscard]] relay::SteadyTime now() const { return world_.clock.steady(); }

  void inject(modem_sim::FaultKind kind, std::optional<relay::Millis> duration = std::nullopt, int code = 500) {
    model_.inject({.kind = kind, .duration = duration, .code = code}, now());
    settle();
  }
  /// It comes back under another name: to be called while it is unplugged.
  void move_to(hal::SimSerialLine& line) {
    leave_line();
    line_ = &line;
    line_->unplug();
    take_line();
  }
  /// To be called after each call to the model.
  void settle() {
    if (const std::string said = model_.take_output(); !said.empty()) line_->say(said);
    for (auto& event : model_.take_log()) {
      if (event.acceptance) accepted.push_back(*event.acceptance);
    }
    if (model_.plugged() != plugged_) {
      plugged_ = model_.plugged();
      plugged_ ? line_->plug() : line_->unplug();
    }
    if (timer_ != 0) world_.timers.disarm(std::exchange(timer_, 0));
    if (const auto next = model_.next_wake()) {
      timer_ = world_.timers.arm(*next, [this] {
        timer_ = 0;
        model_.advance(now());
        settle();
      });
    }
  }

  std::string heard;                            ///< All that the program wrote.
  std::vector<modem_sim::Acceptance> accepted;  ///< What the network took: the truth.

 private:
  fakes::VirtualRuntime& world_;
  void take_line() {
    line_->on_heard([this](std::string_view bytes) {
      heard += bytes;
      model_.receive(bytes, now());
      settle();
    });
    line_->on_opened([this] {
      model_.line_opened(now());
      settle();
    });
    line_->on_attached([this](bool attached) {
      attached ? model_.plug(now()) : model_.unplug(std::nullopt, now());
      settle();
    });
  }
  void leave_line() {
    line_->on_heard(nullptr);
    line_->on_opened(nullptr);
    line_->on_attached(nullptr);
  }

  hal::SimSerialLine* line_;
  fakes::SeededRandom random_{7};
  modem_sim::ModemModel model_;
  bool plugged_ = true;
  relay::TimerQueue::Handle timer_ = 0;
};
