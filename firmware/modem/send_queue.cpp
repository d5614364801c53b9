#include "firmware/modem/send_queue.hpp"

#include <algorithm>
#include <iterator>

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

std::vector<SendJobPtr> SendQueue::take(relay::MessageId message) {
  std::vector<SendJobPtr> taken;
  std::ranges::copy_if(jobs_, std::back_inserter(taken),
                       [message](const SendJobPtr& job) { return !job->canary && job->message == message; });
  std::erase_if(jobs_, [message](const SendJobPtr& job) { return !job->canary && job->message == message; });
  return taken;
}

}  // namespace modem
