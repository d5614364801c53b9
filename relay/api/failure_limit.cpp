#include "relay/api/failure_limit.hpp"

namespace relay::api {
namespace {

constexpr int max_failures = 10;
constexpr Millis failure_window{60'000};
constexpr std::size_t max_failing_peers = 1024;

}  // namespace

bool FailureLimit::is_over(const std::string& peer, SteadyTime now) {
  const auto failing = failures_.find(peer);
  if (failing == failures_.end()) return false;
  if (now - failing->second.since < failure_window) return failing->second.count >= max_failures;
  failures_.erase(failing);
  return false;
}

void FailureLimit::note(const std::string& peer, SteadyTime now) {
  if (failures_.size() >= max_failing_peers && !failures_.contains(peer)) {
    std::erase_if(failures_, [now](const auto& entry) { return now - entry.second.since >= failure_window; });
    if (failures_.size() >= max_failing_peers) return;
  }
  ++failures_.try_emplace(peer, Failures{now, 0}).first->second.count;
}

}  // namespace relay::api
