#include "firmware/modem/mailbox.hpp"

#include <algorithm>
#include <variant>

#include "firmware/modem/at/lines.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/message/sms_text.hpp"

namespace modem {
namespace {

using relay::Task;

constexpr relay::Millis commit_retry{30'000};
constexpr int silent_protocol = 0x40;    // Type 0: acknowledge, do not show (23.040 clause 9.2.3.9).
constexpr int sim_data_protocol = 0x7f;  // For the SIM.

/// FNV-1a, 64 bits: tells the network's repeats of one message from two messages; no secret depends on it.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325U) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::string fingerprint_of(const relay::outbox::InboundMessage& message) {
  const std::string at = message.sent_at ? std::to_string(relay::to_ms(*message.sent_at)) : "";
  return "sms|" + message.from + "|" + at + "|" +
         std::to_string(hash_of(message.data.value_or(""), hash_of(message.text)));
}

/// The service centre's time tells a repeat from another message under the same reference.
std::string fingerprint_of(const tpdu::Deliver& message) {
  const auto& concat = *message.user_data.header.concatenation;
  std::string out = "part|" + message.originator.number;
  for (const int number : {concat.ref, concat.ref_bits, concat.total, concat.seq}) out += "|" + std::to_string(number);
  out += "|" + (message.service_centre_time ? tpdu::to_text(*message.service_centre_time) : std::string{});
  const std::string text = relay::encode_utf8(message.user_data.text.value_or(U""));
  std::uint64_t hash = hash_of(text);
  for (const std::uint8_t octet : message.user_data.data) {
    const char c = static_cast<char>(octet);
    hash = hash_of({&c, 1}, hash);
  }
  return out + "|" + std::to_string(hash);
}

}  // namespace

Mailbox::Mailbox(relay::Runtime runtime, std::string provider, const ModemPorts& ports, ModemStatus& status,
                 relay::TaskGroup& group, relay::Notification& wake, Listeners listeners)
    : runtime_(std::move(runtime)),
      provider_(std::move(provider)),
      ports_(ports),
      status_(status),
      group_(group),
      wake_(wake),
      listeners_(std::move(listeners)) {}

void Mailbox::begin(MessageService service) {
  service_ = std::move(service);
  own_memory_ = service_.memory;
  ++generation_;
  acknowledgements_ = 0;
  to_read_.clear();
  to_delete_.clear();
  known_.clear();
  sweep_soon();
}

relay::TimelineTime Mailbox::now() const {
  return relay::from_ms<relay::TimelineTime>(relay::to_ms(runtime_.clock.steady()));
}

bool Mailbox::has_work() const {
  const bool may_read = undelivered_ < max_undelivered;
  return acknowledgements_ > 0 || !to_delete_.empty() || (may_read && (!to_sweep_.empty() || !to_read_.empty()));
}

void Mailbox::announced(std::string_view line) {
  const auto where = at::parse_stored_at(line);
  if (!where || to_read_.size() >= max_pending) {
    sweep_soon();  // "+CMTI: ,-1": it could not be stored; look what fills the store.
    return;
  }
  to_read_.emplace_back(where->memory, where->index);
}

void Mailbox::handed_over(const at::Incoming& incoming) {
  if (undelivered_ >= max_undelivered) return;  // Not acknowledged either: the network repeats it.
  if (!incoming.pdu.empty()) take_pdu(incoming.pdu, at::parse_pdu_length(incoming.text), std::nullopt);
  // A report needs no commit before its acknowledgement: losing one leaves a message unconfirmed, not lost.
  if (service_.needs_acknowledge && incoming.text.starts_with("+CDS:")) ++acknowledgements_;
}

Task<> Mailbox::work(Link& link) {
  if (!recalled_) co_await recall();
  if (acknowledgements_ > 0) {
    co_await acknowledge(link);
  } else if (!to_delete_.empty()) {
    co_await remove(link);
  } else if (!to_read_.empty()) {
    co_await read(link);
  } else if (!to_sweep_.empty()) {
    co_await sweep(link);
  }
}

/// Modems differ in the form they take (facts/modem.md 2.8); the one that was taken is kept.
Task<> Mailbox::acknowledge(Link& link) {
  --acknowledgements_;
  constexpr int not_expected = 340;
  std::vector<std::string> forms = service_.acknowledges;
  if (!acknowledge_command_.empty()) forms = {acknowledge_command_};
  for (const auto& form : forms) {
    const auto answer = co_await link.command(form);
    if (answer.ok()) acknowledge_command_ = form;
    if (answer.ok() || answer.final.code == not_expected || !answer.heard()) co_return;
  }
  acknowledge_command_.clear();
}

Task<bool> Mailbox::select_memory(Link& link, std::string memory) {
  if (memory.empty() || memory == service_.memory) co_return true;
  const auto answer = co_await link.command("AT+CPMS=\"" + memory + "\"");
  if (answer.ok()) service_.memory = memory;
  co_return answer.ok();
}

Task<> Mailbox::remove(Link& link) {
  const Slot slot = to_delete_.front();
  to_delete_.pop_front();
  const bool selected = co_await select_memory(link, slot.first);
  if (!selected) co_return;
  const auto answer = co_await link.command("AT+CMGD=" + std::to_string(slot.second));
  // Whether it worked or not: what is found there next is read before it is deleted. Once committed, it is a repeat.
  known_.erase(slot);
  if (!answer.ok()) {
    const std::string code = name_of(answer.final);
    runtime_.log.warning("modem_delete_failed", {{"provider", provider_}, {"code", code}});
  }
}

Task<> Mailbox::read(Link& link) {
  Slot slot = to_read_.front();
  to_read_.pop_front();
  if (slot.first.empty()) slot.first = own_memory_;
  if (known_.contains(slot)) co_return;
  const bool selected = co_await select_memory(link, slot.first);
  if (!selected) co_return;
  const auto answer = co_await link.command("AT+CMGR=" + std::to_string(slot.second));
  for (const auto& line : answer.lines) {
    if (!line.pdu.empty()) take_pdu(line.pdu, at::parse_pdu_length(line.text), slot);
  }
}

void Mailbox::sweep_soon() {
  to_sweep_.assign(service_.memories.begin(), service_.memories.end());
  if (to_sweep_.empty()) to_sweep_.emplace_back();
}

Task<> Mailbox::sweep(Link& link) {
  const std::string memory = to_sweep_.front();
  to_sweep_.pop_front();
  const bool selected = co_await select_memory(link, memory);
  if (!selected) co_return;
  const auto answer = co_await link.command("AT+CMGL=4");
  for (const auto& line : answer.lines) {
    const auto listed = at::parse_listed(line.text);
    const bool received = listed && listed->stat <= 1;
    const Slot slot{memory, listed ? listed->index : 0};
    if (undelivered_ >= max_undelivered) {
      to_sweep_.push_back(memory);  // The rest is found when these are committed.
      co_return;
    }
    // One of our own that a crash has left there: its message is the dispatcher's business now.
    if (listed && !received && service_.holds_own_messages) to_delete_.push_back(slot);
    if (received && !line.pdu.empty() && !known_.contains(slot)) take_pdu(line.pdu, listed->length, slot);
  }
  if (memory == own_memory_) co_await read_use(link);
}

/// A full store looks like silence: the network holds the messages back (facts/modem.md 2.8).
Task<> Mailbox::read_use(Link& link) {
  const auto use = co_await link.command("AT+CPMS?");
  const auto numbers = at::parse_memory_use(use.first());
  if (!numbers) co_return;
  status_.stored_messages = numbers->used;
  status_.storage_size = numbers->total;
  if (numbers->used * 5 < numbers->total * 4) co_return;
  runtime_.log.warning("modem_store_filling",
                       {{"provider", provider_}, {"used", numbers->used}, {"size", numbers->total}});
}

void Mailbox::take_pdu(const std::string& pdu, std::optional<int> length, std::optional<Slot> slot) {
  // A PDU no longer than the TPDU that was announced has no service centre's address (facts/modem.md 5).
  const bool with_smsc = !length || static_cast<std::size_t>(*length) * 2 < pdu.size();
  const auto decoded = tpdu::decode_hex(pdu, {.with_smsc = with_smsc, .tolerant = true});
  if (slot) known_.insert(*slot);
  if (!decoded) {
    // It stays where it is: a person may still want it. `known_` keeps it from being read again.
    runtime_.log.warning("modem_pdu_unreadable", {{"provider", provider_}, {"reason", decoded.error().message}});
    if (!slot && service_.needs_acknowledge) ++acknowledgements_;
    return;
  }
  const Debt debt{.slot = slot, .acknowledge = !slot, .generation = generation_};
  if (const auto* message = std::get_if<tpdu::Deliver>(&decoded->message)) {
    take_message(*message, pdu, debt);
    return;
  }
  if (const auto* report = std::get_if<tpdu::StatusReport>(&decoded->message)) {
    ++status_.reports_received;
    listeners_.on_report(*report);
  }
  if (slot) to_delete_.push_back(*slot);
}

void Mailbox::take_message(const tpdu::Deliver& message, const std::string& pdu, Debt debt) {
  const int protocol = message.protocol_identifier;
  if (protocol == silent_protocol || protocol == sim_data_protocol || message.user_data.coding.compressed) {
    // Nothing for anybody: taken from the store so that it can't fill it.
    runtime_.log.info("modem_data_message_dropped", {{"provider", provider_}, {"protocol", protocol}});
    return pay(debt);
  }
  const bool is_part = message.user_data.header.concatenation.has_value();
  const std::string fingerprint = is_part ? fingerprint_of(message) : std::string{};
  if (is_part && done_.contains(fingerprint)) return pay(debt);  // Its message is committed: the network's repeat.
  const std::int64_t tag = next_tag_++;
  auto added = join(message, tag, relay::Millis{0});
  const bool completes = std::ranges::any_of(
      added.messages, [tag](const auto& whole) { return std::ranges::find(whole.tags, tag) != whole.tags.end(); });
  if (completes) {
    parts_.at(tag).debt = debt;
  } else {
    // The store works in order: a repeat is paid for after its first copy was committed.
    ++undelivered_;
    group_.spawn("modem-inbound-part",
                 commit_part(*this, {.provider = provider_, .fingerprint = fingerprint, .pdu = pdu}, debt));
  }
  for (const auto& whole : added.messages) deliver(whole);
}

tpdu::Reassembler::Added Mailbox::join(const tpdu::Deliver& message, std::int64_t tag, relay::Millis age) {
  const tpdu::UserData& data = message.user_data;
  Part part;
  if (message.service_centre_time) part.sent_at = tpdu::to_wall(*message.service_centre_time);
  if (const auto& ports = data.header.ports)
    part.ports = relay::outbox::InboundPorts{.destination = ports->destination, .source = ports->source};
  part.message_class = data.coding.message_class;
  if (data.header.concatenation) part.fingerprint = fingerprint_of(message);
  parts_.emplace(tag, std::move(part));
  auto added = reassembler_.add({.sender = message.originator.number,
                                 .concatenation = data.header.concatenation,
                                 .text = data.text ? *data.text : std::u32string(data.data.begin(), data.data.end()),
                                 .is_data = !data.text,
                                 .tag = tag},
                                now() - age);
  if (added.repeated) parts_.erase(tag);
  return added;
}

Task<> Mailbox::recall() {
  recalled_ = true;
  if (!ports_.recall_parts) co_return;
  const auto kept = co_await ports_.recall_parts(provider_);
  if (!kept) {
    recalled_ = false;  // Before the next piece of work.
    runtime_.log.warning("modem_parts_not_recalled", {{"provider", provider_}, {"reason", kept.error().message}});
    co_return;
  }
  for (const auto& part : *kept) take_recalled(part);
}

void Mailbox::take_recalled(const relay::outbox::InboundPart& kept) {
  if (kept.pdu.empty()) return remember_done(kept.fingerprint);
  for (const bool with_smsc : {true, false}) {
    const auto decoded = tpdu::decode_hex(kept.pdu, {.with_smsc = with_smsc, .tolerant = true});
    const auto* message = decoded ? std::get_if<tpdu::Deliver>(&decoded->message) : nullptr;
    if (message == nullptr || !message->user_data.header.concatenation) continue;
    if (fingerprint_of(*message) != kept.fingerprint) continue;
    for (const auto& whole : join(*message, next_tag_++, kept.age).messages) deliver(whole);
    return;
  }
}

void Mailbox::remember_done(const std::string& fingerprint) {
  if (!done_.insert(fingerprint).second) return;
  done_by_age_.push_back(fingerprint);
  if (done_by_age_.size() <= max_done) return;
  done_.erase(done_by_age_.front());
  done_by_age_.pop_front();
}

void Mailbox::deliver(const tpdu::InboundMessage& message) {
  std::vector<Debt> debts;
  relay::outbox::InboundMessage inbound;
  inbound.provider = provider_;
  inbound.from = message.sender;
  inbound.text = message.text;
  if (message.is_data) inbound.data = message.data;
  inbound.received_at = runtime_.clock.wall();
  for (const std::int64_t tag : message.tags) {
    const auto found = parts_.find(tag);
    if (found == parts_.end()) continue;
    const Part& part = found->second;
    if (!inbound.sent_at) inbound.sent_at = part.sent_at;
    if (!inbound.ports) inbound.ports = part.ports;
    if (!inbound.message_class) inbound.message_class = part.message_class;
    if (!part.fingerprint.empty()) inbound.parts.push_back(part.fingerprint);
    debts.push_back(part.debt);
    parts_.erase(found);
  }
  if (listeners_.is_own(inbound)) {
    for (const Debt& debt : debts) pay(debt);
    return;
  }
  inbound.fingerprint = fingerprint_of(inbound);
  ++undelivered_;
  if (relay::planted(relay::PlantedFault::inbound_deleted_before_commit)) {
    for (const Debt& debt : debts) pay(debt);
    debts.clear();
  }
  group_.spawn("modem-inbound", commit(*this, std::move(inbound), std::move(debts)));
}

Task<> Mailbox::commit(Mailbox& mailbox, relay::outbox::InboundMessage message, std::vector<Debt> debts) {
  while (mailbox.ports_.on_inbound) {
    const bool stored = co_await mailbox.ports_.on_inbound(message);
    if (stored) break;
    co_await relay::sleep_for(mailbox.runtime_, commit_retry);
  }
  --mailbox.undelivered_;
  ++mailbox.status_.messages_received;
  for (const auto& part : message.parts) mailbox.remember_done(part);
  for (const Debt& debt : debts) mailbox.pay(debt);
  mailbox.wake_.notify();
}

Task<> Mailbox::commit_part(Mailbox& mailbox, relay::outbox::InboundPart part, Debt debt) {
  while (mailbox.ports_.keep_part && !mailbox.done_.contains(part.fingerprint)) {
    const bool kept = co_await mailbox.ports_.keep_part(part);
    if (kept) break;
    co_await relay::sleep_for(mailbox.runtime_, commit_retry);
  }
  --mailbox.undelivered_;
  mailbox.pay(debt);
  mailbox.wake_.notify();
}

void Mailbox::pay(const Debt& debt) {
  if (debt.generation != generation_) return;  // The store may be another one: the sweep will meet it as a repeat.
  if (debt.slot) to_delete_.push_back(*debt.slot);
  if (debt.acknowledge && service_.needs_acknowledge) ++acknowledgements_;
  if (debt.slot || debt.acknowledge) wake_.notify();
}

void Mailbox::discard(int place) {
  to_delete_.emplace_back(own_memory_, place);
  wake_.notify();
}

Task<std::optional<int>> Mailbox::state_of_own(Link& link, int place) {
  const bool selected = co_await select_memory(link, own_memory_);
  if (!selected) co_return std::nullopt;
  const auto answer = co_await link.command("AT+CMGR=" + std::to_string(place));
  if (!answer.ok() || answer.lines.empty()) co_return std::nullopt;
  co_return at::number_of(at::fields_of(answer.first())[0]);
}

void Mailbox::expire() {
  for (const auto& message : reassembler_.expire(now())) deliver(message);
}

}  // namespace modem
