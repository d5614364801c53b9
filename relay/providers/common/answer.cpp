#include "relay/providers/common/answer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/providers/common/date.hpp"

namespace relay::providers {
namespace {

bool matches(std::string_view pattern, std::string_view value) {
  if (pattern.ends_with('*')) return value.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == value;
}

Outcome outcome_of_4xx(int status, std::optional<Outcome> by_code) {
  switch (status) {
    case 401:
    case 407:
      return Outcome::account;
    case 408:
      return Outcome::unknown;  // the server gave up waiting, for what it does not say
    case 429:
      return Outcome::throttled;
    case 402:
    case 403:
      return by_code.value_or(Outcome::account);
    default:
      return by_code.value_or(Outcome::refused);
  }
}

Outcome outcome_of_5xx(int status, std::optional<Outcome> by_code, bool provider_shaped) {
  if (by_code == Outcome::throttled) return Outcome::throttled;
  // A 500, 502 or 504 can follow the acceptance; so can a 503 of a proxy in between.
  const bool certain = (status == 503 && provider_shaped) || planted(PlantedFault::server_error_taken_as_failure);
  return certain ? Outcome::unavailable : Outcome::unknown;
}

std::string_view general_meaning(Outcome outcome) {
  switch (outcome) {
    case Outcome::account:
      return "it does not let this account send; check credentials, permissions and base_url";
    case Outcome::throttled:
      return "it asks to slow down; nothing was sent";
    case Outcome::unavailable:
      return "it is out of service; nothing was sent";
    case Outcome::unknown:
      return "it may have taken the message all the same";
    default:
      return "it will not take this message; its documentation explains the code";
  }
}

}  // namespace

const ErrorRow* find_row(std::span<const ErrorRow> table, const ProviderError& error) {
  const auto row = std::ranges::find_if(table, [&error](const ErrorRow& candidate) {
    return matches(candidate.code, error.code) &&
           (candidate.reason.empty() || matches(candidate.reason, error.reason)) &&
           (candidate.evidence.empty() || error.evidence.find(candidate.evidence) != std::string::npos);
  });
  return error.code.empty() || row == table.end() ? nullptr : &*row;
}

Outcome outcome_of(int http_status, std::optional<Outcome> by_code, bool provider_shaped) {
  if (http_status >= 500) return outcome_of_5xx(http_status, by_code, provider_shaped);
  if (http_status >= 400) return outcome_of_4xx(http_status, by_code);
  // No provider redirects a send: base_url leads somewhere else.
  if (http_status >= 300) return Outcome::account;
  return Outcome::unknown;
}

SendResult result_of_error(std::string_view service, const http::ClientResponse& answer, const ProviderError& error,
                           std::span<const ErrorRow> table, WallTime now) {
  const ErrorRow* row = find_row(table, error);
  const auto by_code = row != nullptr ? std::optional(row->outcome) : std::nullopt;
  const std::string status = std::to_string(answer.status);
  const std::string code = clean_token(error.code);
  const std::string reason = clean_token(error.reason);

  SendResult result;
  result.outcome = outcome_of(answer.status, by_code, !error.code.empty());
  result.code = code.empty() ? status : code;
  if (!reason.empty()) result.code += "/" + reason;
  result.detail = std::string(service) + " answered HTTP " + status;
  if (!code.empty()) result.detail += " with the code " + result.code;
  // A row speaks for its own outcome only: where the status overruled it, its sentence would mislead.
  const bool row_counts = row != nullptr && row->outcome == result.outcome;
  result.detail.append(": ").append(row_counts ? row->meaning : general_meaning(result.outcome)).append(".");
  result.opted_out = row_counts && row->opted_out;
  result.channel_refused = row_counts && row->whole_channel;
  if (result.opted_out && planted(PlantedFault::opt_out_taken_as_refusal)) {
    result.outcome = Outcome::refused;
    result.opted_out = false;
  }
  if (result.outcome == Outcome::throttled) result.retry_after = retry_after(answer.headers, now);
  return result;
}

SendResult accepted_as(std::string id, const http::ClientResponse& answer, std::string detail) {
  SendResult result;
  result.outcome = Outcome::accepted;
  result.receipt_refs = {id};
  result.provider_ref = std::move(id);
  result.code = std::to_string(answer.status);
  result.detail = std::move(detail);
  return result;
}

SendResult unreadable_success(std::string_view service, const http::ClientResponse& answer) {
  SendResult result;
  result.outcome = Outcome::unknown;
  result.code = std::to_string(answer.status);
  result.detail = std::string(service) + " answered HTTP " + result.code +
                  " without a message id that could be read; it may have taken the message.";
  return result;
}

SendResult refused_here(std::string code, std::string detail) {
  SendResult result;
  result.outcome = Outcome::refused;
  result.code = std::move(code);
  result.detail = std::move(detail);
  return result;
}

std::optional<Millis> retry_after(const http::Headers& headers, WallTime now) {
  const std::string_view value = http::header_value(headers, "Retry-After");
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (read.ec == std::errc::result_out_of_range) return max_retry_after;
    return Millis{std::chrono::seconds{std::min<std::int64_t>(seconds, 3600)}};
  }
  const auto when = parse_date(value);
  if (!when) return std::nullopt;
  // By the server's own clock where it shows it: the box's may be wrong.
  const WallTime server_now = parse_date(http::header_value(headers, "Date")).value_or(now);
  return std::clamp(*when - server_now, Millis{0}, max_retry_after);
}

std::string clean_token(std::string_view text, std::size_t max_size) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/";
  const bool clean = text.size() <= max_size && text.find_first_not_of(allowed) == std::string_view::npos;
  return clean ? std::string(text) : std::string{};
}

}  // namespace relay::providers
