#include "firmware/modem/tpdu/delivery_status.hpp"

#include "relay/base/planted_fault.hpp"

namespace tpdu {
namespace {

// Causes of a temporary error have the same order whether the service centre still tries (0x20) or has given up (0x60).
std::string_view describe_temporary(std::uint8_t cause) {
  switch (cause) {
    case 0:
      return "congestion";
    case 1:
      return "recipient busy";
    case 2:
      return "no response from the recipient";
    case 3:
      return "service rejected";
    case 4:
      return "quality of service not available";
    case 5:
      return "error in the recipient's device";
    default:
      return "temporary error";
  }
}

std::string_view describe_permanent(std::uint8_t cause) {
  switch (cause) {
    case 0:
      return "remote procedure error";
    case 1:
      return "incompatible destination";
    case 2:
      return "connection rejected by the recipient";
    case 3:
      return "recipient not obtainable";
    case 4:
      return "quality of service not available";
    case 5:
      return "no interworking available";
    case 6:
      return "validity period expired";
    case 7:
      return "deleted by the sender";
    case 8:
      return "deleted by the service centre";
    case 9:
      return "message does not exist";
    default:
      return "permanent error";
  }
}

}  // namespace

relay::ReceiptStatus outcome_of(std::uint8_t status) {
  if (status <= 0x02) return relay::ReceiptStatus::delivered;
  const bool impatient = relay::planted(relay::PlantedFault::still_trying_taken_as_delivered);
  if (status >= 0x20 && status <= 0x3F)
    return impatient ? relay::ReceiptStatus::delivered : relay::ReceiptStatus::pending;
  if (status >= 0x40 && status <= 0x7F) return relay::ReceiptStatus::failed;
  return relay::ReceiptStatus::unknown;
}

bool may_retry(std::uint8_t status) { return status >= 0x60 && status <= 0x7F; }

std::string_view describe_status(std::uint8_t status) {
  if (status == 0x00) return "received by the recipient";
  if (status == 0x01) return "forwarded to the recipient, reception not confirmed";
  if (status == 0x02) return "replaced by the service centre";
  if (status <= 0x0F) return "reserved status";
  if (status <= 0x1F) return "status of the service centre's own";
  if (status <= 0x3F) return describe_temporary(status & 0x1FU);
  if (status <= 0x5F) return describe_permanent(status & 0x1FU);
  if (status <= 0x7F) return describe_temporary(status & 0x1FU);
  return "reserved status";
}

}  // namespace tpdu
