#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/profiles/profile.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/message/message_id.hpp"
#include "relay/outbox/outbox.hpp"

namespace modem {

/// The modem's answer to a send that had ended as `unknown` at its deadline: proof of what became of it
/// (Outbox::prove).
struct LateAnswer {
  relay::MessageId message;
  std::int32_t attempt = 0;
  std::string provider;
  bool was_sent = false;  ///< All parts were accepted; else: certainly nothing was sent.
  std::string provider_ref;
  std::vector<std::string> receipt_refs;  ///< As SendResult::receipt_refs.
  std::string code;
};

/// Something that a person must see to, or that is over.
struct Alarm {
  std::string provider;
  std::string kind;      ///< name_of(ObstacleKind)
  std::string sentence;  ///< What is wrong and what to do.
  bool raised = true;    ///< false: it is over.
};

/// A few durable facts about SIMs. Small: a row for each SIM that refused a PIN.
class SimMemory {
 public:
  virtual ~SimMemory() = default;
  /// Nothing: never remembered. An Error: not known, so nothing is risked.
  [[nodiscard]] virtual relay::Task<relay::Result<std::optional<std::string>>> recall(std::string key) = 0;
  /// Durable once it returns a value.
  [[nodiscard]] virtual relay::Task<relay::Result<bool>> remember(std::string key, std::string value) = 0;
  /// The same for what changes with each message: it may wait for another commit, and a crash may lose it.
  [[nodiscard]] virtual relay::Task<relay::Result<bool>> note(std::string key, std::string value) {
    return remember(std::move(key), std::move(value));
  }
};

/// Where a modem's news goes, and what it may use. All calls on the loop's thread; the callees outlive the modem. An
/// empty function: nobody wants it, or the box does not have it.
struct ModemPorts {
  std::function<void(relay::outbox::Receipt)> on_receipt = {};
  /// True once the message is committed: only then is it deleted from the modem (or acknowledged to the network). Must
  /// not end by an exception.
  std::function<relay::Task<bool>(relay::outbox::InboundMessage)> on_inbound = {};
  /// Of a message that is not complete; as on_inbound. Kept until a message names it, over a restart of the daemon.
  std::function<relay::Task<bool>(relay::outbox::InboundPart)> keep_part = {};
  /// What is kept for the modem of this name. An Error: try again later.
  std::function<relay::Task<relay::Result<std::vector<relay::outbox::InboundPart>>>(std::string)> recall_parts = {};
  std::function<void(LateAnswer)> on_late_answer = {};
  std::function<void(Alarm)> on_alarm = {};
  /// The network's time, as the modem tells it (NITZ); now and then.
  std::function<void(relay::WallTime)> on_network_time = {};
  hal::PowerRail* power = nullptr;  ///< The board's lines to this modem; null: it has none.
  /// The box's own durable time, by which a SIM's allowance is counted. Empty: the wall clock.
  std::function<relay::TimelineTime()> timeline = {};
  SimMemory* sim_memory = nullptr;  ///< None: refused PINs are remembered until the daemon ends.
};

}  // namespace modem
