#include <algorithm>

#include "tools/modem-sim/model/commands.hpp"
#include "tools/modem-sim/model/modem_model.hpp"

/// The network's side and the power switch: what comes in, registration, restart, faults of the whole device.
namespace modem_sim {
namespace {

constexpr std::size_t max_waiting = 10'000;
constexpr std::size_t max_buffered = 100;
constexpr relay::Millis storm_interval{20};

constexpr std::array<std::string_view, 3> registration_names{"+CREG: ", "+CGREG: ", "+CEREG: "};

}  // namespace

relay::Result<int> ModemModel::deliver(InboundText inbound, relay::SteadyTime now) {
  advance(now);
  inbound.concatenation_reference = next_concatenation_;
  const auto parts = encode_deliver(inbound, state_.config.smsc, wall(now_));
  if (!parts) return std::unexpected(parts.error());
  if (parts->size() > 1) next_concatenation_ = (next_concatenation_ + 1) % 256;
  for (const auto& part : *parts) {
    note("inbound", {{"from", inbound.from}, {"pdu", part.hex}});
    arrive(part);
  }
  return static_cast<int>(parts->size());
}

relay::Result<int> ModemModel::deliver_pdu(const std::string& hex, relay::SteadyTime now) {
  advance(now);
  const auto pdu = network_pdu_of_hex(hex);
  if (!pdu) return std::unexpected(pdu.error());
  note("inbound", {{"pdu", hex}});
  arrive(*pdu);
  return 1;
}

void ModemModel::arrive(NetworkPdu pdu) {
  if (waiting_.size() >= max_waiting) return note("dropped", {{"pdu", pdu.hex}});
  waiting_.push_back(std::move(pdu));
  deliver_waiting();
}

bool ModemModel::reachable() const { return phase_ != Phase::off && state_.registered() && state_.sms_ready; }

/// What cannot be placed stays in the network, in order; it is tried again after each command and at registration.
void ModemModel::deliver_waiting() {
  std::deque<NetworkPdu> still_waiting;
  while (!waiting_.empty() && reachable()) {
    NetworkPdu pdu = std::move(waiting_.front());
    waiting_.pop_front();
    if (route(pdu) == Route::blocked) still_waiting.push_back(std::move(pdu));
  }
  std::ranges::move(waiting_, std::back_inserter(still_waiting));
  waiting_ = std::move(still_waiting);
}

/// +CNMI's <mt> and <ds>, 3GPP TS 27.005 clause 3.4.1.
ModemModel::Route ModemModel::route(const NetworkPdu& pdu) {
  const auto& cnmi = state_.settings.indications;
  auto& receiving = state_.storage.serving(Storage::receiving);
  if (pdu.is_report) {
    if (cnmi[3] == 1) return show(pdu);
    if (cnmi[3] == 2) return keep(pdu, receiving, true);
    note("report_dropped");
    return Route::done;
  }
  const int message_class = pdu.message_class.value_or(-1);
  if (message_class == 2) return keep(pdu, state_.storage.sim(), cnmi[1] != 0);
  const bool straight = cnmi[1] == 2 || (cnmi[1] == 3 && message_class == 3) || (cnmi[1] != 0 && message_class == 0);
  return straight ? show(pdu) : keep(pdu, receiving, cnmi[1] != 0);
}

ModemModel::Route ModemModel::show(const NetworkPdu& pdu) {
  const bool acknowledged_by_host = state_.settings.service == 1;
  if (acknowledged_by_host && state_.awaiting_acknowledgement) return Route::blocked;
  indicate((pdu.is_report ? "+CDS: " : "+CMT: ,") + std::to_string(pdu.tpdu_length) + "\r\n" + pdu.hex);
  if (acknowledged_by_host) await_acknowledgement(pdu);
  return Route::done;
}

ModemModel::Route ModemModel::keep(const NetworkPdu& pdu, MessageStore& store, bool indicated) {
  const bool full = state_.faults.holds(FaultKind::store_full, now_);
  const auto place = full ? std::nullopt : store.add({StoredState::received_unread, pdu.hex, pdu.tpdu_length});
  if (!place) {
    if (!store_full_noted_) note("store_full", {{"store", store.name()}});
    store_full_noted_ = true;
    return Route::blocked;
  }
  store_full_noted_ = false;
  note("stored", {{"store", store.name()}, {"place", *place}});
  if (indicated) {
    indicate((pdu.is_report ? "+CDSI: \"" : "+CMTI: \"") + store.name() + "\"," + std::to_string(*place));
  }
  return Route::done;
}

/// No +CNMA in time: the network is told so, and the modem stops handing messages straight to the host (27.005
/// clause 3.4.4).
void ModemModel::await_acknowledgement(const NetworkPdu& pdu) {
  state_.awaiting_acknowledgement = pdu;
  const auto before = state_.acknowledged;
  schedule(state_.config.acknowledge_timeout, Whose::modem, [this, before] {
    if (state_.acknowledged != before || !state_.awaiting_acknowledgement) return;
    note("unacknowledged");
    auto repeated = std::move(*state_.awaiting_acknowledgement);
    state_.awaiting_acknowledgement.reset();
    state_.settings.indications[1] = state_.settings.indications[3] = 0;
    schedule(state_.config.network_retry, Whose::network, [this, again = std::move(repeated)] { arrive(again); });
  });
}

void ModemModel::indicate(std::string line) {
  if (state_.settings.indications[0] != 0) return unasked(line);
  if (buffered_.size() < max_buffered) buffered_.push_back(std::move(line));
}

void ModemModel::set_registration(std::optional<Domain> domain, int stat, relay::SteadyTime now) {
  advance(now);
  for (std::size_t i = 0; i < granted_registration_.size(); ++i) {
    if (domain && static_cast<std::size_t>(*domain) != i) continue;
    granted_registration_[i] = state_.network_registration[i] = stat;
  }
  announce_registration();
  deliver_waiting();
}

void ModemModel::announce_registration() {
  for (std::size_t domain = 0; domain < 3; ++domain) {
    const int stat = state_.registration(domain);
    if (stat == shown_registration_[domain]) continue;
    shown_registration_[domain] = stat;
    note("registration",
         {{"domain", std::string{registration_names[domain].substr(1, registration_names[domain].size() - 3)}},
          {"stat", stat}});
    const int reports = state_.settings.registration_reports[domain];
    if (reports == 0) continue;
    std::string line = std::string{registration_names[domain]} + std::to_string(stat);
    if (reports == 2 && (stat == 1 || stat == 5)) {
      line += R"(,"00C3","01A2D001",)" + std::to_string(state_.config.access_technology);
    }
    unasked(line);
  }
}

void ModemModel::start_services() {
  state_.sms_ready = false;
  state_.network_registration.fill(2);
  schedule(state_.config.sms_ready_delay, Whose::modem, [this] {
    state_.sms_ready = true;
    if (!state_.config.sms_ready_line.empty()) unasked(state_.config.sms_ready_line);
    deliver_waiting();
  });
  schedule(state_.config.registration_delay, Whose::modem, [this] {
    state_.network_registration = granted_registration_;
    announce_registration();
    deliver_waiting();
  });
}

void ModemModel::switch_off() {
  std::erase_if(schedule_, [](const auto& entry) { return entry.second.whose == Whose::modem; });
  phase_ = Phase::off;
  line_.clear();
  typed_pdu_.clear();
  output_.clear();
  buffered_.clear();
  for (const auto state : {FaultKind::hang, FaultKind::dead, FaultKind::stale_radio}) state_.faults.clear(state);
  state_.settings = Settings{};
  state_.functionality = 1;
  state_.deregistered_by_command = false;
  state_.sms_ready = false;
  state_.network_registration.fill(0);
  shown_registration_.fill(0);
  if (state_.sim.lock == SimLock::ready && !state_.sim.pin.empty()) state_.sim.lock = SimLock::pin;
  if (state_.awaiting_acknowledgement) waiting_.push_front(std::move(*state_.awaiting_acknowledgement));
  state_.awaiting_acknowledgement.reset();
}

void ModemModel::restart(relay::SteadyTime now) {
  advance(now);
  if (!plugged_) return;
  const std::string last_words = std::exchange(output_, {});
  switch_off();
  output_ = last_words;  // already on the wire
  note("rebooting");
  schedule(state_.config.boot_duration, Whose::modem, [this] { boot(); });
}

void ModemModel::boot() {
  phase_ = Phase::command;
  if (state_.config.references_restart) next_reference_ = state_.config.first_reference;
  note("boot");
  for (const auto& line : state_.config.boot_lines) unasked(line);
  if (!state_.sim.present) return;
  if (state_.sim.lock == SimLock::pin) return unasked("+CPIN: SIM PIN");
  if (state_.sim.lock != SimLock::ready) return unasked("+CPIN: SIM PUK");
  unasked("+CPIN: READY");
  start_services();
}

void ModemModel::unplug(std::optional<relay::Millis> duration, relay::SteadyTime now) {
  advance(now);
  if (!plugged_) return;
  switch_off();
  plugged_ = false;
  note("unplugged");
  ++absences_;
  if (!duration) return;
  schedule(*duration, Whose::network, [this, absence = absences_] {
    if (absence == absences_) plug(now_);
  });
}

void ModemModel::plug(relay::SteadyTime now) {
  if (now > now_) advance(now);
  if (plugged_) return;
  plugged_ = true;
  note("plugged");
  schedule(state_.config.boot_duration, Whose::modem, [this] { boot(); });
}

void ModemModel::line_opened(relay::SteadyTime now) {
  advance(now);
  state_.faults.end_open(FaultKind::hang);
}

void ModemModel::clear_faults(relay::SteadyTime now) {
  advance(now);
  state_.faults.clear();
  deliver_waiting();
}

void ModemModel::set_sim_capacity(int places, relay::SteadyTime now) {
  advance(now);
  state_.storage.sim().resize(places);
  deliver_waiting();
}

void ModemModel::say_ussd(const std::string& text, relay::SteadyTime now) {
  advance(now);
  unasked(ussd_line(state_, 0, text));
}

void ModemModel::inject(const Fault& fault, relay::SteadyTime now) {
  advance(now);
  note("fault", {{"kind", std::string{name_of(fault.kind)}}});
  start_fault(fault);
}

void ModemModel::start_fault(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::echo_on:
      state_.settings.echo = true;
      break;
    case FaultKind::line_noise:
      emit(random_bytes(fault.count_of_bytes));
      break;
    case FaultKind::reboot:
      restart(now_);
      break;
    case FaultKind::unplug:
      unplug(fault.duration, now_);
      break;
    case FaultKind::urc_storm:
      for (int i = 0; i < std::clamp(fault.count_of_bytes, 1, 10'000); ++i) {
        schedule(storm_interval * i, Whose::modem,
                 [this, i] { unasked("+CIEV: \"signal\"," + std::to_string(i % 6)); });
      }
      break;
    case FaultKind::deregister: {
      set_registration(std::nullopt, 2, now_);
      if (!fault.duration) break;
      schedule(*fault.duration, Whose::network, [this] {
        granted_registration_.fill(state_.config.registration);
        if (phase_ != Phase::off) state_.network_registration = granted_registration_;
        announce_registration();
        deliver_waiting();
      });
      break;
    }
    case FaultKind::store_full:
      state_.faults.arm(fault, now_);
      if (fault.duration) schedule(*fault.duration, Whose::network, [this] { deliver_waiting(); });
      break;
    default:
      state_.faults.arm(fault, now_);
      break;
  }
}

}  // namespace modem_sim
