#include "tests/sim/modem_site.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"
#include "tests/sim/boot.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;

modem_sim::ModemConfig config_of(const World& world, std::size_t index) {
  modem_sim::ModemConfig config;
  config.imei.back() = static_cast<char>('8' + index);
  config.imsi.back() = static_cast<char>('1' + index);
  config.iccid.back() = static_cast<char>('1' + index);
  config.pin = "4711";
  config.wall_at_zero = world.options.wall_at_start;
  config.references_restart = world.options.references_restart;
  config.send.prompt_delay = Millis{20};
  config.send.latency_min = Millis{200};
  config.send.latency_max = Millis{2'500};
  config.send.report = modem_sim::ReportOutcome::delivered;
  config.send.report_delay = Millis{4'000};
  return config;
}

const std::string* text_of(const modem_sim::Event& event, std::string_view name) {
  for (const auto& [key, value] : event.fields) {
    if (key == name) return std::get_if<std::string>(&value);
  }
  return nullptr;
}

std::int64_t number_of(const modem_sim::Event& event, std::string_view name) {
  for (const auto& [key, value] : event.fields) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (key == name && number != nullptr) return *number;
  }
  return -1;
}

}  // namespace

ModemSite::ModemSite(World& world, std::size_t index)
    : world_(world),
      index_(index),
      stream_(world.options.seed, index == 0 ? "modem" : "second_modem"),
      model_(config_of(world, index), stream_.source(), WorldTime{}) {}

bool ModemSite::plays() const { return world_.options.uses("modem-main") && index_ < world_.options.modems; }

hal::SimSerialLine& ModemSite::line() const { return boot_->modem_line(index_); }

void ModemSite::box_started(Boot& boot) {
  boot_ = &boot;
  if (!plays()) return;
  line().on_heard([this, alive = boot.alive()](std::string_view bytes) {
    if (!*alive) return;
    world_.note("modem<", bytes);
    heard(bytes);
    model_.receive(bytes, world_.now());
    pump();
  });
  line().on_opened([this, alive = boot.alive()] {
    if (*alive) model_.line_opened(world_.now());
  });
  if (!model_.plugged()) line().unplug();
  schedule();
}

void ModemSite::power_cut() {
  if (!plays()) return;
  model_.restart(world_.now());
  awaiting_answer_.reset();
  pump();
}

void ModemSite::inject(const modem_sim::Fault& fault) {
  if (!plays()) return;
  world_.note("modem_fault", modem_sim::name_of(fault.kind));
  world_.hit(concat("modem.", modem_sim::name_of(fault.kind)));
  using enum modem_sim::FaultKind;
  if (fault.kind == garbage || fault.kind == half_line || fault.kind == line_noise) disturbed_ = true;
  if (fault.kind <= garbage) armed_ += fault.count;
  trouble_until_ = std::max(trouble_until_, world_.now() + fault.duration.value_or(Millis{600'000}));
  model_.inject(fault, world_.now());
  pump();
}

void ModemSite::receive(const std::string& hex) {
  const auto taken = model_.deliver_pdu(hex, world_.now());
  if (!taken) world_.violate("world", taken.error().message);
  pump();
}

void ModemSite::set_behaviour(const modem_sim::SendBehaviour& behaviour) { model_.set_send_behaviour(behaviour); }

void ModemSite::all_well() {
  if (!plays()) return;
  model_.clear_faults(world_.now());
  if (!model_.plugged()) model_.plug(world_.now());
  model_.set_registration(std::nullopt, 1, world_.now());
  model_.set_send_behaviour(config_of(world_, index_).send);
  trouble_until_ = world_.now();
  armed_ = 0;
  pump();
}

std::optional<WorldTime> ModemSite::well_since() const {
  if (!plays() || !model_.plugged() || armed_ > 0 || world_.now() < trouble_until_) return std::nullopt;
  return trouble_until_;
}

void ModemSite::pump() {
  for (const auto& event : model_.take_log()) take_event(event);
  const std::string output = model_.take_output();
  if (!output.empty() && boot_ != nullptr && !boot_->dead()) {
    world_.note("modem>", output);
    if (line().is_open()) spoke(output);
    line().say(output);
  }
  schedule();
}

/// One event of the world is enough for however many wakes: the model is asked anew each time.
void ModemSite::schedule() {
  const auto wake = model_.next_wake();
  if (!wake || (wake_ && *wake_ <= *wake)) return;
  wake_ = wake;
  world_.after(*wake - world_.now(), [this, at = *wake] {
    if (!wake_ || *wake_ != at) return;
    wake_.reset();
    model_.advance(world_.now());
    pump();
  });
}

void ModemSite::take_event(const modem_sim::Event& event) {
  world_.note("modem", event.name);
  if (event.acceptance) {
    accepted(*event.acceptance);
  } else if (event.name == "busy_end") {
    refusal_due_ = number_of(event, "answered") == 1 && typed_send_ && !awaiting_answer_;
  } else if (event.name == "refused_pdu") {
    world_.violate("modem", concat("the network cannot read what the box sent: ", *text_of(event, "why")));
  } else if (event.name == "report") {
    if (number_of(event, "status") == 0) reported(static_cast<std::size_t>(number_of(event, "number")));
  } else if (event.name == "fault_struck") {
    world_.hit(concat("modem.struck.", *text_of(event, "kind")));
    const std::string& kind = *text_of(event, "kind");
    if (kind == "garbage" || kind == "half_line" || kind == "lost_ok") disturbed_ = true;
    armed_ = std::max(0, armed_ - 1);
    trouble_until_ = std::max(trouble_until_, world_.now() + Millis{300'000});
  } else if (event.name == "unplugged" && boot_ != nullptr) {
    line().unplug();
  } else if (event.name == "plugged" && boot_ != nullptr && !boot_->dead()) {
    line().plug();
  }
}

/// A part reached its recipient; the message did when all parts of one copy have.
void ModemSite::reported(std::size_t number) {
  const Part& part = parts_.at(number);
  if (part.total == 0) return;  // a canary
  auto& parts = reported_parts_[{part.item, part.concatenation}];
  parts.insert(part.sequence);
  Item& item = world_.ledger.items[part.item];
  if (std::ssize(parts) == part.total && !item.delivered) item.delivered = world_.now();
}

/// Bytes from the box: a PDU that is typed whole is an attempt, whatever becomes of it.
void ModemSite::heard(std::string_view bytes) {
  typed_ += bytes;
  if (typed_.size() > 1'000) typed_.erase(0, typed_.size() - 1'000);
  const auto end = typed_.find('\x1a');
  if (end == std::string::npos) return;
  const std::string pdu = typed_.substr(0, end).substr(typed_.substr(0, end).find_last_of("\r\n\x1b") + 1);
  typed_.clear();
  disturbed_ = false;
  const int smsc_octets = pdu.size() < 2 ? 0 : std::stoi(pdu.substr(0, 2), nullptr, 16);
  const auto submit = modem_sim::decode_submit(pdu, static_cast<int>(pdu.size() / 2) - 1 - smsc_octets);
  if (!submit) return;  // the model says so itself, if it was listening
  if (submit->to == canary_number) return typed_send_.reset();
  const auto item = world_.ledger.find(submit->text, submit->to);
  if (!item) {
    world_.violate("I6", concat("the modem sends what nobody submitted: ", submit->text, " to ", submit->to));
    return;
  }
  const int boot = world_.box.boots();
  const int reference = submit->concatenation ? submit->concatenation->reference : -1;
  const int part = submit->concatenation ? submit->concatenation->sequence : 1;
  const auto& earlier = world_.ledger.items[*item].sends;
  // Parts of one attempt: same process, same reference; another provider may have been tried in between.
  for (std::size_t i = earlier.size(); part > 1 && i-- > 0;) {
    const Send& part_of = world_.ledger.sends[earlier[i]];
    if (part_of.modem != index_ || part_of.boot != boot || part_of.reference != reference) continue;
    typed_send_ = earlier[i];
    return;
  }
  typed_send_ = world_.ledger.add_send({.item = *item,
                                        .provider = "modem-main",
                                        .modem = index_,
                                        .boot = boot,
                                        .at = world_.now(),
                                        .byte_left = true,
                                        .reference = reference});
  world_.judge.attempt_begins(*typed_send_);
}

/// The network took a part.
void ModemSite::accepted(const modem_sim::Acceptance& acceptance) {
  world_.note("accepted", concat("modem-main ", acceptance.submit.text));
  if (acceptance.submit.to == canary_number) {
    world_.hit("canary");
    awaiting_answer_.reset();  // What is said from now on answers the canary.
    parts_.push_back({.total = 0});
    return;
  }
  if (!typed_send_) {
    world_.violate("world", "the modem's network took what nobody typed");
    return;
  }
  Send& send = world_.ledger.sends[*typed_send_];
  const bool first = !send.accepted;
  if (first) send.accepted = world_.now();
  ++send.parts;
  send.answered.reset();
  const auto concatenation = acceptance.submit.concatenation.value_or(modem_sim::Concatenation{.reference = -1});
  parts_.push_back({.item = send.item,
                    .concatenation = concatenation.reference,
                    .sequence = concatenation.sequence,
                    .total = concatenation.total});
  awaiting_answer_ = *typed_send_;
  awaited_reference_ = acceptance.reference;
  said_.clear();
  disturbed_ = false;
  if (first) world_.judge.accepted(*typed_send_);
}

/// Was the answer to the last acceptance said whole, to somebody who listens?
void ModemSite::spoke(std::string_view bytes) {
  if (std::exchange(refusal_due_, false) && !disturbed_ && bytes.find("+CMS ERROR: ") != std::string_view::npos) {
    Send& refused = world_.ledger.sends[*typed_send_];
    if (refused.parts == 0) refused.answered = world_.now();
  }
  if (!awaiting_answer_) return;
  said_ += bytes;
  const auto answer = said_.find(concat("+CMGS: ", awaited_reference_, "\r\n"));
  if (answer == std::string::npos || said_.find("OK\r\n", answer) == std::string::npos) return;
  Send& send = world_.ledger.sends[*awaiting_answer_];
  const int parts = world_.ledger.submission_of(send.item).parts;
  if (!disturbed_ && send.parts >= parts) send.answered = world_.now();
  world_.judge.answered(*awaiting_answer_);
  awaiting_answer_.reset();
}

}  // namespace sim
