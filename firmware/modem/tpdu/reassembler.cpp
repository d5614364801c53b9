#include "firmware/modem/tpdu/reassembler.hpp"

#include <algorithm>
#include <functional>

#include "relay/base/planted_fault.hpp"
#include "relay/message/sms_text.hpp"

namespace tpdu {
namespace {

constexpr std::u32string_view gap_mark = U"[…]";

bool is_high_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
bool is_low_surrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

std::size_t hash_of(const std::u32string& text) { return std::hash<std::u32string>{}(text); }

std::string octets_of(const std::u32string& units) {
  std::string octets;
  octets.reserve(units.size());
  for (const char32_t unit : units) octets.push_back(static_cast<char>(unit & 0xFFU));
  return octets;
}

void append_joined(std::u32string& whole, std::u32string_view part) {
  if (!whole.empty() && !part.empty() && is_high_surrogate(whole.back()) && is_low_surrogate(part.front())) {
    whole.back() = 0x10000 + ((whole.back() - 0xD800) << 10U) + (part.front() - 0xDC00);
    part.remove_prefix(1);
  }
  whole += part;
}

}  // namespace

std::u32string join_parts(std::span<const std::u32string> parts) {
  std::u32string whole;
  for (const auto& part : parts) append_joined(whole, part);
  return whole;
}

InboundMessage Reassembler::message_of(const Key& key, const std::map<int, Part>& parts) {
  InboundMessage message;
  message.sender = key.sender;
  std::u32string text;
  for (int seq = 1; seq <= key.total; ++seq) {
    const auto part = parts.find(seq);
    if (part != parts.end()) {
      append_joined(text, part->second.text);
      message.tags.push_back(part->second.tag);
    } else {
      const bool new_gap = message.missing.empty() || message.missing.back() != seq - 1;
      if (new_gap && !key.is_data) text += gap_mark;
      message.missing.push_back(seq);
    }
  }
  message.complete = message.missing.empty();
  message.is_data = key.is_data;
  (key.is_data ? message.data : message.text) = key.is_data ? octets_of(text) : relay::encode_utf8(text);
  return message;
}

InboundMessage Reassembler::single(InboundPart part) {
  InboundMessage message;
  message.sender = std::move(part.sender);
  message.is_data = part.is_data;
  (part.is_data ? message.data : message.text) = part.is_data ? octets_of(part.text) : relay::encode_utf8(part.text);
  message.tags = {part.tag};
  return message;
}

Reassembler::Added Reassembler::add(InboundPart part, relay::TimelineTime now) {
  if (!part.concatenation) {
    Added added;
    added.messages.push_back(single(std::move(part)));
    return added;
  }
  const Concatenation& concat = *part.concatenation;
  const bool by_reference = relay::planted(relay::PlantedFault::parts_joined_by_reference_alone);
  const Key key{.sender = by_reference ? std::string{} : part.sender,
                .ref = concat.ref,
                .ref_bits = concat.ref_bits,
                .total = concat.total,
                .is_data = part.is_data};
  Part own{.text = std::move(part.text), .tag = part.tag};
  if (const auto closed = closed_.find(key); closed != closed_.end()) {
    if (auto added = add_to_closed(closed, concat.seq, own, now)) return std::move(*added);
  }
  return add_to_open(key, concat.seq, std::move(own), now);
}

// Empty: the part belongs to a new message, and the closed one is forgotten.
std::optional<Reassembler::Added> Reassembler::add_to_closed(std::map<Key, ClosedSet>::iterator closed, int seq,
                                                             const Part& part, relay::TimelineTime now) {
  auto& [key, set] = *closed;
  const relay::Millis age = now - set.closed_at;
  const bool complete = set.text_hashes.size() == static_cast<std::size_t>(key.total);
  const auto known = set.text_hashes.find(seq);
  const bool same = known != set.text_hashes.end() && known->second == hash_of(part.text);
  if (same && age <= (complete ? limits_.repeat_window : limits_.late_part_window))
    return Added{.repeated = true, .messages = {}};
  if (known == set.text_hashes.end() && age <= limits_.late_part_window) {
    set.text_hashes.emplace(seq, hash_of(part.text));
    return Added{.repeated = false, .messages = {message_of(key, {{seq, part}})}};
  }
  closed_.erase(closed);
  return std::nullopt;
}

Reassembler::Added Reassembler::add_to_open(const Key& key, int seq, Part part, relay::TimelineTime now) {
  Added added;
  if (const auto open = open_.find(key); open != open_.end()) {
    const auto known = open->second.parts.find(seq);
    if (known != open->second.parts.end()) {
      if (known->second.text == part.text) return {.repeated = true, .messages = {}};
      // The sender's reference has come round, or it has only one: what is here will not be completed.
      added.messages.push_back(close(open, now));
      closed_.erase(key);
    }
  } else if (open_.size() >= limits_.open_sets) {
    added.messages.push_back(close(oldest_open(), now));
  }
  OpenSet& set = open_.try_emplace(key, OpenSet{.first_at = now, .last_at = now, .parts = {}}).first->second;
  set.last_at = now;
  set.parts.emplace(seq, std::move(part));
  if (set.parts.size() == static_cast<std::size_t>(key.total)) added.messages.push_back(close(open_.find(key), now));
  return added;
}

InboundMessage Reassembler::close(std::map<Key, OpenSet>::iterator open, relay::TimelineTime now) {
  auto [key, set] = std::move(*open);
  open_.erase(open);
  ClosedSet closed{.closed_at = now, .text_hashes = {}};
  for (const auto& [seq, part] : set.parts) closed.text_hashes.emplace(seq, hash_of(part.text));
  closed_.insert_or_assign(key, std::move(closed));
  if (closed_.size() > limits_.closed_sets) {
    closed_.erase(std::ranges::min_element(closed_, {}, [](const auto& entry) { return entry.second.closed_at; }));
  }
  return message_of(key, set.parts);
}

std::map<Reassembler::Key, Reassembler::OpenSet>::iterator Reassembler::oldest_open() {
  return std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.first_at; });
}

std::vector<InboundMessage> Reassembler::expire(relay::TimelineTime now) {
  std::vector<InboundMessage> expired;
  for (auto next = next_expiry(); next && *next <= now; next = next_expiry()) {
    expired.push_back(close(oldest_open(), now));
  }
  std::erase_if(closed_, [&](const auto& entry) { return now - entry.second.closed_at > limits_.late_part_window; });
  return expired;
}

std::optional<relay::TimelineTime> Reassembler::next_expiry() const {
  if (open_.empty()) return std::nullopt;
  const auto oldest = std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.first_at; });
  return oldest->second.first_at + limits_.set_timeout;
}

}  // namespace tpdu
