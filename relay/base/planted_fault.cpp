#include "relay/base/planted_fault.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace relay {
namespace {

using enum PlantedFault;

// clang-format off
constexpr std::array entries{
    PlantedFaultEntry{acknowledged_before_commit, "acknowledged_before_commit", "I1",
     "a submission is answered when it was handed to the store, not when it was committed"},
    PlantedFaultEntry{commit_failure_ignored, "commit_failure_ignored", "I1",
     "when the disk fails a COMMIT, its operations are told that it worked"},
    PlantedFaultEntry{commit_not_synced, "commit_not_synced", "I1",
     "PRAGMA synchronous = NORMAL: a commit in the WAL returns before it is on the disk"},
    PlantedFaultEntry{interrupted_forgotten, "interrupted_forgotten", "I1",
     "the start does not look for attempts that a crash cut off: their messages stay `sending`"},
    PlantedFaultEntry{receipt_window_in_memory, "receipt_window_in_memory", "I1",
     "the receipt window ends only for messages of this run: older ones stay `sent`"},
    PlantedFaultEntry{late_receipt_overwrites_final, "late_receipt_overwrites_final", "I2",
     "a delivery report that comes after the receipt window turns `unconfirmed` into `delivered`"},
    PlantedFaultEntry{proof_overwrites_final, "proof_overwrites_final", "I2",
     "proof of an unknown attempt turns a message that is final already into `sent`"},
    PlantedFaultEntry{final_message_cancelled, "final_message_cancelled", "I2",
     "DELETE cancels a message whatever its state is"},
    PlantedFaultEntry{expiry_by_wall_clock, "expiry_by_wall_clock", "I3",
     "admission takes the wall clock's reading for the timeline's"},
    PlantedFaultEntry{timeline_by_wall_after_restart, "timeline_by_wall_after_restart", "I3",
     "after a restart the timeline goes on by what the wall clock says, backwards too"},
    PlantedFaultEntry{expiry_only_swept, "expiry_only_swept", "I3",
     "nothing but the sweep every 15 s looks at the expiry: an attempt may begin between"},
    PlantedFaultEntry{predecessors_ignored, "predecessors_ignored", "I4",
     "the store hands out and journals a message whose predecessor waits for its retry"},
    PlantedFaultEntry{retry_lets_successors_pass, "retry_lets_successors_pass", "I4",
     "a message that goes back for its retry leaves its successors in memory, and the journal does not ask"},
    PlantedFaultEntry{attempt_journalled_after_send, "attempt_journalled_after_send", "I5",
     "the provider is called first, the attempt is journalled when it has answered"},
    PlantedFaultEntry{provider_resends_in_one_attempt, "provider_resends_in_one_attempt", "I5",
     "the Twilio client repeats a request that brought no whole answer, within the same attempt"},
    PlantedFaultEntry{timeout_taken_as_failure, "timeout_taken_as_failure", "I6",
     "a request that went out and got no answer counts as not sent"},
    PlantedFaultEntry{server_error_taken_as_failure, "server_error_taken_as_failure", "I6",
     "any 5xx counts as not sent"},
    PlantedFaultEntry{lost_ok_taken_as_failure, "lost_ok_taken_as_failure", "I6",
     "the modem's silence after Ctrl-Z counts as not sent"},
    PlantedFaultEntry{abandoned_job_still_sent, "abandoned_job_still_sent", "I6",
     "a message that was given up in line before the modem is sent all the same"},
    PlantedFaultEntry{interrupted_taken_as_failure, "interrupted_taken_as_failure", "I6",
     "an attempt that a crash cut off counts as not sent: class once is sent again"},
    PlantedFaultEntry{one_copy_too_many, "one_copy_too_many", "I6",
     "the bound of copies is compared with > in place of >="},
    PlantedFaultEntry{breaker_never_closes, "breaker_never_closes", "I7",
     "a probe that succeeds leaves the breaker open"},
    PlantedFaultEntry{breaker_opened_by_recipient, "breaker_opened_by_recipient", "I7",
     "a recipient's refusal counts as the provider's failure"},
    PlantedFaultEntry{probe_not_single, "probe_not_single", "I7",
     "once a probe is due, everything that waits goes through until one fails"},
    PlantedFaultEntry{opt_outs_checked_at_submission_only, "opt_outs_checked_at_submission_only", "I8",
     "the opt-out list is looked at when a message is submitted, not where an attempt begins"},
    PlantedFaultEntry{opt_out_answer_not_listed, "opt_out_answer_not_listed", "I8",
     "a provider's \"opted out\" blocks its message, and the number does not go on the list"},
    PlantedFaultEntry{opt_out_taken_as_refusal, "opt_out_taken_as_refusal", "I8",
     "the dialects read \"opted out\" as a refusal of this provider alone: the next one is tried"},
    PlantedFaultEntry{stop_word_ignored, "stop_word_ignored", "I8",
     "STOP by SMS is stored like any message, and the number does not go on the list"},
    PlantedFaultEntry{alarm_waits_for_proof, "alarm_waits_for_proof", "I9",
     "after an unknown outcome an alarm looks for proof for 5 min like the other classes"},
    PlantedFaultEntry{alarm_waits_for_open_breaker, "alarm_waits_for_open_breaker", "I9",
     "an open breaker is taken for a busy provider: the message waits for the probe, not for the next provider"},
    PlantedFaultEntry{attempt_budget_ignored, "attempt_budget_ignored", "I9",
     "an attempt may last as long as the message lives, not the class's 10 s"},
    PlantedFaultEntry{wakeup_lost_after_commit, "wakeup_lost_after_commit", "I9",
     "what was pushed during a commit waits until somebody pushes again"},
    PlantedFaultEntry{slot_leaked_on_conflict, "slot_leaked_on_conflict", "I9",
     "an attempt that the journal refuses keeps its place at the provider for ever"},
    PlantedFaultEntry{attempts_counted_in_memory, "attempts_counted_in_memory", "I10",
     "the limit counts the attempts since the message was last loaded, which is never enough"},
    PlantedFaultEntry{throttled_attempts_not_counted, "throttled_attempts_not_counted", "I10",
     "after `throttled` the limit of attempts is not looked at"},
    PlantedFaultEntry{database_never_synced, "database_never_synced", "I11",
     "PRAGMA synchronous = OFF: a power cut in a checkpoint tears the file"},
    PlantedFaultEntry{foreign_keys_off, "foreign_keys_off", "I11",
     "PRAGMA foreign_keys is forgotten: pruned messages leave their attempts behind"},
    PlantedFaultEntry{sent_taken_as_delivered, "sent_taken_as_delivered", "I12",
     "Twilio's status `sent` (the carrier has it) counts as delivered"},
    PlantedFaultEntry{report_matched_by_reference_alone, "report_matched_by_reference_alone", "I12",
     "a report goes to the newest attempt with its reference, whoever the recipient is and however old the attempt"},
    PlantedFaultEntry{first_part_delivers_all, "first_part_delivers_all", "I12",
     "the first part's delivery report makes the whole message delivered"},
    PlantedFaultEntry{still_trying_taken_as_delivered, "still_trying_taken_as_delivered", "I12",
     "a status report that says \"still trying\" counts as delivered"},
    PlantedFaultEntry{idempotency_payload_ignored, "idempotency_payload_ignored", "I13",
     "a key that comes again with another payload is answered with the first answer"},
    PlantedFaultEntry{idempotency_key_not_scoped, "idempotency_key_not_scoped", "I13",
     "two applications that use one key get one message"},
    PlantedFaultEntry{idempotency_forgotten_at_restart, "idempotency_forgotten_at_restart", "I13",
     "keys of an earlier run are not found: a repeat after a restart is a second message"},
    PlantedFaultEntry{full_queue_drops_silently, "full_queue_drops_silently", "I14",
     "a submission to a full queue is answered with 202 and dropped"},
    PlantedFaultEntry{alarm_reserve_ignored, "alarm_reserve_ignored", "I14",
     "ordinary messages may fill the places that are kept for alarms"},
    PlantedFaultEntry{counters_drift, "counters_drift", "I14",
     "messages that expire in the queue stay in its counters: the box thinks that it fills up"},
    PlantedFaultEntry{unknown_attempt_costs_nothing, "unknown_attempt_costs_nothing", "I15",
     "the parts of an attempt whose outcome is unknown are given back to the day's limit"},
    PlantedFaultEntry{usage_forgotten_at_restart, "usage_forgotten_at_restart", "I15",
     "a restart begins the day anew: what was spent is forgotten"},
    PlantedFaultEntry{weight_ignored, "weight_ignored", "I16",
     "each application gets the same share, whatever its weight"},
    PlantedFaultEntry{idle_feed_saves_up_turns, "idle_feed_saves_up_turns", "I16",
     "an application that was idle may catch up on all its turns at once"},
    PlantedFaultEntry{event_id_changes_at_retry, "event_id_changes_at_retry", "I17",
     "each try of an event has an id of its own"},
    PlantedFaultEntry{event_deleted_before_delivery, "event_deleted_before_delivery", "I17",
     "an event is deleted before it is posted"},
    PlantedFaultEntry{event_done_at_any_answer, "event_done_at_any_answer", "I17",
     "a receiver that answers 500 counts as having taken the event"},
    PlantedFaultEntry{event_failure_skips_on, "event_failure_skips_on", "I17",
     "after an event that failed the receiver's next ones are sent at once: the order is lost"},
    PlantedFaultEntry{dead_receiver_blocks_others, "dead_receiver_blocks_others", "I17",
     "while one receiver is held off none is served"},
    PlantedFaultEntry{history_never_pruned, "history_never_pruned", "I18",
     "no message is ever deleted: the rows grow"},
    PlantedFaultEntry{idle_connection_never_closed, "idle_connection_never_closed", "I18",
     "an idle HTTP connection stays open for ever"},
    PlantedFaultEntry{finished_message_kept_in_memory, "finished_message_kept_in_memory", "I18",
     "messages that end without an attempt keep their place in the look-ahead"},
    PlantedFaultEntry{text_in_log, "text_in_log", "I19",
     "the log line of an attempt holds the message's text"},
    PlantedFaultEntry{number_in_log, "number_in_log", "I19",
     "numbers in the log are not masked"},
    PlantedFaultEntry{secret_in_log, "secret_in_log", "I19",
     "the log line of a failed webhook holds the secret that signs it"},
    PlantedFaultEntry{retry_after_ignored, "retry_after_ignored", "throttled",
     "a provider that asks us to wait is asked again after a second"},
    PlantedFaultEntry{parts_joined_by_reference_alone, "parts_joined_by_reference_alone", "inbound",
     "parts of two senders' messages are joined when they bear the same reference"},
    PlantedFaultEntry{inbound_deleted_before_commit, "inbound_deleted_before_commit", "inbound",
     "an inbound message is deleted from the SIM before it is in the outbox"},
    PlantedFaultEntry{events_acknowledged_when_given, "events_acknowledged_when_given", "inbound", "the bridge takes what it has given to a box for committed there"},
    PlantedFaultEntry{cursor_before_commit, "cursor_before_commit", "inbound", "the box remembers how far it has come before it has stored what the bridge gave"},
    PlantedFaultEntry{enrolment_code_spent_at_once, "enrolment_code_spent_at_once", "bridge", "an enrolment code ends when its certificate is made, not when that is used"},
    PlantedFaultEntry{renewal_by_the_boxs_clock, "renewal_by_the_boxs_clock", "bridge", "the box renews its certificate by its own clock, which may be wrong"},
};
// clang-format on

consteval bool is_in_order() {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (static_cast<std::size_t>(entries[i].fault) != i) return false;
  }
  return entries.back().fault == renewal_by_the_boxs_clock;
}
static_assert(is_in_order(), "one entry for each enumerator, in the same order");

constexpr int none = -1;
std::atomic<int> switched_on{none};  // The loop's thread and the store's read it.

}  // namespace

bool planted(PlantedFault fault) noexcept {
  return switched_on.load(std::memory_order_relaxed) == static_cast<int>(fault);
}

bool plant(std::string_view name) noexcept {
  const auto found = std::ranges::find(entries, name, &PlantedFaultEntry::name);
  if (found == entries.end()) return false;
  switched_on.store(std::to_underlying(found->fault), std::memory_order_relaxed);
  return true;
}

std::span<const PlantedFaultEntry> planted_faults() noexcept { return entries; }

}  // namespace relay
