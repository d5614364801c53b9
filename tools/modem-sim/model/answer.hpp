#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "relay/base/time.hpp"

namespace modem_sim {

enum class Final : std::uint8_t { ok, error, cme, cms, no_carrier };

enum class PromptFor : std::uint8_t { send, store };
/// The command line ends; the modem waits for a PDU.
struct OpenPrompt {
  PromptFor purpose = PromptFor::send;
  int tpdu_length = 0;
  int stored_state = 2;  ///< <stat> of +CMGW
};
struct SendStored {
  int place = 0;
};
struct Restart {};
/// The PIN was taken: the SIM's services come up.
struct StartServices {};
struct DeletedMessages {
  int count = 0;
};

/// What a command says and what the modem does next.
struct Answer {
  std::vector<std::string> lines;  ///< information text, without line ends
  Final final = Final::ok;
  int code = 0;  ///< of cme and cms
  std::variant<std::monostate, OpenPrompt, SendStored, Restart, StartServices, DeletedMessages> next;
  std::vector<std::pair<relay::Millis, std::string>> later;  ///< unasked lines to come
};

[[nodiscard]] inline Answer ok() { return {}; }
[[nodiscard]] inline Answer ok(std::string line) {
  Answer answer;
  answer.lines.push_back(std::move(line));
  return answer;
}
[[nodiscard]] inline Answer failed(Final final, int code = 0) {
  Answer answer;
  answer.final = final;
  answer.code = code;
  return answer;
}
[[nodiscard]] inline Answer error() { return failed(Final::error); }
[[nodiscard]] inline Answer cme(int code) { return failed(Final::cme, code); }
[[nodiscard]] inline Answer cms(int code) { return failed(Final::cms, code); }

/// 3GPP TS 27.007 clause 9.2 and 3GPP TS 27.005 clause 3.2.5, as far as the modem uses them.
namespace cme_code {
inline constexpr int not_allowed = 3, not_supported = 4, no_sim = 10, sim_pin = 11, sim_puk = 12, sim_failure = 13,
                     sim_busy = 14, wrong_password = 16, bad_parameter = 50;
}
namespace cms_code {
inline constexpr int not_supported = 303, invalid_pdu = 304, no_sim = 310, sim_pin = 311, sim_failure = 313,
                     sim_busy = 314, sim_puk = 316, invalid_index = 321, memory_full = 322, smsc_unknown = 330,
                     no_network = 331, nothing_to_acknowledge = 340;
}

/// The sentence of the error for +CMEE=2.
[[nodiscard]] std::string cme_text(int code);
[[nodiscard]] std::string cms_text(int code);

}  // namespace modem_sim
