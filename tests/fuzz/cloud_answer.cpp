#include "tests/fuzz/cloud_answer.hpp"

#include <algorithm>
#include <charconv>

#include "relay/providers/common/answer.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {
namespace {

using relay::Outcome;

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

bool is_token(std::string_view text) { return relay::providers::clean_token(text) == text; }

void check_words(const relay::providers::SendResult& result) {
  require(!result.code.empty() && result.code.size() <= 300, "an outcome has a code");
  require(!result.detail.empty() && result.detail.size() <= 1000, "an outcome has a sentence");
  const auto printable = [](char c) { return c >= ' ' && c < '\x7f'; };
  require(std::ranges::all_of(result.detail, printable) && std::ranges::all_of(result.code, printable) &&
              std::ranges::all_of(result.cost, printable),
          "an outcome is fit for a log");
  require(is_token(result.provider_ref) && std::ranges::all_of(result.receipt_refs, is_token),
          "a reference is an identifier");
}

void check_success(const relay::http::ClientResponse& answer, const relay::providers::SendResult& result) {
  require(result.outcome == Outcome::accepted || result.outcome == Outcome::unknown,
          "after a success the message may be out");
  if (result.outcome != Outcome::accepted) return;
  require(!result.provider_ref.empty(), "accepted is what has a name");
  // Escapes of JSON aside, the name stands in the answer.
  require(answer.body.find(result.provider_ref) != std::string::npos || answer.body.find('\\') != std::string::npos,
          "the name is the provider's");
}

}  // namespace

relay::http::ClientResponse read_answer(std::string_view input) {
  relay::http::ClientResponse answer;
  const auto status = take_line(input);
  (void)std::from_chars(status.data(), status.data() + status.size(), answer.status);
  if (answer.status < 100 || answer.status > 599) answer.status = 100 + std::abs(answer.status % 500);
  for (auto line = take_line(input); !line.empty(); line = take_line(input)) {
    const auto colon = std::min(line.find(": "), line.size());
    const auto value = line.substr(std::min(colon + 2, line.size()));
    answer.headers.push_back({std::string{line.substr(0, colon)}, std::string{value}});
  }
  answer.body = input;
  return answer;
}

std::string write_answer(int status, std::string_view headers, std::string_view body) {
  return std::to_string(status) + "\n" + std::string{headers} + "\n" + std::string{body};
}

void check_result(const relay::http::ClientResponse& answer, const relay::providers::SendResult& result) {
  check_words(result);
  const bool throttled = result.outcome == Outcome::throttled;
  require(!result.retry_after || throttled, "only who is throttled is told to wait");
  require(!result.retry_after ||
              (*result.retry_after >= relay::Millis{0} && *result.retry_after <= relay::providers::max_retry_after),
          "a wait is bounded");
  require(!result.opted_out || result.outcome == Outcome::recipient_refused, "opted out is the recipient's refusal");
  require(result.receipt_refs.empty() || result.outcome == Outcome::accepted, "receipts come for what was accepted");
  const int status = answer.status;
  if (status >= 200 && status <= 299) return check_success(answer, result);
  require(result.outcome != Outcome::accepted, "only a success accepts");
  if (status < 200) require(result.outcome == Outcome::unknown, "an interim answer decides nothing");
  if (status >= 300 && status <= 399) require(result.outcome == Outcome::account, "a redirection is a wrong address");
  if (status == 500 || status == 502 || status == 504) {
    require(result.outcome == Outcome::unknown || throttled, "a server's failure may follow its acceptance");
  }
  if (result.outcome == Outcome::unavailable && status >= 500) require(status == 503, "out of service is a 503");
}

}  // namespace fuzz
