#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firmware/modem/ports.hpp"
#include "firmware/modem/session.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/modem/status.hpp"
#include "hal/serial_port.hpp"
#include "relay/config/section.hpp"
#include "relay/providers/provider.hpp"

namespace modem {

/// The box's own way out: a cellular modem over AT commands, needing no uplink.
///
/// Deadlines: send() returns by `request.deadline` (an alarm must move on to the next provider), but a PDU that is at
/// the modem can't be taken back. So at the deadline: nothing submitted yet gives `unavailable`, and it will not be
/// sent; submitted gives `unknown` while the session goes on waiting, up to `send_timeout`, with the line rightly
/// blocked, and sends the remaining parts of a long message, since half a message helps nobody. The answer that comes
/// then goes to ModemPorts::on_late_answer.
class ModemProvider final : public relay::providers::Provider {
 public:
  ModemProvider(relay::Runtime runtime, const Settings& settings, hal::SerialPorts& serial_ports, ModemPorts ports,
                ProfileLibrary profiles = {});

  /// Spawns the session into `group`. The group is stopped before the provider is destroyed.
  void start(relay::TaskGroup& group) { session_.start(group); }

  [[nodiscard]] const relay::providers::Traits& traits() const override { return traits_; }
  [[nodiscard]] int capacity() const override { return session_.capacity(); }
  [[nodiscard]] relay::Task<relay::providers::SendResult> send(relay::providers::SendRequest request) override;
  [[nodiscard]] std::optional<std::string> not_ready() const override { return session_.not_ready(); }

  /// Why no SMS can be sent now, and what to do; or, not blocking, what somebody should see to.
  [[nodiscard]] std::optional<Obstacle> obstacle() const { return session_.obstacle(); }
  [[nodiscard]] ModemStatus status() const { return session_.snapshot(); }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] std::uint64_t turns() const { return session_.turns(); }  ///< See Session.

  // What a technician may do; see Session.
  [[nodiscard]] relay::Task<relay::Result<AtReply>> send_command(std::string text) {
    return session_.send_command(std::move(text));
  }
  [[nodiscard]] relay::Task<relay::Result<UssdReply>> ussd(std::string text) { return session_.ussd(std::move(text)); }
  [[nodiscard]] relay::Task<relay::Result<UssdReply>> end_ussd() { return session_.end_ussd(); }
  [[nodiscard]] relay::Result<bool> ask_reset(Rung rung) { return session_.ask_reset(rung); }

  // For ModemPool.
  [[nodiscard]] bool carries(std::string_view number) const;
  [[nodiscard]] int waiting() const { return session_.waiting(); }
  [[nodiscard]] int failures_in_a_row() const { return session_.status().failures_in_a_row; }
  [[nodiscard]] std::int64_t messages_sent() const { return session_.status().messages_sent; }
  [[nodiscard]] bool has_parts_of(relay::MessageId message) const { return session_.has_parts_of(message); }
  void drop_waiting(relay::MessageId message) { session_.drop_waiting(message); }
  /// Called when not_ready() begins or ceases to hold; the listener outlives the provider.
  void on_ready_changed(std::function<void()> listener) { session_.on_ready_changed(std::move(listener)); }

 private:
  [[nodiscard]] relay::Result<SendJobPtr> make_job(const relay::providers::SendRequest& request) const;

  relay::Runtime runtime_;
  Settings settings_;
  relay::providers::Traits traits_;
  Session session_;
};

/// `section` is checked against settings_table(). `serial_ports` and what `ports` names outlive the provider. Errors:
/// invalid_argument, io: a profile of profile_directory with its file and line, or a `profile` that there is not.
[[nodiscard]] relay::Result<std::unique_ptr<ModemProvider>> make_modem(const std::string& name,
                                                                       const relay::config::Section& section,
                                                                       relay::Runtime runtime,
                                                                       hal::SerialPorts& serial_ports,
                                                                       ModemPorts ports);

/// The concatenation reference of a message's parts: the same for each copy with the same text, so that a phone that
/// has some of the parts takes the missing ones and drops the rest; another one for the copies that are marked as
/// repeats, whose text differs.
[[nodiscard]] int concat_reference(relay::MessageId id, bool marked);

}  // namespace modem
