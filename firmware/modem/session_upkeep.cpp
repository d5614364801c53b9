// What Session does while the line is idle: the signal, the network, the settings that modems lose, the canary.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/session.hpp"
#include "firmware/modem/tpdu/submit.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis housekeeping_interval{60'000};
/// Not registered is no fault before (facts/modem.md 4); networks punish those that attach in a loop.
constexpr Millis registration_patience{10 * 60'000};
constexpr std::string_view canary_begin = "Edge Relay self-test ";

}  // namespace

Task<> Session::housekeeping() {
  const relay::SteadyTime now = runtime_.clock.steady();
  signal_due_ = false;
  next_housekeeping_ = now + housekeeping_interval;
  const auto signal = co_await link_->command("AT+CSQ");
  status_.signal_dbm = at::parse_signal_dbm(signal.first());
  co_await look_for_the_network();
  mailbox_->expire();
  note_ready();  // What was taken down may be tried again.
  if (now >= next_sweep_) {
    next_sweep_ = now + settings_.sweep_interval;
    mailbox_->sweep_soon();
    co_await check_indications();
  }
  if (canary_due()) co_await send_canary();
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
