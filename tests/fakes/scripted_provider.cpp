#include "tests/fakes/scripted_provider.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fakes {

using namespace relay;
using providers::Finding;
using providers::SendRequest;
using providers::SendResult;

namespace {

struct Counted {
  explicit Counted(int& c) : count(c) { ++count; }
  ~Counted() { --count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  int& count;
};

}  // namespace

ScriptedProvider::ScriptedProvider(Runtime runtime, providers::Traits traits)
    : runtime_(runtime), traits_(std::move(traits)) {}

providers::Traits ScriptedProvider::traits_of(std::string name) {
  return {.name = std::move(name),
          .kind = "scripted",
          .max_in_flight = 8,
          .receipt_window = std::chrono::hours{48},
          .can_look_up = false};
}

Task<SendResult> ScriptedProvider::send(SendRequest request) {
  const Counted counted(under_way);
  most_under_way = std::max(most_under_way, under_way);
  Step step;
  if (!steps.empty()) {
    step = steps.front();
    steps.pop_front();
  } else if (otherwise) {
    step = otherwise();
  }
  const Message& message = *request.message;
  const auto* text = std::get_if<SmsContent>(&message.content);
  sent.push_back({message.id, message.to, message.message_class, request.attempt, request.mark_as_repeat,
                  runtime_.clock.steady(), request.deadline, request.life_left, step.outcome, message.channel,
                  text != nullptr ? text->text : std::string{}});
  const std::size_t number = sent.size();
  if (on_send) co_await on_send(message.id, request.attempt);
  const SteadyTime until = std::min(request.deadline, runtime_.clock.steady() + step.after);
  const bool slept = co_await sleep_until(runtime_, until);
  if (!slept) co_await yield_now(runtime_);  // cancelled: throws, as any further wait does
  SendResult result;
  result.outcome = step.outcome;
  result.code = std::string{name_of(step.outcome)};
  result.retry_after = step.retry_after;
  result.opted_out = step.opted_out;
  result.channel_refused = step.channel_refused;
  if (step.outcome == Outcome::accepted) {
    result.provider_ref = traits_.name + "-" + std::to_string(number);
    if (step.receipts) result.receipt_refs = {result.provider_ref};
  }
  co_return result;
}

Task<Finding> ScriptedProvider::look_up(const Message&, const Attempt&) {
  looked_up.push_back(runtime_.clock.steady());
  Finding finding;
  if (!findings.empty()) {
    finding = findings.front();
    findings.pop_front();
  }
  co_return finding;
}

}  // namespace fakes
