#include "relay/providers/twilio/search.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace relay::providers::twilio {

Search::Search(std::vector<std::string> texts, WallTime started_at, Millis duration)
    : texts_(std::move(texts)), started_at_(started_at), duration_(duration) {}

void Search::look_at(const Page& page, Millis server_ahead) {
  const WallTime start = started_at_ + server_ahead;
  for (const auto& entry : page.entries) {
    if (!is_our_text(entry.body)) continue;
    saw_text_ = true;
    if (!entry.created_at) continue;
    const Millis after_start = *entry.created_at - start;
    if (after_start < -creation_slack || after_start > duration_ + creation_slack) continue;
    const Millis distance = std::chrono::abs(after_start);
    if (match_ && distance_ <= distance) continue;
    match_ = entry;
    distance_ = distance;
  }
}

bool Search::is_our_text(std::string_view body) const {
  if (body.starts_with(trial_prefix)) body.remove_prefix(trial_prefix.size());
  return includes(texts_, body);
}

}  // namespace relay::providers::twilio
