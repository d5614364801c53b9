#include <algorithm>

#include "tools/modem-sim/model/commands.hpp"
#include "tools/modem-sim/model/modem_model.hpp"
#include "tools/modem-sim/model/text.hpp"

/// From a whole PDU at the prompt to its answer, and the network's reports on it.
namespace modem_sim {
namespace {

/// TP-ST, 3GPP TS 23.040 clause 9.2.3.15.
constexpr int status_delivered = 0x00;
constexpr int status_pending = 0x30;           // temporary error, the service centre still tries
constexpr int status_validity_expired = 0x46;  // permanent

constexpr int unknown_error = 500;  // 3GPP TS 27.005 clause 3.2.5

}  // namespace

void ModemModel::finish_prompt() {
  if (prompt_.purpose == PromptFor::store) return store_pdu();
  auto submit = decode_submit(typed_pdu_, prompt_.tpdu_length);
  if (!submit) {
    phase_ = Phase::command;
    note("refused_pdu", {{"why", submit.error().message}, {"pdu", typed_pdu_}});
    write_answer(cms(cms_code::invalid_pdu));
    return after_command();
  }
  Sending sending;
  sending.submit = std::move(*submit);
  sending.pdu = std::move(typed_pdu_);
  begin_send(std::move(sending));
}

void ModemModel::store_pdu() {
  const auto octets = from_hex(typed_pdu_);
  const auto stat = static_cast<StoredState>(prompt_.stored_state);
  const bool outgoing = stat == StoredState::stored_unsent || stat == StoredState::stored_sent;
  const bool fits =
      octets && !octets->empty() && std::cmp_equal(octets->size() - 1 - (*octets)[0], prompt_.tpdu_length);
  phase_ = Phase::command;
  auto& store = state_.storage.serving(Storage::writing);
  Answer answer;
  if (!fits || (outgoing && !decode_submit(typed_pdu_, prompt_.tpdu_length))) {
    note("refused_pdu", {{"why", std::string{"not a PDU of the declared length"}}, {"pdu", typed_pdu_}});
    answer = cms(cms_code::invalid_pdu);
  } else if (state_.faults.holds(FaultKind::store_full, now_)) {
    answer = cms(cms_code::memory_full);
  } else if (const auto place = store.add({stat, typed_pdu_, prompt_.tpdu_length})) {
    answer = ok("+CMGW: " + std::to_string(*place));
  } else {
    answer = cms(cms_code::memory_full);
  }
  write_answer(answer);
  after_command();
}

void ModemModel::send_from_storage(int place) {
  const auto* message = state_.storage.serving(Storage::writing).find(place);
  auto submit = decode_submit(message->pdu, message->tpdu_length);
  if (!submit) {
    write_answer(cms(cms_code::invalid_pdu));
    return after_command();
  }
  Sending sending;
  sending.submit = std::move(*submit);
  sending.pdu = message->pdu;
  sending.stored_place = place;
  begin_send(std::move(sending));
}

void ModemModel::decide_outcome(Sending& sending) {
  const auto refuse = [&](int code) { sending.accepted = false, sending.error = code; };
  if (const int obstacle = sms_obstacle(state_); obstacle != 0) return refuse(obstacle);
  if (sending.submit.smsc.empty() && state_.smsc.empty()) return refuse(cms_code::smsc_unknown);
  if (!state_.registered()) return refuse(cms_code::no_network);
  if (state_.faults.holds(FaultKind::stale_radio, now_)) return refuse(unknown_error);
  if (strike(FaultKind::reboot_before_acceptance)) {
    sending.accepted = false;
    sending.end = SendEnd::restarts;
  } else if (const auto lost = strike(FaultKind::lost_before_acceptance)) {
    sending.accepted = false;
    sending.end = SendEnd::silent;
    sending.silence = lost->duration.value_or(relay::Millis{0});
  } else if (const auto failure = strike(FaultKind::send_error)) {
    refuse(failure->code);
  } else if (const auto lost_answer = strike(FaultKind::lost_after_acceptance)) {
    sending.end = SendEnd::silent;
    sending.silence = lost_answer->duration.value_or(relay::Millis{0});
  } else if (strike(FaultKind::reboot_after_acceptance)) {
    sending.end = SendEnd::restarts;
  }
}

void ModemModel::begin_send(Sending sending) {
  note("busy_begin");
  phase_ = Phase::busy;
  decide_outcome(sending);
  const auto& behaviour = state_.config.send;
  const auto spread = std::max(relay::Millis{0}, behaviour.latency_max - behaviour.latency_min);
  auto latency = behaviour.latency_min;
  if (spread.count() > 0) {
    latency += relay::Millis{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(spread.count()) + 1))};
  }
  if (latency.count() <= 0) return finish_send(std::move(sending));
  schedule(latency, Whose::modem, [this, held = std::move(sending)]() mutable { finish_send(std::move(held)); });
}

void ModemModel::finish_send(Sending sending) {
  const int reference = sending.accepted ? accept(sending) : -1;
  if (sending.end == SendEnd::restarts) {
    note("busy_end", {{"answered", 0}});
    return restart(now_);
  }
  const auto end = [this](bool answered) {
    phase_ = Phase::command;
    note("busy_end", {{"answered", answered ? 1 : 0}});
  };
  if (sending.end == SendEnd::silent) {
    if (sending.silence.count() <= 0) return end(false);
    return schedule(sending.silence, Whose::modem, [end] { end(false); });
  }
  end(true);
  if (sending.accepted && strike(FaultKind::lost_ok)) return emit("\r\n+CMGS: " + std::to_string(reference) + "\r\n");
  write_answer(sending.accepted ? ok((sending.stored_place ? "+CMSS: " : "+CMGS: ") + std::to_string(reference))
                                : cms(sending.error));
  after_command();
}

int ModemModel::accept(const Sending& sending) {
  const int reference = next_reference_;
  next_reference_ = (next_reference_ + 1) % 256;
  Sent& sent = sent_[static_cast<std::size_t>(reference)];
  sent = {.number = next_sent_++, .reference = reference, .to = sending.submit.to, .at = now_};
  note("accepted");
  log_.back().acceptance = Acceptance{reference, sent.number, sending.submit, sending.pdu};
  if (sending.stored_place) {
    if (auto* message = state_.storage.serving(Storage::writing).find(*sending.stored_place)) {
      message->state = StoredState::stored_sent;
    }
  }
  const bool reported = sending.submit.status_report_requested && state_.config.send.report != ReportOutcome::none;
  if (!reported) return reference;
  const bool before_answer = state_.config.send.report_before_answer;
  if (before_answer) {
    const auto outcome = state_.config.send.report;
    report_now(sent, outcome == ReportOutcome::delivered ? status_delivered
                     : outcome == ReportOutcome::failed  ? status_validity_expired
                                                         : status_pending);
  }
  schedule_reports(sent, before_answer);
  return reference;
}

void ModemModel::schedule_reports(const Sent& sent, bool first_has_come) {
  const auto& behaviour = state_.config.send;
  const auto in = [&](relay::Millis delay, int status) {
    schedule(delay, Whose::network, [this, sent, status] { report_now(sent, status); });
  };
  const bool two = behaviour.report == ReportOutcome::pending_then_delivered;
  const int first = two                                            ? status_pending
                    : behaviour.report == ReportOutcome::delivered ? status_delivered
                                                                   : status_validity_expired;
  if (!first_has_come) in(behaviour.report_delay, first);
  if (two) in(behaviour.report_delay * 2, status_delivered);
}

void ModemModel::report_now(const Sent& sent, int status) {
  const ReportFacts facts{sent.reference, sent.to, wall(sent.at), wall(now_), status};
  note("report", {{"mr", sent.reference}, {"status", status}, {"to", sent.to}, {"number", sent.number}});
  const auto pdu = encode_status_report(facts, state_.config.smsc);
  arrive(pdu);
  if (state_.config.send.duplicate_reports) arrive(pdu);
}

relay::Result<int> ModemModel::report(int reference, int status, relay::SteadyTime now) {
  advance(now);
  if (reference < 0 || reference > 255 || sent_[static_cast<std::size_t>(reference)].to.empty()) {
    return relay::fail(relay::ErrorCode::not_found, "nothing was sent with this reference");
  }
  report_now(sent_[static_cast<std::size_t>(reference)], status);
  return reference;
}

relay::WallTime ModemModel::wall(relay::SteadyTime at) const {
  return state_.config.wall_at_zero + at.time_since_epoch();
}

}  // namespace modem_sim
