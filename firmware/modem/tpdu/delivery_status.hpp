#pragma once

#include <cstdint>
#include <string_view>

#include "relay/message/vocabulary.hpp"

namespace tpdu {

/// TP-ST (3GPP TS 23.040 clause 9.2.3.15): 0x00-0x02 delivered, 0x20-0x3F pending (the service centre still tries),
/// 0x40-0x7F failed (for good, or given up), the rest unknown.
[[nodiscard]] relay::ReceiptStatus outcome_of(std::uint8_t status);
/// 0x60-0x7F: a temporary cause, but the service centre has stopped trying: sending again may help.
[[nodiscard]] bool may_retry(std::uint8_t status);
/// For people: "validity period expired". Never empty.
[[nodiscard]] std::string_view describe_status(std::uint8_t status);

}  // namespace tpdu
