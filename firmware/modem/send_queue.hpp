#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/at/send_exchange.hpp"
#include "firmware/modem/send_pace.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "relay/base/task.hpp"
#include "relay/providers/provider.hpp"

namespace modem {

/// One attempt on its way through the modem. Shared by send(), which may leave at its deadline, and the session, which
/// must see a submitted message through whatever send() does.
struct SendJob {
  enum class Stage : std::uint8_t {
    waiting,    ///< In line; nothing has been written.
    at_prompt,  ///< AT+CMGS of the first part is out, its PDU is not.
    submitted,  ///< The first 0x1A is (or may be) out.
    done,
  };

  explicit SendJob(const relay::Runtime& runtime) : ended(runtime) {}

  relay::MessageId message;
  std::int32_t attempt = 1;
  bool urgent = false;  ///< An alarm: goes before others in line.
  bool marked = false;  ///< Its text has the mark of a repeat.
  bool canary = false;  ///< The session's own: nobody is told of it.
  std::string recipient;
  std::vector<tpdu::SubmitPart> parts;
  relay::SteadyTime deadline{};  ///< Of send().

  Stage stage = Stage::waiting;
  bool submitted = false;                ///< A part is (or may be) out.
  bool abandoned = false;                ///< send() has left.
  at::SendExchange* exchange = nullptr;  ///< While one runs; owned by the session.
  std::vector<std::string> refs;         ///< TP-MR of the accepted parts.

  // Of the part under way.
  std::optional<relay::SteadyTime> part_submitted_at;
  std::optional<int> reference;  ///< TP-MR
  std::optional<int> stored_at;  ///< Its place in the modem's store, with store-then-send.
  at::Final final;               ///< The modem's last word.
  std::string_view meaning;

  std::optional<relay::providers::SendResult> result;
  relay::Notification ended;
};
using SendJobPtr = std::shared_ptr<SendJob>;

/// The line in front of the modem: alarms first, else first come, first served.
class SendQueue {
 public:
  /// The dispatcher keeps to the modem's capacity(), and one more for an alarm, of which one is at the modem: this is
  /// the last bound.
  static constexpr std::size_t max_waiting = SendPace::longest;

  [[nodiscard]] bool push(const SendJobPtr& job);  ///< false: full
  [[nodiscard]] SendJobPtr pop();                  ///< Null when empty.
  void remove(const SendJobPtr& job) { std::erase(jobs_, job); }
  /// Takes the attempts of this message out of the line.
  [[nodiscard]] std::vector<SendJobPtr> take(relay::MessageId message);
  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  [[nodiscard]] bool urgent_waiting() const { return !jobs_.empty() && jobs_.front()->urgent; }

 private:
  std::deque<SendJobPtr> jobs_;
};

}  // namespace modem
