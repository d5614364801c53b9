#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/webhook_event.hpp"

namespace firmware::uplink {

struct BridgeSettings {
  std::vector<std::string> urls;  ///< Of the link, one a node: "https://link.example.com:8444". None: no bridge.
  std::string enrol_url;          ///< Of the public side.
  std::string enrolment_code;
  std::string ca_file;
  std::vector<std::string> connect_to;
};
[[nodiscard]] const relay::config::Table& bridge_settings_table();
/// Errors: invalid_argument.
[[nodiscard]] relay::Result<BridgeSettings> read_bridge_settings(const relay::config::Section& section);

/// The box's end of the link to the bridge (docs/bridge.md). It dials out: the bridge need not reach it. Its key is
/// made here and never leaves the outbox's file. Events come in order; each is committed before the next question
/// acknowledges it, and one that comes again changes nothing.
class BridgeLink {
 public:
  struct Ports {
    relay::outbox::Outbox& outbox;
    std::function<std::unique_ptr<relay::http::Client>(relay::http::ClientOptions)> make_client;
    /// Commits what the event tells. False: not now, it comes again.
    std::function<relay::Task<bool>(relay::providers::WebhookEvent)> take;
    /// What time it is by the bridge's clock, with each answer. Empty: nobody wants it.
    std::function<void(relay::WallTime)> on_time = {};
  };
  BridgeLink(relay::Runtime runtime, Ports ports, BridgeSettings settings);

  void start();
  [[nodiscard]] relay::Task<> stop();

  enum class State : std::uint8_t { off, not_enrolled, connecting, up };
  struct Status {
    State state = State::off;
    std::string box;                              ///< "tenant.box", once enrolled.
    std::string trouble;                          ///< Why it is not up, a sentence.
    std::optional<relay::SteadyTime> down_since;  ///< Empty while it is up, and without a bridge.
    std::optional<relay::WallTime> heard_at;      ///< The last good answer.
    std::uint64_t events = 0;
  };
  [[nodiscard]] const Status& status() const { return status_; }
  /// For other requests on the link, with the present certificate; null: the box is not enrolled.
  [[nodiscard]] std::shared_ptr<relay::http::Client> client() const { return client_; }

 private:
  /// What lasts: in the outbox's facts.
  struct Identity {
    std::string key;
    std::string certificate;
    relay::WallTime renew_at{};
  };

  relay::Task<> run();
  [[nodiscard]] relay::Task<relay::Result<bool>> load();
  [[nodiscard]] relay::Task<relay::Result<bool>> enrol();
  [[nodiscard]] bool renewal_is_due() const;
  [[nodiscard]] relay::Task<relay::Result<bool>> renew();
  /// Errors: conflict when the bridge refuses, unavailable when it cannot be asked.
  [[nodiscard]] relay::Task<relay::Result<bool>> ask_for_certificate(relay::http::Client& client, std::string url,
                                                                     std::string code);
  [[nodiscard]] relay::Task<relay::Result<bool>> poll();
  [[nodiscard]] relay::Task<relay::Result<bool>> take(std::string answer);
  [[nodiscard]] relay::Task<relay::Result<bool>> remember(const char* fact, std::string value);
  void connect();
  [[nodiscard]] const std::string& url() const { return settings_.urls[node_ % settings_.urls.size()]; }
  void note(State state, std::string trouble);

  relay::Runtime runtime_;
  Ports ports_;
  BridgeSettings settings_;
  Status status_;
  bool loaded_ = false;
  bool has_new_code_ = false;  ///< The settings have a code that was not used yet.
  std::optional<Identity> identity_;
  /// What the bridge's clock said, and when we heard it.
  struct Heard {
    relay::WallTime at_bridge{};
    relay::SteadyTime at_box{};
  };
  std::optional<Heard> heard_;
  relay::SteadyTime renew_not_before_ = relay::SteadyTime::min();
  std::shared_ptr<relay::http::Client> client_;  ///< With the certificate; null: not enrolled.
  std::size_t node_ = 0;                         ///< Which of the URLs is asked.
  std::string epoch_;
  std::int64_t cursor_ = 0;  ///< Everything up to this number is committed here.
  relay::TaskGroup tasks_;
};

/// "off", "not enrolled", "connecting", "up".
[[nodiscard]] std::string_view name_of(BridgeLink::State state);

}  // namespace firmware::uplink
