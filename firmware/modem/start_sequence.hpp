#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/modem/link.hpp"
#include "firmware/modem/pin_guard.hpp"
#include "firmware/modem/profiles/profile_library.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/modem/status.hpp"

namespace modem {

/// How a start ended.
struct StartResult {
  enum class Kind : std::uint8_t {
    ready,
    failed,   ///< No answer, or a setting that must be taken was refused: recover.
    blocked,  ///< The modem answers, but a person is needed: ModemStatus::sim says why.
  };
  Kind kind = Kind::ready;
  std::string reason;  ///< A clause for a person.
};

/// What the start found out and the session must know.
struct MessageService {
  std::string memory;  ///< mem1 as last selected; empty: the modem's own choice.
  std::vector<std::string>
      memories;             ///< All that may hold received messages, the own one first; empty: the modem's own choice.
  std::string indications;  ///< The +CNMI setting that was taken; empty: none was.
  bool needs_acknowledge = false;         ///< +CSMS with +CMT handed over directly: each needs +CNMA.
  bool holds_own_messages = false;        ///< Store-then-send: what is stored unsent or sent is this box's.
  std::vector<std::string> acknowledges;  ///< Forms of +CNMA to try, in this order.
};

/// From "the line is open" to "messages can go out" (facts/modem.md 2.1). A refused optional step is noted in the log,
/// a refused necessary one ends it. Run again after every restart of the modem: settings are lost then.
class StartSequence {
 public:
  /// What it works with; all outlives it.
  struct Parts {
    relay::Runtime runtime;
    Link& link;
    const Settings& settings;
    const ProfileLibrary& profiles;
    std::string usb_id;  ///< Of the device behind the line; empty: not known.
    ModemStatus& status;
    PinGuard& pin_guard;
  };
  explicit StartSequence(Parts parts)
      : runtime_(parts.runtime),
        link_(parts.link),
        settings_(parts.settings),
        profiles_(parts.profiles),
        usb_id_(std::move(parts.usb_id)),
        status_(parts.status),
        pin_guard_(parts.pin_guard) {}

  [[nodiscard]] relay::Task<StartResult> run();
  [[nodiscard]] const MessageService& service() const { return service_; }
  /// What kind of modem it is; never null after run(), and lives as long as the library.
  [[nodiscard]] const Profile* profile() const { return profile_; }

 private:
  [[nodiscard]] relay::Task<bool> greet();
  [[nodiscard]] relay::Task<> identify();
  void choose_profile();
  [[nodiscard]] relay::Task<StartResult> unlock();
  [[nodiscard]] StartResult blocked(SimState state, std::string detail);
  [[nodiscard]] StartResult judge_lock(const at::Answer& answer);
  [[nodiscard]] relay::Task<StartResult> enter_pin();
  [[nodiscard]] relay::Task<int> tries_left();
  [[nodiscard]] relay::Task<> switch_on();
  [[nodiscard]] relay::Task<> send_profile_commands();
  [[nodiscard]] relay::Task<> read_sim();
  [[nodiscard]] relay::Task<> await_message_service();
  [[nodiscard]] relay::Task<StartResult> set_up_messages();
  [[nodiscard]] relay::Task<> choose_memory();
  [[nodiscard]] relay::Task<> set_service_centre();
  [[nodiscard]] relay::Task<> negotiate_indications();
  [[nodiscard]] std::vector<std::string> indications_to_try(const std::string& offered) const;
  [[nodiscard]] relay::Task<> read_own_number();
  [[nodiscard]] relay::Task<> watch_network();
  [[nodiscard]] bool is_busy(const at::Answer& answer) const;
  /// A command whose refusal is noted and changes nothing.
  [[nodiscard]] relay::Task<at::Answer> optional(std::string text);
  [[nodiscard]] relay::Task<> pause(relay::Millis duration);

  relay::Runtime runtime_;
  Link& link_;
  const Settings& settings_;
  const ProfileLibrary& profiles_;
  std::string usb_id_;
  ModemStatus& status_;
  PinGuard& pin_guard_;
  const Profile* profile_ = nullptr;
  MessageService service_;
};

/// Takes +CREG, +CGREG, +CEREG (asked or unasked) into the status. True when registered() or a state changed.
bool note_registration(ModemStatus& status, std::string_view line);

}  // namespace modem
