// The sending half of Session: jobs from the line in front of the modem to their results.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/at/send_outcome.hpp"
#include "firmware/modem/session.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Outcome;
using relay::Task;
using relay::providers::SendResult;

/// Proofs that may be on their way into the store at a time: many more than attempts at a modem.
constexpr std::size_t max_proven = 64;

SendResult proven_meanwhile() {
  SendResult result;
  result.outcome = Outcome::unavailable;
  result.code = "settled";
  result.detail = "not made: an earlier attempt turned out to be accepted";
  return result;
}

std::string part_of(std::size_t part, std::size_t total) {
  return "part " + std::to_string(part + 1) + " of " + std::to_string(total);
}

/// The exchange that a job is in, for abandon().
class Attached {
 public:
  Attached(SendJob& job, at::SendExchange& exchange) : job_(job) { job_.exchange = &exchange; }
  ~Attached() { job_.exchange = nullptr; }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  SendJob& job_;
};

}  // namespace

bool Session::enqueue(const SendJobPtr& job) {
  // Its proof is on the way into the store: the attempt was journalled before it got there.
  if (std::ranges::find(proven_, job->message) != proven_.end()) {
    finish(job, proven_meanwhile());
    return true;
  }
  if (!queue_.push(job)) return false;
  wake_.notify();
  return true;
}

void Session::abandon(const SendJobPtr& job) {
  if (relay::planted(relay::PlantedFault::abandoned_job_still_sent)) return;
  job->abandoned = true;
  queue_.remove(job);
  if (job->stage == SendJob::Stage::at_prompt && job->exchange != nullptr) job->exchange->abandon();
}

void Session::fail_waiting() {
  const std::string why = not_ready().value_or("the line to the modem was lost");
  while (SendJobPtr job = queue_.pop())
    finish(job, {.outcome = Outcome::unavailable, .code = "not_ready", .detail = why});
}

void Session::finish(const SendJobPtr& job, SendResult result) {
  const bool left_unknown = job->abandoned && job->submitted && !job->canary;
  if (left_unknown && result.outcome != Outcome::unknown) {
    tell_late({job->message, job->attempt, settings_.name, result.outcome == Outcome::accepted, result.provider_ref,
               result.receipt_refs, result.code});
  }
  job->stage = SendJob::Stage::done;
  job->result = std::move(result);
  job->ended.notify();
}

/// The outcome of an attempt that had ended as unknown. What has been sent need not be sent again.
void Session::tell_late(LateAnswer answer) {
  const relay::MessageId message = answer.message;
  const bool was_sent = answer.was_sent;
  if (ports_.on_late_answer) ports_.on_late_answer(std::move(answer));
  if (was_sent) drop_waiting(message);
}

void Session::drop_waiting(relay::MessageId message) {
  proven_.push_back(message);
  if (proven_.size() > max_proven) proven_.pop_front();
  for (const auto& job : queue_.take(message)) finish(job, proven_meanwhile());
}

Task<> Session::transmit(SendJobPtr job) {
  // Whatever ends this (the daemon's stop included), the reports for this recipient are let go.
  struct Ended {
    Session& session;
    const SendJob& job;
    ~Ended() {
      session.sending_ = false;
      session.busy_.end(session.runtime_.clock.steady());
      session.reports_.send_ended(job.recipient, job.refs, session.runtime_.clock.steady());
      session.reports_changed_.notify();
    }
  };
  sending_ = true;
  const relay::SteadyTime began = runtime_.clock.steady();
  busy_.begin(began);
  reports_.send_started(job->recipient);
  const Ended ended{*this, *job};
  SendResult result = co_await transmit_parts(job);
  if (result.outcome == Outcome::accepted) {
    ++status_.messages_sent;
    pace_.note(runtime_.clock.steady() - began);
  } else if (result.outcome == Outcome::unknown) {
    ++status_.messages_unknown;
  } else {
    ++status_.messages_refused;
  }
  finish(job, std::move(result));
}

/// All parts without gaps: an operator may drop the rest when one comes late (user-complaints.md 3). Parts that an
/// earlier attempt has brought out are left out. The message is accepted when all parts are. Once a part of this
/// attempt is out nothing is certain but that: any other end is `unknown`.
Task<SendResult> Session::transmit_parts(SendJobPtr job) {
  if ((job->parts.size() > 1 || queue_.size() > 0) && !keeps_link_refused_) {
    const auto kept = co_await link_->command("AT+CMMS=1");
    keeps_link_refused_ = kept.heard() && !kept.ok();
  }
  const std::size_t total = job->parts.size();
  if (job->abandoned)
    co_return SendResult{.outcome = Outcome::unavailable, .code = "deadline", .detail = "too late to begin"};
  const auto before = job->canary ? PartsSent::Refs(total) : parts_sent_.of(job->message, job->marked, total);
  SendResult result;
  bool reported = settings_.delivery_reports && !job->canary;
  bool some_are_out = false;  // In this attempt.
  for (std::size_t part = 0; part < total; ++part) {
    if (!before[part].empty()) {
      if (before[part] != "?") job->refs.push_back(before[part]);
      continue;
    }
    unsettled_.note_begin(comparable_digits(job->recipient));
    result = co_await transmit_part(job, part);
    if (result.outcome == Outcome::accepted) {
      some_are_out = true;
      continue;
    }
    if (total == 1) co_return result;
    result.detail = part_of(part, total) + ": " + result.detail;
    if (!some_are_out) co_return result;
    result.outcome = Outcome::unknown;
    result.retry_after.reset();
    result.provider_ref = relay::joined(job->refs, ",");
    result.receipt_refs = {};
    co_return result;
  }
  if (!job->canary) parts_sent_.forget(job->message);
  result.outcome = Outcome::accepted;
  result.provider_ref = relay::joined(job->refs, ",");
  // A report per part is awaited; with one reference missing "delivered" could never be told, so none is promised.
  reported = reported && job->refs.size() == total;
  if (reported) result.receipt_refs = job->refs;
  co_return result;
}

at::SendExchange::Request Session::send_request(const SendJob& job, std::size_t part) const {
  const Millis left = std::max(Millis{1}, job.deadline - runtime_.clock.steady());
  return {.pdu = job.parts[part].pdu,
          .length = job.parts[part].length,
          .prompt_limit = job.submitted ? profile_->prompt_limit : std::min(profile_->prompt_limit, left),
          .answer_limit = settings_.send_timeout.value_or(profile_->answer_limit)};
}

/// One part by +CMGS. Ends with the modem's last word; `job` tells whether the part is out.
Task<at::Final> Session::submit(SendJobPtr job, std::size_t part) {
  at::SendExchange exchange(send_request(*job, part));
  const Attached attached(*job, exchange);
  if (!job->submitted) job->stage = SendJob::Stage::at_prompt;
  co_await link_->converse(exchange, [&] {
    if (!exchange.submitted() || job->part_submitted_at) return;
    job->part_submitted_at = runtime_.clock.steady();
    job->stage = SendJob::Stage::submitted;  // Before its bytes go out.
    job->submitted = true;
  });
  if (exchange.out_of_sync()) link_->mark_out_of_sync();
  job->reference = exchange.reference();
  co_return exchange.final();
}

/// One part by +CMGW and +CMSS: what became of it can be read from the store afterwards (facts/modem.md 2.5.4).
Task<at::Final> Session::submit_from_store(SendJobPtr job, std::size_t part) {
  {
    auto request = send_request(*job, part);
    request.only_store = true;
    request.answer_limit = at::command("AT+CMGR=").limit;
    at::SendExchange exchange(std::move(request));
    const Attached attached(*job, exchange);
    if (!job->submitted) job->stage = SendJob::Stage::at_prompt;
    co_await link_->converse(exchange);
    if (exchange.out_of_sync()) link_->mark_out_of_sync();
    job->stored_at = exchange.reference();
    if (!exchange.final().ok() || !job->stored_at) {
      co_return exchange.final().ok() ? at::Final{at::Final::Kind::error, -1, "no place told"} : exchange.final();
    }
  }
  if (job->abandoned && !job->submitted) co_return at::Final{at::Final::Kind::silence, -1, "abandoned"};
  job->part_submitted_at = runtime_.clock.steady();
  job->stage = SendJob::Stage::submitted;
  job->submitted = true;
  at::Command command = at::command("AT+CMSS=" + std::to_string(*job->stored_at));
  command.limit = settings_.send_timeout.value_or(profile_->answer_limit);
  const auto answer = co_await link_->command(std::move(command));
  if (const auto reference = at::number_of(at::fields_of(answer.first())[0]); answer.ok() && reference)
    job->reference = *reference <= 255 ? reference : std::nullopt;
  co_return answer.final;
}

Task<SendResult> Session::transmit_part(SendJobPtr job, std::size_t part) {
  job->part_submitted_at.reset();
  job->reference.reset();
  job->stored_at.reset();
  if (profile_->store_then_send) {
    job->final = co_await submit_from_store(job, part);
  } else {
    job->final = co_await submit(job, part);
  }
  const Millis waited = runtime_.clock.steady() - job->part_submitted_at.value_or(runtime_.clock.steady());
  const at::SendOutcome outcome = at::outcome_of(job->final, job->part_submitted_at.has_value(), waited);
  if (outcome.restart_session) must_start_ = true;
  job->meaning = outcome.meaning;
  part_ended(*job, part, outcome.outcome);
  if (!job->abandoned || job->part_submitted_at) judge_send(*job, outcome.outcome);
  SendResult result;
  result.outcome = outcome.outcome;
  result.code = name_of(job->final);
  result.detail = outcome.meaning;
  result.retry_after = outcome.retry_after;
  co_return result;
}

/// Keeps what a later attempt, or a later answer, must know of this part.
void Session::part_ended(SendJob& job, std::size_t part, Outcome outcome) {
  const std::size_t total = job.parts.size();
  if (job.part_submitted_at && (outcome == Outcome::accepted || outcome == Outcome::unknown)) {
    budget_.charge(timeline_now());
    budget_changed_.notify();
    note_limit();
  }
  if (outcome != Outcome::unknown && job.stored_at) mailbox_->discard(*job.stored_at);
  if (outcome == Outcome::accepted) {
    const std::string ref = job.reference ? std::to_string(*job.reference) : "";
    if (!ref.empty()) job.refs.push_back(ref);
    if (!job.canary && total > 1) parts_sent_.note(job.message, job.marked, total, part, ref);
  }
  unsettled_.note_end(comparable_digits(job.recipient), outcome == Outcome::accepted ? job.reference : std::nullopt);
  if (outcome != Outcome::unknown || job.canary) return;
  unsettled_.add({.message = job.message,
                  .attempt = job.attempt,
                  .marked = job.marked,
                  .recipient_digits = comparable_digits(job.recipient),
                  .part = part,
                  .total = total,
                  .refs = job.refs,
                  .expected_ref = std::nullopt,
                  .stored_at = job.stored_at,
                  .since = runtime_.clock.steady()});
}

}  // namespace modem
