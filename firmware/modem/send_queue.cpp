#include "firmware/modem/send_queue.hpp"

#include <algorithm>

namespace modem {

bool SendQueue::push(const SendJobPtr& job) {
  if (jobs_.size() >= max_waiting) return false;
  auto place = jobs_.end();
  if (job->urgent) place = std::ranges::find_if(jobs_, [](const SendJobPtr& other) { return !other->urgent; });
  jobs_.insert(place, job);
  return true;
}

SendJobPtr SendQueue::pop() {
  if (jobs_.empty()) return nullptr;
  auto job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

}  // namespace modem
