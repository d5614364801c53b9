#include <algorithm>
#include <tuple>

#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

namespace {

// Receipts that came before the answer that tells their reference: so many, for so long.
constexpr std::size_t max_parked = 256;
constexpr Millis park_time{60'000};

/// Receipts that came lately are remembered, to tell a repeat or a contradiction from a stranger.
constexpr std::size_t max_settled = 512;

bool is_last_word(ReceiptStatus status) {
  return status == ReceiptStatus::delivered || status == ReceiptStatus::failed;
}

bool same_recipient(const std::string& to, const std::string& last_digits) { return to.ends_with(last_digits); }

}  // namespace

Result<void> Store::await_unnamed(MessageId message, std::int32_t number) {
  const auto attempt = attempt_of(message, number);
  if (!attempt) return std::unexpected(attempt.error());
  const auto added =
      Query(database_, "INSERT OR IGNORE INTO awaited_receipts (provider, ref, message, number) VALUES (?, '', ?, ?)")
          .bind(attempt->provider, message.value, number)
          .run();
  return added ? Result<void>{} : std::unexpected(added.error());
}

Result<void> Store::forget_unnamed(MessageId message, std::int32_t number) {
  const auto attempt = attempt_of(message, number);
  if (!attempt) return std::unexpected(attempt.error());
  const auto gone =
      Query(database_, "DELETE FROM awaited_receipts WHERE provider = ? AND ref = '' AND message = ? AND number = ?")
          .bind(attempt->provider, message.value, number)
          .run();
  return gone ? Result<void>{} : std::unexpected(gone.error());
}

Result<void> Store::await_receipts(MessageId message, std::int32_t number, const std::vector<std::string>& refs) {
  const auto attempt = attempt_of(message, number);
  if (!attempt) return std::unexpected(attempt.error());
  std::int64_t parts = 0;
  for (const std::string& ref : refs) {
    const auto added =
        Query(database_, "INSERT OR IGNORE INTO awaited_receipts (provider, ref, message, number) VALUES (?, ?, ?, ?)")
            .bind(attempt->provider, ref, message.value, number)
            .run();
    if (!added) return std::unexpected(added.error());
    parts += *added;
  }
  const auto done = update_attempt(
      database_,
      {"UPDATE messages SET open_parts = coalesce(open_parts, 0) + ? WHERE id = ? AND attempts = ?",
       "UPDATE earlier_attempts SET open_parts = coalesce(open_parts, 0) + ? WHERE message = ? AND number = ?"},
      message, number, parts);
  return done ? Result<void>{} : std::unexpected(done.error());
}

/// Attempts that may be meant: those that await a receipt under this reference, those that lately had it, and, where
/// references repeat, those to the same person of which nobody knows the reference.
Result<std::vector<Store::ReceiptName>> Store::named_by(const Receipt& receipt) {
  std::vector<ReceiptName> out;
  Query q(database_,
          "SELECT message, number FROM awaited_receipts WHERE provider = ? AND ref = ? ORDER BY message DESC LIMIT 64");
  q.bind(receipt.provider, receipt.ref);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    out.push_back({receipt.provider, receipt.ref, MessageId{q.integer(0)}, static_cast<std::int32_t>(q.integer(1))});
  }
  if (!row) return std::unexpected(row.error());
  for (const ReceiptName& had : settled_) {
    if (had.ref == receipt.ref && had.provider == receipt.provider && std::ranges::find(out, had) == out.end()) {
      out.push_back(had);
      out.back().settled = true;
    }
  }
  if (!receipt.age) return out;
  Query unnamed(database_,
                "SELECT r.message, r.number FROM awaited_receipts r JOIN messages m ON m.id = r.message "
                "WHERE r.provider = ?1 AND r.ref = '' AND (?2 = '' OR m.recipient LIKE '%' || ?2) "
                "ORDER BY r.message DESC LIMIT 64");
  unnamed.bind(receipt.provider, receipt.recipient_digits);
  row = unnamed.step();
  for (; row && *row; row = unnamed.step()) {
    out.push_back({receipt.provider, "", MessageId{unnamed.integer(0)}, static_cast<std::int32_t>(unnamed.integer(1))});
  }
  if (!row) return std::unexpected(row.error());
  return out;
}

Store::Fit Store::fit(const Attempt& attempt, const HeardReceipt& heard) const {
  const auto& age = heard.receipt.age;
  if (!age) return Fit::yes;
  const auto in_bounds = [&age](Millis old) { return old >= age->at_least && old < age->at_most; };
  const bool by_timeline = in_bounds(heard.at - attempt.began);
  if (attempt.began >= run_start_) return by_timeline ? Fit::yes : Fit::no;
  const bool by_wall = in_bounds(heard.receipt.at - attempt.started_at);
  return by_timeline && by_wall ? Fit::yes : Fit::unclear;
}

/// The newest attempt that the receipt can be about. None, when it may as well be about another one.
Result<std::optional<Store::ReceiptTarget>> Store::target_of(const HeardReceipt& heard) {
  struct Candidate {
    Message message;
    Attempt attempt;
    bool is_named = true;
    bool settled = false;
  };
  const Receipt& receipt = heard.receipt;
  const bool by_reference = planted(PlantedFault::report_matched_by_reference_alone);
  const auto named = named_by(receipt);
  if (!named) return std::unexpected(named.error());
  std::vector<Candidate> candidates;
  for (const ReceiptName& name : *named) {
    auto message = load(name.message);
    if (!message && message.error().code == ErrorCode::not_found) continue;  // pruned; the row will be swept
    if (!message) return std::unexpected(message.error());
    if (!same_recipient(message->to, receipt.recipient_digits) && !by_reference) continue;
    auto attempt = attempt_of(name.message, name.number);
    if (!attempt) return std::unexpected(attempt.error());
    candidates.push_back({std::move(*message), std::move(*attempt), !name.ref.empty(), name.settled});
  }
  std::ranges::sort(candidates, std::ranges::greater{}, [](const Candidate& c) {
    return std::tuple(c.attempt.began, c.attempt.message, c.attempt.number);
  });
  for (Candidate& candidate : candidates) {
    const Fit fits = by_reference ? Fit::yes : fit(candidate.attempt, heard);
    if (fits == Fit::no) continue;
    if (fits == Fit::unclear || !candidate.is_named) break;
    const auto open_parts = open_parts_of(candidate.message.id, candidate.attempt.number);
    if (!open_parts) return std::unexpected(open_parts.error());
    return ReceiptTarget{std::move(candidate.message), candidate.attempt.number, candidate.settled,
                         static_cast<int>(*open_parts)};
  }
  return std::nullopt;
}

Result<std::int64_t> Store::open_parts_of(MessageId message, std::int32_t number) {
  Query q(database_,
          "SELECT open_parts FROM messages WHERE id = ?1 AND attempts = ?2 UNION ALL "
          "SELECT open_parts FROM earlier_attempts WHERE message = ?1 AND number = ?2");
  const auto row = q.bind(message.value, number).step();
  if (!row) return std::unexpected(row.error());
  return *row ? q.integer(0) : 0;
}

Result<ReceiptResult> Store::apply(const HeardReceipt& heard, Moment now, Effects& effects) {
  auto target = target_of(heard);
  if (!target) return std::unexpected(target.error());
  if (!*target) {
    if (is_last_word(heard.receipt.status)) park(heard, now.timeline);
    return ReceiptResult{};
  }
  return settle(heard.receipt, std::move(**target), now, effects);
}

/// Writes what the receipt says into the attempt it names. A part's first delivery closes the part; with all parts
/// closed the attempt's receipt is `delivered`, before that it stays pending. `failed` of any part stays, whatever the
/// others say.
Result<void> Store::record_receipt(const Receipt& receipt, const ReceiptTarget& target) {
  const MessageId message = target.message.id;
  if (is_last_word(receipt.status) && !target.settled) {
    const auto part =
        Query(database_, "DELETE FROM awaited_receipts WHERE provider = ? AND ref = ? AND message = ? AND number = ?")
            .bind(receipt.provider, receipt.ref, message.value, target.number)
            .run();
    if (!part) return std::unexpected(part.error());
    // If this commit fails the row is still there, and comes before what is remembered here.
    if (settled_.size() == max_settled) settled_.pop_front();
    settled_.push_back({receipt.provider, receipt.ref, message, target.number});
  }
  const int closed = receipt.status == ReceiptStatus::delivered && !target.settled ? 1 : 0;
  const auto attempt = attempt_of(message, target.number);
  if (!attempt) return std::unexpected(attempt.error());
  ReceiptStatus status = receipt.status;
  if (attempt->receipt == ReceiptStatus::failed) {
    status = ReceiptStatus::failed;
  } else if (status == ReceiptStatus::delivered && target.open_parts > closed &&
             !planted(PlantedFault::first_part_delivers_all)) {
    status = ReceiptStatus::pending;
  } else if (!is_last_word(status) && attempt->receipt == ReceiptStatus::delivered) {
    status = ReceiptStatus::delivered;
  }
  const auto done = update_attempt(
      database_,
      {"UPDATE messages SET open_parts = open_parts - ?, receipt = ?, receipt_at = ?, code = coalesce(?, code), "
       "cost = coalesce(?, cost) WHERE id = ? AND attempts = ?",
       "UPDATE earlier_attempts SET open_parts = open_parts - ?, receipt = ?, receipt_at = ?, code = coalesce(?, "
       "code), "
       "cost = coalesce(?, cost) WHERE message = ? AND number = ?"},
      message, target.number, closed, status, to_ms(receipt.at), or_null(receipt.code), or_null(receipt.cost));
  return done ? Result<void>{} : std::unexpected(done.error());
}

Result<ReceiptResult> Store::settle(const Receipt& receipt, ReceiptTarget target, Moment now, Effects& effects) {
  if (auto done = record_receipt(receipt, target); !done) return std::unexpected(done.error());
  Message& message = target.message;
  ReceiptResult result{.matched = true, .message = message.id, .state = message.state, .changed = false};
  const bool is_late = is_final(message.state) && !planted(PlantedFault::late_receipt_overwrites_final);
  if (is_late || !is_last_word(receipt.status)) return result;

  State next = message.state;
  if (receipt.status == ReceiptStatus::delivered) {
    const auto attempt = attempt_of(message.id, target.number);
    if (!attempt) return std::unexpected(attempt.error());
    // Also of an attempt whose outcome was unknown, and of an earlier one while another is under way: the person has
    // it.
    if (attempt->receipt == ReceiptStatus::delivered) next = State::delivered;
  } else if (message.state == State::sent && target.number == message.attempts) {
    const bool has_way = receipt.not_sent || (receipt.refused && message.fallback);
    if (has_way && now.timeline < message.expires_at) return move_on(receipt, message, now, effects);
    next = State::failed;  // of an attempt that was given up for another one it says nothing about that other one
  }
  if (next == message.state) return result;
  const std::string reason = next == State::failed ? "delivery_failed" : "";
  if (auto done = change_state(message, next, reason, message.due, {receipt.at, now.timeline}, effects); !done) {
    return std::unexpected(done.error());
  }
  result.state = next;
  result.changed = true;
  return result;
}

/// The acceptance is taken back by the provider itself: nobody has received a copy, and the chain goes on.
Result<ReceiptResult> Store::move_on(const Receipt& receipt, Message message, Moment now, Effects& effects) {
  const Outcome outcome = receipt.refused ? Outcome::refused : Outcome::unavailable;
  const auto refused =
      Query(database_, "UPDATE messages SET outcome = ?, copies = max(copies - 1, 0) WHERE id = ? AND attempts = ?")
          .bind(outcome, message.id.value, message.attempts)
          .run();
  if (!refused) return std::unexpected(refused.error());
  if (receipt.not_sent) {
    if (auto given = give_back(message, message.attempts, effects); !given) return std::unexpected(given.error());
  }
  const std::string reason{name_of(outcome)};
  if (auto done = change_state(message, State::queued, reason, now.timeline, {receipt.at, now.timeline}, effects);
      !done) {
    return std::unexpected(done.error());
  }
  return ReceiptResult{.matched = true,
                       .message = message.id,
                       .message_class = message.message_class,
                       .state = State::queued,
                       .moved_on = true};
}

void Store::park(const HeardReceipt& heard, TimelineTime now) {
  std::erase_if(parked_, [now](const Parked& p) { return p.until <= now; });
  const Receipt& receipt = heard.receipt;
  const bool known = std::ranges::any_of(parked_, [&](const Parked& p) {
    const Receipt& other = p.heard.receipt;
    return other.provider == receipt.provider && other.ref == receipt.ref && other.status == receipt.status &&
           other.at == receipt.at && other.recipient_digits == receipt.recipient_digits;
  });
  if (known) return;
  if (parked_.size() == max_parked) parked_.pop_front();
  parked_.push_back({heard, now + park_time, MessageId{}});
}

Result<void> Store::apply_parked(MessageId message, std::int32_t number, Moment now, Effects& effects) {
  std::erase_if(parked_, [&](const Parked& p) { return p.until <= now.timeline; });
  for (Parked& parked : parked_) {
    if (parked.applied_to.value != 0 && parked.applied_to != message) continue;
    auto target = target_of(parked.heard);
    if (!target) return std::unexpected(target.error());
    if (!*target || (*target)->message.id != message || (*target)->number != number) continue;
    if (auto done = settle(parked.heard.receipt, std::move(**target), now, effects); !done)
      return std::unexpected(done.error());
    parked.applied_to = message;
  }
  return {};
}

Result<std::vector<MessageRecord>> Store::awaiting_receipt(const std::vector<std::string>& providers, int limit) {
  const auto all_lines = lines(State::sent);
  if (!all_lines) return std::unexpected(all_lines.error());
  std::vector<std::pair<std::int64_t, MessageId>> found;  // by the end of the receipt window
  for (const auto line : *all_lines) {
    for (const std::string& provider : providers) {
      Query q(database_,
              "SELECT due, id FROM messages INDEXED BY messages_live WHERE state = 2 AND state <= 2 AND line = ? AND "
              "provider = ? "
              "AND open_parts > 0 ORDER BY due LIMIT ?");
      q.bind(line, provider, limit);
      auto row = q.step();
      for (; row && *row; row = q.step()) found.emplace_back(q.integer(0), MessageId{q.integer(1)});
      if (!row) return std::unexpected(row.error());
    }
  }
  std::ranges::sort(found);
  if (std::cmp_greater(found.size(), limit)) found.resize(static_cast<std::size_t>(limit));
  std::vector<MessageId> ids;
  for (const auto& [due, id] : found) ids.push_back(id);
  return records(ids);
}

}  // namespace relay::outbox
