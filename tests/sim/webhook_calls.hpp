#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "relay/providers/twilio/webhook.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class World;

/// Twilio's calls of the bridge: what became of each message whose sender wished to be told, and what people write to
/// the number that Twilio hosts. A call is made again until it is answered with 200, a few times; what was answered so
/// must reach the box.
class WebhookCalls {
 public:
  explicit WebhookCalls(World& world);

  void start();
  /// No further letters.
  void finish() { finished_ = true; }
  /// `last_status` becomes known at `at`; `callback` is the URL that the box gave.
  void follow(const std::string& sid, std::size_t item, const std::string& callback, WorldTime at,
              const std::string& last_status);

 private:
  struct Call {
    std::string url;
    relay::providers::twilio::Fields fields;
    std::function<void()> on_taken;  ///< The bridge has said 200.
    int tries = 0;
  };
  void keep_writing();
  void write();
  void make(const std::shared_ptr<Call>& call);
  void tell_status(const std::string& sid, std::size_t item, const std::string& callback, std::string_view status);

  World& world_;
  Stream stream_;
  int letters_ = 0;
  bool finished_ = false;
};

}  // namespace sim
