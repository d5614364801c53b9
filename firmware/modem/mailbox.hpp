#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/link.hpp"
#include "firmware/modem/ports.hpp"
#include "firmware/modem/start_sequence.hpp"
#include "firmware/modem/status.hpp"
#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/reassembler.hpp"

namespace modem {

/// What the modem receives: messages and delivery reports, announced (+CMTI, +CDSI), handed over (+CMT, +CDS) or found
/// by a sweep. Order of things: read, have it committed, only then delete (or acknowledge). The parts of a long message
/// are committed one by one, so that a store smaller than the message does not hold it up, and are recalled at a start.
/// Work is done one command at a time by `work`, between sends.
class Mailbox {
 public:
  /// Who hears of what came; each outlives the mailbox.
  struct Listeners {
    std::function<void(const tpdu::StatusReport&)> on_report;
    /// True: the message is the box's own canary, seen and done with.
    std::function<bool(const relay::outbox::InboundMessage&)> is_own;
  };
  /// `group` runs the commits, which must not hold up the line.
  Mailbox(relay::Runtime runtime, std::string provider, const ModemPorts& ports, ModemStatus& status,
          relay::TaskGroup& group, relay::Notification& wake, Listeners listeners);

  /// The modem has (re)started, perhaps with another SIM: nothing known of its store counts any more.
  void begin(MessageService service);

  void announced(std::string_view line);           ///< +CMTI, +CDSI
  void handed_over(const at::Incoming& incoming);  ///< +CMT, +CDS
  void sweep_soon();

  [[nodiscard]] bool has_work() const;
  [[nodiscard]] bool must_acknowledge() const { return acknowledgements_ > 0; }
  /// Does the most urgent piece of work: one acknowledgement, deletion, reading or sweep.
  [[nodiscard]] relay::Task<> work(Link& link);
  /// A message of our own that has been sent from the store (or will not be): its place is freed.
  void discard(int place);
  /// <stat> of it (27.005 clause 3.1: 2 unsent, 3 sent); nothing when it is not there or the modem does not tell.
  [[nodiscard]] relay::Task<std::optional<int>> state_of_own(Link& link, int place);
  /// Gives up on parts whose rest did not come within a day.
  void expire();

 private:
  static constexpr std::size_t max_pending = 512;     ///< Announcements; what is over waits for the sweep.
  static constexpr std::size_t max_undelivered = 64;  ///< Commits under way; at the bound nothing more is read.
  static constexpr std::size_t max_done = 4096;       ///< Remembered parts.

  using Slot = std::pair<std::string, int>;  ///< Memory and index.
  /// What frees the modem or the network of a part, once it is committed.
  struct Debt {
    std::optional<Slot> slot;  ///< To delete.
    bool acknowledge = false;  ///< It was handed over directly.
    std::uint64_t generation = 0;
  };
  struct Part {
    Debt debt;  ///< Of the message. Empty when the part was committed by itself.
    std::optional<relay::WallTime> sent_at;
    std::optional<relay::outbox::InboundPorts> ports;
    std::optional<int> message_class;
    std::string fingerprint;  ///< Of a part of a long message.
  };

  [[nodiscard]] relay::Task<> acknowledge(Link& link);
  [[nodiscard]] relay::Task<> remove(Link& link);
  [[nodiscard]] relay::Task<> read(Link& link);
  [[nodiscard]] relay::Task<> sweep(Link& link);
  [[nodiscard]] relay::Task<> read_use(Link& link);
  [[nodiscard]] relay::Task<bool> select_memory(Link& link, std::string memory);
  void take_pdu(const std::string& pdu, std::optional<int> length, std::optional<Slot> slot);
  void take_message(const tpdu::Deliver& message, const std::string& pdu, Debt debt);
  [[nodiscard]] tpdu::Reassembler::Added join(const tpdu::Deliver& message, std::int64_t tag, relay::Millis age);
  [[nodiscard]] relay::Task<> recall();
  void take_recalled(const relay::outbox::InboundPart& kept);
  void remember_done(const std::string& fingerprint);
  void deliver(const tpdu::InboundMessage& message);
  [[nodiscard]] static relay::Task<> commit(Mailbox& mailbox, relay::outbox::InboundMessage message,
                                            std::vector<Debt> debts);
  [[nodiscard]] static relay::Task<> commit_part(Mailbox& mailbox, relay::outbox::InboundPart part, Debt debt);
  void pay(const Debt& debt);
  [[nodiscard]] relay::TimelineTime now() const;

  relay::Runtime runtime_;
  std::string provider_;
  const ModemPorts& ports_;
  ModemStatus& status_;
  relay::TaskGroup& group_;
  relay::Notification& wake_;
  Listeners listeners_;

  MessageService service_;
  std::string own_memory_;        ///< Where the modem stores what it receives.
  std::uint64_t generation_ = 0;  ///< Of the modem's store: a deletion is for the store that was read, or not at all.
  std::deque<std::string> to_sweep_;  ///< Memories; an empty name: the one in use.
  int acknowledgements_ = 0;
  std::string acknowledge_command_;  ///< The form that the modem has taken; empty: not known yet.
  std::deque<Slot> to_read_;
  std::deque<Slot> to_delete_;
  std::set<Slot> known_;  ///< Read and not yet deleted.
  std::map<std::int64_t, Part> parts_;
  bool recalled_ = false;
  std::set<std::string> done_;  ///< Fingerprints of the parts of messages that were complete.
  std::deque<std::string> done_by_age_;
  std::int64_t next_tag_ = 1;
  std::size_t undelivered_ = 0;
  tpdu::Reassembler reassembler_;
};

}  // namespace modem
