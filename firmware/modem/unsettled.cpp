#include "firmware/modem/unsettled.hpp"

#include <algorithm>
#include <iterator>

namespace modem {
namespace {

template <class Iterator>
UnsettledPart taken(std::deque<UnsettledPart>& parts, Iterator found) {
  UnsettledPart part = std::move(*found);
  parts.erase(found);
  return part;
}

}  // namespace

void UnsettledParts::note_end(std::string_view recipient_digits, std::optional<int> ref) {
  under_way_.clear();
  ref_before_ = std::exchange(last_ref_, ref);
  if (ref) accepted_[static_cast<std::size_t>(*ref & 255)] = recipient_digits;
}

/// The modem counts up by one a send (23.040 clause 9.2.3.6); after a send that failed nobody knows whether it has.
void UnsettledParts::add(UnsettledPart part) {
  if (ref_before_) part.expected_ref = (*ref_before_ + 1) & 255;
  parts_.push_back(std::move(part));
  if (parts_.size() > max_parts) parts_.pop_front();
}

std::optional<UnsettledPart> UnsettledParts::take_last(relay::SteadyTime now) {
  // An answer this late belongs to nothing any more (27.005 has no limit; the longest that a vendor names is 3 min).
  constexpr relay::Millis longest_wait{10 * 60'000};
  if (parts_.empty() || now - parts_.back().since > longest_wait) return std::nullopt;
  return taken(parts_, std::prev(parts_.end()));
}

std::optional<UnsettledPart> UnsettledParts::take_reported(std::string_view recipient_digits, int ref,
                                                           relay::SteadyTime now) {
  std::erase_if(parts_, [now](const UnsettledPart& part) { return now - part.since > longest; });
  if (accepted_[static_cast<std::size_t>(ref & 255)] == recipient_digits) return std::nullopt;  // It is about that one.
  if (under_way_ == recipient_digits) return std::nullopt;  // It may be about the one whose answer is still to come.
  const auto is_candidate = [&](const UnsettledPart& part) { return part.recipient_digits == recipient_digits; };
  const auto found = std::ranges::find_if(parts_, is_candidate);
  if (found == parts_.end() || found->expected_ref != ref) return std::nullopt;
  if (std::ranges::count_if(parts_, is_candidate) > 1) return std::nullopt;
  return taken(parts_, found);
}

std::optional<UnsettledPart> UnsettledParts::take_stored() {
  const auto found = std::ranges::find_if(parts_, [](const UnsettledPart& part) { return part.stored_at.has_value(); });
  if (found == parts_.end()) return std::nullopt;
  return taken(parts_, found);
}

bool UnsettledParts::any_stored() const {
  return std::ranges::any_of(parts_, [](const UnsettledPart& part) { return part.stored_at.has_value(); });
}

PartsSent::Refs PartsSent::of(relay::MessageId message, bool marked, std::size_t total) const {
  const auto found = std::ranges::find(messages_, Key{message, marked}, &std::pair<Key, Refs>::first);
  if (found == messages_.end() || found->second.size() != total) return Refs(total);
  return found->second;
}

void PartsSent::note(relay::MessageId message, bool marked, std::size_t total, std::size_t part, std::string ref) {
  const Key key{message, marked};
  auto found = std::ranges::find(messages_, key, &std::pair<Key, Refs>::first);
  if (found == messages_.end()) {
    if (messages_.size() >= max_messages) messages_.pop_front();
    messages_.emplace_back(key, Refs(total));
    found = std::prev(messages_.end());
  }
  found->second.resize(total);
  if (part < total) found->second[part] = ref.empty() ? "?" : std::move(ref);
}

bool PartsSent::knows(relay::MessageId message) const {
  return std::ranges::any_of(messages_, [message](const auto& entry) { return entry.first.first == message; });
}

void PartsSent::forget(relay::MessageId message) {
  std::erase_if(messages_, [message](const auto& entry) { return entry.first.first == message; });
}

}  // namespace modem
