#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/message/message_id.hpp"
#include "relay/outbox/outbox.hpp"

namespace modem {

/// The modem's answer to a send that had ended as `unknown` at its deadline: proof of what became of it
/// (Outbox::prove).
struct LateAnswer {
  relay::MessageId message;
  std::int32_t attempt = 0;
  std::string provider;
  bool was_sent = false;  ///< All parts were accepted; else: certainly nothing was sent.
  std::string provider_ref;
  std::vector<std::string> receipt_refs;  ///< As SendResult::receipt_refs.
  std::string code;
};

/// Where a modem's news goes. All calls on the loop's thread; the callees outlive the modem. An empty function: nobody
/// wants it.
struct ModemPorts {
  std::function<void(relay::outbox::Receipt)> on_receipt;
  /// True once the message is committed: only then is it deleted from the modem (or acknowledged to the network). Must
  /// not end by an exception.
  std::function<relay::Task<bool>(relay::outbox::InboundMessage)> on_inbound;
  std::function<void(LateAnswer)> on_late_answer;
};

}  // namespace modem
