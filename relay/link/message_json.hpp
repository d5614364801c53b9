#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/message/message.hpp"

/// A message that a box hands to the bridge to be sent (docs/bridge.md): PUT and GET /v1/link/messages/ID.
namespace relay::link {

/// The body of the PUT.
struct Handover {
  Message message;  ///< Its id is the box's; channel, class, recipient, sender and content are what is handed over.
  std::int32_t attempt = 1;   ///< The box's attempt that hands it over.
  Millis life_left{};         ///< Until its expiry, when this was written: no clocks need agree.
  std::string repeat_prefix;  ///< Put before the text, as a copy may be out already; empty: it is none.
};

/// What is said and to whom, without how often and how long: equal for each handover of one message.
[[nodiscard]] std::string content_json(const Handover& handover);
[[nodiscard]] std::string to_json(const Handover& handover);
/// Without the id, which stands in the path. Errors: invalid_argument, a sentence that names the member.
[[nodiscard]] Result<Handover> handover_from_json(std::string_view text);

/// The answer to both: what became of it so far.
struct Progress {
  std::string ref;  ///< The bridge's name of this handover: what its receipt will name.
  State state = State::queued;
  std::string reason;
  bool not_sent = false;  ///< It has ended, and certainly nobody has a copy.
};
[[nodiscard]] std::string to_json(const Progress& progress);
/// Errors: invalid_argument.
[[nodiscard]] Result<Progress> progress_from_json(std::string_view text);

/// How an answer that is no Progress is told apart: the end of the problem's type URI.
inline constexpr std::string_view problem_not_taken = "not-taken";  ///< 404: the bridge never had it, nor ever will.
inline constexpr std::string_view problem_refused = "refused";      ///< 422: no provider of the bridge can carry it.
inline constexpr std::string_view problem_recipient = "recipient-refused";  ///< 422: nobody should try.
inline constexpr std::string_view problem_opted_out = "opted-out";          ///< 422: the person said STOP.
inline constexpr std::string_view problem_no_way_out = "no-way-out";        ///< 503: not now.
inline constexpr std::string_view problem_no_chain = "no-chain";            ///< 403: the bridge sends nothing for it.

}  // namespace relay::link
