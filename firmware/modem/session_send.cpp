// The sending half of Session: jobs from the line in front of the modem to their results.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/send_outcome.hpp"
#include "firmware/modem/session.hpp"
#include "relay/base/planted_fault.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Outcome;
using relay::Task;
using relay::providers::SendResult;

constexpr Millis longest_prompt_wait{10'000};  // facts/modem.md 2.2

std::string joined(const std::vector<std::string>& refs) {
  std::string text;
  for (const auto& ref : refs) text += (text.empty() ? "" : ",") + ref;
  return text;
}

std::string part_of(std::size_t part, std::size_t total) {
  return "part " + std::to_string(part + 1) + " of " + std::to_string(total);
}

}  // namespace

bool Session::enqueue(const SendJobPtr& job) {
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
  const bool left_unknown = job->abandoned && job->stage == SendJob::Stage::submitted;
  if (left_unknown && result.outcome != Outcome::unknown && ports_.on_late_answer) {
    ports_.on_late_answer({job->message, job->attempt, settings_.name, result.outcome == Outcome::accepted,
                           result.provider_ref, result.receipt_refs, result.code});
  }
  job->stage = SendJob::Stage::done;
  job->result = std::move(result);
  job->ended.notify();
}

Task<> Session::transmit(SendJobPtr job) {
  // Whatever ends this (the daemon's stop included), the reports for this recipient are let go.
  struct Ended {
    Session& session;
    const SendJob& job;
    ~Ended() {
      session.reports_.send_ended(job.recipient, job.refs, session.runtime_.clock.steady());
      session.reports_changed_.notify();
    }
  };
  reports_.send_started(job->recipient);
  const Ended ended{*this, *job};
  SendResult result = co_await transmit_parts(job);
  switch (result.outcome) {
    case Outcome::accepted:
      ladder_.recovered();  // The proof that all is well is a message that went out, not an OK to AT.
      ++status_.messages_sent;
      status_.last_sent_at = runtime_.clock.wall();
      break;
    case Outcome::unknown:
      ++status_.messages_unknown;
      break;
    default:
      ++status_.messages_refused;
      break;
  }
  finish(job, std::move(result));
}

/// All parts without gaps: an operator may drop the rest when one comes late (user-complaints.md 3). The message is
/// accepted when all parts are. From the second part on nothing is certain but that something is out: any other end is
/// `unknown`.
Task<SendResult> Session::transmit_parts(SendJobPtr job) {
  if ((job->parts.size() > 1 || queue_.size() > 0) && !keeps_link_refused_) {
    const auto kept = co_await link_->command("AT+CMMS=1");
    keeps_link_refused_ = kept.heard() && !kept.ok();
  }
  const std::size_t total = job->parts.size();
  SendResult result;
  if (job->abandoned)
    co_return SendResult{.outcome = Outcome::unavailable, .code = "deadline", .detail = "too late to begin"};
  for (std::size_t part = 0; part < total; ++part) {
    result = co_await transmit_part(job, part);
    if (result.outcome == Outcome::accepted) continue;
    if (total == 1) co_return result;
    result.detail = part_of(part, total) + ": " + result.detail;
    if (part == 0) co_return result;
    result.outcome = Outcome::unknown;
    result.retry_after.reset();
    result.provider_ref = joined(job->refs);
    result.receipt_refs = {};
    co_return result;
  }
  result.provider_ref = joined(job->refs);
  // A report per part is awaited; with one reference missing "delivered" could never be told, so none is promised.
  const bool reports = settings_.delivery_reports && job->refs.size() == total;
  if (reports) result.receipt_refs = job->refs;
  co_return result;
}

Task<SendResult> Session::transmit_part(SendJobPtr job, std::size_t part) {
  const relay::SteadyTime now = runtime_.clock.steady();
  const Millis left = std::max(Millis{1}, job->deadline - now);
  at::SendExchange exchange({.pdu = job->parts[part].pdu,
                             .length = job->parts[part].length,
                             .prompt_limit = part == 0 ? std::min(longest_prompt_wait, left) : longest_prompt_wait,
                             .answer_limit = settings_.send_timeout});
  struct Attached {
    SendJob& job;
    ~Attached() { job.exchange = nullptr; }
  } const attached{*job};
  job->exchange = &exchange;
  if (part == 0) job->stage = SendJob::Stage::at_prompt;
  std::optional<relay::SteadyTime> submitted_at;
  co_await link_->converse(exchange, [&] {
    if (!exchange.submitted() || submitted_at) return;
    submitted_at = runtime_.clock.steady();
    job->stage = SendJob::Stage::submitted;  // Before its bytes go out.
  });
  if (exchange.out_of_sync()) link_->mark_out_of_sync();
  const Millis waited = runtime_.clock.steady() - submitted_at.value_or(runtime_.clock.steady());
  const at::SendOutcome outcome = at::outcome_of(exchange.final(), exchange.submitted(), waited);
  if (outcome.restart_session) must_start_ = true;
  if (outcome.outcome == Outcome::accepted && exchange.reference())
    job->refs.push_back(std::to_string(*exchange.reference()));
  SendResult result;
  result.outcome = outcome.outcome;
  result.code = name_of(exchange.final());
  result.detail = outcome.meaning;
  result.retry_after = outcome.retry_after;
  co_return result;
}

}  // namespace modem
