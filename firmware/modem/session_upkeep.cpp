// What Session does while the line is idle: the signal, the network, the settings that modems lose, the canary.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/session.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis housekeeping_interval{60'000};
constexpr Millis network_time_interval{3'600'000};
/// Not registered is no fault before (facts/modem.md 4); networks punish those that attach in a loop.
constexpr Millis registration_patience{10 * 60'000};
constexpr std::string_view canary_begin = "Edge Relay self-test ";

}  // namespace

Task<> Session::housekeeping() {
  const relay::SteadyTime now = runtime_.clock.steady();
  signal_due_ = false;
  next_housekeeping_ = now + housekeeping_interval;
  co_await read_signal();
  co_await look_for_the_network();
  co_await read_network_time();
  mailbox_->expire();
  note_limit();
  note_ready();  // What was taken down may be tried again.
  if (now >= next_sweep_) {
    next_sweep_ = now + settings_.sweep_interval;
    mailbox_->sweep_soon();
    co_await check_indications();
  }
  if (canary_due()) co_await send_canary();
  if (!balance_due()) co_return;
  next_balance_ = now + settings_.balance.interval;
  auto errand = std::make_shared<Errand>(runtime_);
  errand->kind = Errand::Kind::ussd;
  errand->text = settings_.balance.code;
  errand->balance = true;
  errands_.push_back(std::move(errand));
}

Task<> Session::read_signal() {
  const auto signal = co_await link_->command("AT+CSQ");
  status_.signal_dbm = at::parse_signal_dbm(signal.first());
  if (!extended_signal_refused_) {
    const auto extended = co_await link_->command("AT+CESQ");
    extended_signal_refused_ = extended.heard() && !extended.ok();
    const auto values = at::parse_extended_signal(extended.first());
    status_.rsrp_dbm = values.rsrp_dbm;
    status_.rsrq_db = values.rsrq_db;
  }
  const SignalQuery& query = profile_->signal;
  if (query.command.empty()) co_return;
  const auto answer = co_await link_->command(query.command);
  status_.sinr_db.reset();
  for (const auto& line : answer.lines) {
    if (!line.text.starts_with(query.prefix)) continue;
    const auto fields = at::fields_of(line.text);
    const auto field = [&](int place) {
      const bool there = place > 0 && static_cast<std::size_t>(place) <= fields.size();
      return there ? at::signed_number_of(fields[static_cast<std::size_t>(place) - 1]) : std::nullopt;
    };
    if (const auto rsrp = field(query.rsrp_field)) status_.rsrp_dbm = rsrp;
    if (const auto sinr = field(query.sinr_field))
      status_.sinr_db = *sinr / query.sinr_steps_per_db + query.sinr_offset_db;
  }
}

/// Once an hour: what it says is compared with the wall clock, and steady clocks do not drift much.
Task<> Session::read_network_time() {
  const relay::SteadyTime now = runtime_.clock.steady();
  if (!ports_.on_network_time || !status_.registered() || now < next_time_) co_return;
  next_time_ = now + network_time_interval;
  const auto answer = co_await link_->command("AT+CCLK?");
  if (const auto told = at::parse_clock(answer.first())) ports_.on_network_time(*told);
}

// --- the SIM's allowance
// ------------------------------------------------------------------------------------------------------

void Session::note_limit() {
  const relay::TimelineTime now = timeline_now();
  const auto reached = budget_.reached(now);
  const bool before = status_.limit_reached.has_value();
  status_.limit_reached.reset();
  if (reached) status_.limit_reached.emplace(*reached, runtime_.clock.steady() + (reached->ends - now));
  if (before != reached.has_value()) note_ready();
}

/// What is known of the SIM that is in the modem now.
Task<> Session::recall_sim() {
  if (budget_iccid_ == status_.iccid) co_return;
  budget_iccid_ = status_.iccid;
  budget_.restore({});
  status_.balance.reset();
  status_.balance_at.reset();
  next_balance_ = runtime_.clock.steady();
  if (ports_.sim_memory == nullptr) co_return;
  const auto known = co_await ports_.sim_memory->recall(relay::concat("sim-use/", budget_iccid_));
  if (known) {
    budget_.restore(known->value_or(""));
  } else {
    runtime_.log.error("modem_sim_use_unknown", {{"provider", settings_.name}, {"reason", known.error().message}});
  }
  note_limit();
}

/// One write under way at a time: what was sent meanwhile goes with the next.
Task<> Session::keep_budget() {
  while (true) {
    co_await budget_changed_.wait();
    if (ports_.sim_memory == nullptr) continue;
    const auto kept = co_await ports_.sim_memory->note(relay::concat("sim-use/", budget_iccid_), budget_.text());
    if (!kept)
      runtime_.log.error("modem_sim_use_not_kept", {{"provider", settings_.name}, {"reason", kept.error().message}});
  }
}

bool Session::balance_due() const {
  return !settings_.balance.code.empty() && runtime_.clock.steady() >= next_balance_ && queue_.size() == 0 &&
         errands_.empty() && !ussd_ && !ussd_open_ && !not_ready();
}

Task<> Session::look_for_the_network() {
  for (const char* query : {"AT+CREG?", "AT+CGREG?", "AT+CEREG?"}) {
    if (status_.registered()) break;  // Its news comes unasked; only a modem without a network is asked too.
    const auto answer = co_await link_->command(query);
    for (const auto& line : answer.lines) note_registration(status_, line.text);
    note_ready();
  }
  if (status_.registered() && status_.operator_code.empty()) {
    const auto network = co_await link_->command("AT+COPS?");
    const auto fields = at::fields_of(network.first());
    if (fields.size() >= 3) status_.operator_code = fields[2];
  }
  const auto found = obstacle();
  const relay::SteadyTime now = runtime_.clock.steady();
  // Denied, or another operator's business: no reset cures that.
  const bool lasting = found && found->kind == ObstacleKind::not_registered &&
                       now - *status_.unregistered_since >= registration_patience;
  if (!lasting || now < next_registration_rung_) co_return;
  next_registration_rung_ = now + registration_patience;  // The rung has its ten minutes, too.
  trouble_ = Trouble::not_registered;
}

/// Lost by some firmware at re-registration, and after a missed +CNMA.
Task<> Session::check_indications() {
  if (indications_.empty()) co_return;
  const auto set = co_await link_->command("AT+CNMI?");
  std::string current = set.first();
  std::erase(current, ' ');
  if (!set.ok() || current == "+CNMI:" + indications_) co_return;
  runtime_.log.warning("modem_indications_lost", {{"provider", settings_.name}});
  co_await link_->command("AT+CNMI=" + indications_);
}

// --- the canary
// ---------------------------------------------------------------------------------------------------------------

std::string Session::canary_number() const {
  return settings_.canary_number.empty() ? status_.own_number : settings_.canary_number;
}

/// When nothing else has proved for so long that messages go out; and at once when it was taken down for failures and
/// nobody has sent since: an alarm must not be the first to find out.
bool Session::canary_due() const {
  if (settings_.canary_interval <= Millis{0} || canary_number().empty() || queue_.size() > 0 || not_ready())
    return false;
  return on_probation_ || runtime_.clock.steady() - last_proof_ >= settings_.canary_interval;
}

Task<> Session::send_canary() {
  // A number nobody can guess is not needed: it only tells this box's message from a person's.
  const auto stamp = relay::to_ms(runtime_.clock.wall()) / 1000;
  tpdu::SubmitRequest request;
  request.number = canary_number();
  request.text = std::string{canary_begin} + std::to_string(stamp);
  request.validity_minutes = 60;
  const auto encoded = tpdu::encode_submit(request);
  if (!encoded) {
    runtime_.log.warning("modem_canary_not_encoded",
                         {{"provider", settings_.name}, {"reason", encoded.error().message}});
    last_proof_ = runtime_.clock.steady();  // Not once a minute.
    co_return;
  }
  canary_text_ = request.text;
  auto job = std::make_shared<SendJob>(runtime_);
  job->canary = true;
  job->recipient = request.number;
  job->parts = encoded->parts;
  job->deadline = relay::SteadyTime::max();
  co_await transmit(job);
  const bool sent = job->result && job->result->outcome == relay::Outcome::accepted;
  ++(sent ? status_.canaries_sent : status_.canaries_failed);
  runtime_.log.info("modem_canary", {{"provider", settings_.name}, {"sent", sent}});
  if (!sent && !on_probation_)
    last_proof_ += std::max(Millis{1}, settings_.canary_interval / 24);  // Sooner than the next day.
}

bool Session::is_canary(const relay::outbox::InboundMessage& message) const {
  return !canary_text_.empty() && message.text == canary_text_;
}

}  // namespace modem
