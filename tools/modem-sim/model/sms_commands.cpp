#include "tools/modem-sim/model/commands.hpp"

/// 3GPP TS 27.005 clauses 3.4.2 and 4: messages, in PDU mode.
namespace modem_sim {
namespace {

/// The shortest SUBMIT and DELIVER have about 7 octets; the longest TPDU has 164 (23.040: 140 of data and its fields).
constexpr int min_tpdu_octets = 7;
constexpr int max_tpdu_octets = 176;

bool plausible_length(std::optional<int> length) {
  return length && *length >= min_tpdu_octets && *length <= max_tpdu_octets;
}

std::string entry_tail(const StoredMessage& message) {
  return std::to_string(static_cast<int>(message.state)) + ",," + std::to_string(message.tpdu_length);
}

void mark_read(StoredMessage& message) {
  if (message.state == StoredState::received_unread) message.state = StoredState::received_read;
}

/// <delflag> 27.005 3.5.4: 1 all read, 2 also sent, 3 also unsent, 4 everything.
bool falls(const StoredMessage& message, int flag) {
  switch (message.state) {
    case StoredState::received_read:
      return flag >= 1;
    case StoredState::stored_sent:
      return flag >= 2;
    case StoredState::stored_unsent:
      return flag >= 3;
    case StoredState::received_unread:
      return flag >= 4;
  }
  return false;
}

}  // namespace

Answer send_message(ModemState& /*state*/, const Command& command) {
  if (command.form == Form::test) return ok();
  const auto length = command.number(0);
  if (command.form != Form::set || command.arguments.size() != 1) return error();
  if (!plausible_length(length)) return cms(cms_code::invalid_pdu);
  Answer answer;
  answer.next = OpenPrompt{PromptFor::send, *length};
  return answer;
}

Answer write_message(ModemState& /*state*/, const Command& command) {
  if (command.form == Form::test) return ok();
  const auto length = command.number(0);
  const auto stat = command.number(1, 2);
  if (command.form != Form::set || command.arguments.size() > 2) return error();
  if (!plausible_length(length) || !stat || *stat < 0 || *stat > 3) return cms(cms_code::invalid_pdu);
  Answer answer;
  answer.next = OpenPrompt{PromptFor::store, *length, *stat};
  return answer;
}

Answer send_stored(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  const auto place = command.number(0, -1);
  if (command.form != Form::set || !place || command.arguments.size() != 1) return error();
  if (state.storage.serving(Storage::writing).find(*place) == nullptr) return cms(cms_code::invalid_index);
  Answer answer;
  answer.next = SendStored{*place};
  return answer;
}

Answer read_message(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  const auto place = command.number(0, -1);
  if (command.form != Form::set || !place) return error();
  auto* message = state.storage.serving(Storage::reading).find(*place);
  if (message == nullptr) return cms(cms_code::invalid_index);
  Answer answer;
  answer.lines = {"+CMGR: " + entry_tail(*message), message->pdu};
  mark_read(*message);
  return answer;
}

Answer list_messages(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CMGL: (0-4)");
  const auto wanted = command.number(0);
  const bool known = wanted && *wanted >= 0 && *wanted <= 4;
  if (command.form == Form::read || !known) return cms(cms_code::not_supported);
  Answer answer;
  for (auto& [place, message] : state.storage.serving(Storage::reading).messages()) {
    if (*wanted != 4 && static_cast<int>(message.state) != *wanted) continue;
    answer.lines.push_back("+CMGL: " + std::to_string(place) + "," + entry_tail(message));
    answer.lines.push_back(message.pdu);
    mark_read(message);
  }
  return answer;
}

Answer delete_message(ModemState& state, const Command& command) {
  auto& store = state.storage.serving(Storage::reading);
  if (command.form == Form::test) {
    std::string places;
    for (const auto& [place, message] : store.messages()) {
      if (!places.empty()) places += ",";
      places += std::to_string(place);
    }
    return ok("+CMGD: (" + places + "),(0-4)");
  }
  const auto place = command.number(0, -1);
  const auto flag = command.number(1);
  if (command.form != Form::set || !place || !flag || *flag < 0 || *flag > 4) return error();
  if (*flag == 0 && (*place < 1 || *place > store.capacity())) return cms(cms_code::invalid_index);
  const int before = store.used();
  if (*flag == 0) store.erase(*place);
  std::erase_if(store.messages(), [&](const auto& entry) { return falls(entry.second, *flag); });
  Answer answer;
  answer.next = DeletedMessages{before - store.used()};
  return answer;
}

Answer acknowledge(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CNMA: (0-2)");
  const auto kind = command.number(0);
  if (!kind || *kind < 0 || *kind > 2 || command.form == Form::read) return cms(cms_code::invalid_pdu);
  if (command.arguments.size() > 1) return cms(cms_code::not_supported);  // with its own RP-ACK user data
  if (!state.awaiting_acknowledgement) return cms(cms_code::nothing_to_acknowledge);
  state.awaiting_acknowledgement.reset();
  ++state.acknowledged;
  return ok();
}

}  // namespace modem_sim
