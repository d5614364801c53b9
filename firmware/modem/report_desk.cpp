#include "firmware/modem/report_desk.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace modem {

std::string comparable_digits(std::string_view number) {
  constexpr std::size_t count = 7;
  std::string digits;
  for (const char c : number) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
  }
  return digits.size() <= count ? digits : digits.substr(digits.size() - count);
}

void ReportDesk::send_started(std::string_view recipient) {
  sends_.push_back({comparable_digits(recipient), std::nullopt, {}});
}

void ReportDesk::send_ended(std::string_view recipient, std::vector<std::string> refs, relay::SteadyTime now) {
  forget_old_sends(now);
  const std::string digits = comparable_digits(recipient);
  const auto found =
      std::ranges::find_if(sends_, [&](const Send& send) { return !send.ended && send.recipient == digits; });
  if (found == sends_.end()) return;
  found->ended = now;
  found->refs = std::move(refs);
}

void ReportDesk::forget_old_sends(relay::SteadyTime now) {
  std::erase_if(sends_, [&](const Send& send) { return send.ended && now - *send.ended >= longest_hold; });
}

void ReportDesk::add(relay::outbox::Receipt receipt, relay::SteadyTime now) {
  held_.push_back({std::move(receipt), now});
  if (held_.size() > max_held) held_.front().since = now - longest_hold;
}

relay::SteadyTime ReportDesk::free_at(const Held& held) const {
  const std::string& digits = held.receipt.recipient_digits;
  relay::SteadyTime when = held.since;
  for (const Send& send : sends_) {
    if (!digits.empty() && digits != send.recipient) continue;
    if (!send.ended) {
      when = relay::SteadyTime::max();
    } else if (std::ranges::find(send.refs, held.receipt.ref) != send.refs.end()) {
      return std::max(held.since, *send.ended + settle);  // It is about this one, whatever else is under way.
    }
  }
  return std::min(when, held.since + longest_hold);
}

std::vector<relay::outbox::Receipt> ReportDesk::due(relay::SteadyTime now) {
  std::vector<relay::outbox::Receipt> out;
  for (auto held = held_.begin(); held != held_.end();) {
    if (free_at(*held) <= now) {
      out.push_back(std::move(held->receipt));
      held = held_.erase(held);
    } else {
      ++held;
    }
  }
  forget_old_sends(now);
  return out;
}

std::optional<relay::SteadyTime> ReportDesk::next_due() const {
  std::optional<relay::SteadyTime> earliest;
  for (const Held& held : held_) {
    const relay::SteadyTime when = free_at(held);
    if (!earliest || when < *earliest) earliest = when;
  }
  return earliest;
}

}  // namespace modem
