#include "tools/modem-sim/model/ledger.hpp"

#include <algorithm>

namespace modem_sim {

void Ledger::take(std::span<const Event> events) {
  for (const auto& event : events) {
    if (event.name == "busy_begin") begin_send(event.at);
    if (event.name == "busy_end" || event.name == "rebooting" || event.name == "unplugged") end_send(event.at);
    if (event.name == "refused_pdu") ++refused_pdus_;
    if (!event.acceptance) continue;
    entries_.push_back({++accepted_, event.at, *event.acceptance});
    if (entries_.size() > max_entries_) entries_.pop_front();
  }
}

void Ledger::begin_send(relay::SteadyTime at) {
  if (!first_send_) first_send_ = at;
  if (last_end_) {
    past_.last_gap = at - *last_end_;
    past_.longest_gap = std::max(past_.longest_gap, past_.last_gap);
  }
  sending_since_ = at;
  ++past_.sends;
}

void Ledger::end_send(relay::SteadyTime at) {
  if (!sending_since_) return;
  past_.busy += at - *sending_since_;
  sending_since_.reset();
  last_end_ = at;
}

Ledger::Occupation Ledger::occupation(relay::SteadyTime now) const {
  Occupation occupation = past_;
  if (first_send_) occupation.since_first_send = now - *first_send_;
  if (sending_since_) occupation.busy += now - *sending_since_;
  return occupation;
}

}  // namespace modem_sim
