#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// Deliberate faults: the proof that the simulator would notice if the promise of docs/architecture.md ("Delivery")
/// were broken. They exist in builds with EDGE_RELAY_PLANTED_FAULTS (preset `mutants`) and nowhere else: in every other
/// build planted() is the constant false, and nothing of a fault is compiled. `tools/mutants` runs them;
/// docs/decisions/0012-planted-faults.md says why.
namespace relay {

/// Each is a mistake that a good engineer could make, in the room where it would be made. What it does and which
/// invariant it breaks stands in planted_faults().
enum class PlantedFault : std::uint8_t {
  // I1: what was answered with 202 exists after every restart, and becomes final
  acknowledged_before_commit,
  commit_failure_ignored,
  commit_not_synced,
  interrupted_forgotten,
  receipt_window_in_memory,
  // I2: a final state never changes
  late_receipt_overwrites_final,
  proof_overwrites_final,
  final_message_cancelled,
  // I3: no first byte after expiry, whatever the wall clock does
  expiry_by_wall_clock,
  timeline_by_wall_after_restart,
  expiry_only_swept,
  // I4: order per recipient
  predecessors_ignored,
  retry_lets_successors_pass,
  // I5: an attempt is journalled before its first byte
  attempt_journalled_after_send,
  provider_resends_in_one_attempt,
  // I6: no second copy without need
  timeout_taken_as_failure,
  server_error_taken_as_failure,
  lost_ok_taken_as_failure,
  abandoned_job_still_sent,
  interrupted_taken_as_failure,
  one_copy_too_many,
  // I7: the breaker
  breaker_never_closes,
  breaker_opened_by_recipient,
  probe_not_single,
  // I8: opt-outs
  opt_outs_checked_at_submission_only,
  opt_out_answer_not_listed,
  opt_out_taken_as_refusal,
  stop_word_ignored,
  // I9: an alarm finds the healthy provider in time
  alarm_waits_for_proof,
  alarm_waits_for_open_breaker,
  attempt_budget_ignored,
  wakeup_lost_after_commit,
  slot_leaked_on_conflict,
  // I10: attempts have a limit
  attempts_counted_in_memory,
  throttled_attempts_not_counted,
  // I11: the store opens, whole
  database_never_synced,
  foreign_keys_off,
  // I12: `delivered` is true
  sent_taken_as_delivered,
  report_matched_by_reference_alone,
  first_part_delivers_all,
  still_trying_taken_as_delivered,
  // I13: one idempotency key is one message
  idempotency_payload_ignored,
  idempotency_key_not_scoped,
  idempotency_forgotten_at_restart,
  // I14: each submission gets a true answer
  full_queue_drops_silently,
  alarm_reserve_ignored,
  counters_drift,
  // I15: what an application may spend in a day
  unknown_attempt_costs_nothing,
  usage_forgotten_at_restart,
  // I16: fairness by weight
  weight_ignored,
  idle_feed_saves_up_turns,
  // I17: events to applications
  event_id_changes_at_retry,
  event_deleted_before_delivery,
  event_done_at_any_answer,
  event_failure_skips_on,
  dead_receiver_blocks_others,
  // I18: bounds
  history_never_pruned,
  idle_connection_never_closed,
  finished_message_kept_in_memory,
  // I19: the log
  text_in_log,
  number_in_log,
  secret_in_log,
  // Beside the list: the table of outcomes, and inbound messages
  retry_after_ignored,
  parts_joined_by_reference_alone,
  inbound_deleted_before_commit,
  // and what a bridge has taken for the box reaches it
  events_acknowledged_when_given,
  cursor_before_commit,
  enrolment_code_spent_at_once,
  renewal_by_the_boxs_clock,
};

/// What tools/mutants prints of one fault.
struct PlantedFaultEntry {
  PlantedFault fault;
  std::string_view name;  ///< The enumerator's, for --plant.
  std::string_view
      invariant;  ///< "I1" .. "I19" of the contract of delivery; "throttled", "inbound" and "bridge" stand beside it.
  std::string_view text;  ///< What the product does then, in one sentence.
};

#if defined(EDGE_RELAY_PLANTED_FAULTS)
inline constexpr bool has_planted_faults = true;
/// Is it this one that is switched on? Any thread.
[[nodiscard]] bool planted(PlantedFault fault) noexcept;
/// Switches one fault on for the rest of the process, in place of the one before. False: no fault has that name.
[[nodiscard]] bool plant(std::string_view name) noexcept;
/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const PlantedFaultEntry> planted_faults() noexcept;
#else
inline constexpr bool has_planted_faults = false;
[[nodiscard]] constexpr bool planted(PlantedFault /*fault*/) noexcept { return false; }
[[nodiscard]] constexpr bool plant(std::string_view /*name*/) noexcept { return false; }
[[nodiscard]] constexpr std::span<const PlantedFaultEntry> planted_faults() noexcept { return {}; }
#endif

}  // namespace relay
