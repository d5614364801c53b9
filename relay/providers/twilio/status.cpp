#include "relay/providers/twilio/status.hpp"

#include <algorithm>
#include <array>

namespace relay::providers::twilio {
namespace {

constexpr int final_rank = 5;

constexpr std::array<Status, 11> statuses{{
    {"accepted", 0, ReceiptStatus::pending},
    {"scheduled", 0, ReceiptStatus::pending},
    {"queued", 1, ReceiptStatus::pending},
    {"sending", 2, ReceiptStatus::pending},
    {"sent", 3, ReceiptStatus::pending},  // may be the last word ever: not every carrier reports
    {"partially_delivered", 4, ReceiptStatus::pending},
    {"delivered", final_rank, ReceiptStatus::delivered},
    {"undelivered", final_rank, ReceiptStatus::failed},
    {"failed", final_rank, ReceiptStatus::failed},
    {"canceled", final_rank, ReceiptStatus::failed},
    {"read", final_rank + 1, ReceiptStatus::delivered},
}};

}  // namespace

const Status* find_status(std::string_view name) {
  const auto* status = std::ranges::find(statuses, name, &Status::name);
  return status == statuses.end() ? nullptr : status;
}

bool is_news(std::string_view heard, std::string_view known) {
  const Status* now = find_status(heard);
  const Status* before = find_status(known);
  if (now == nullptr) return false;
  if (before == nullptr) return true;
  if (before->rank == final_rank) return before->receipt == ReceiptStatus::delivered && now->rank > final_rank;
  return now->rank > before->rank;
}

}  // namespace relay::providers::twilio
