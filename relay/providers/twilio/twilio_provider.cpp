#include "relay/providers/twilio/twilio_provider.hpp"

#include <chrono>
#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/providers/common/date.hpp"
#include "relay/providers/common/exchange.hpp"

namespace relay::providers::twilio {
namespace {

constexpr int max_pages = 4;
/// An attempt whose end is not recorded was cut off by a crash: it may have run its whole budget.
constexpr Millis longest_attempt = std::chrono::seconds{60};
/// The filter knows days only, and the box's clock may be off by hours.
constexpr Millis filter_margin = std::chrono::hours{24};

Finding no_answer(std::string code) {
  Finding finding;
  finding.code = std::move(code);
  return finding;
}

}  // namespace

TwilioProvider::TwilioProvider(Runtime runtime, Traits traits, Dialect dialect, Limits limits,
                               std::unique_ptr<http::Client> client)
    : runtime_(std::move(runtime)),
      traits_(std::move(traits)),
      dialect_(std::move(dialect)),
      limits_(limits),
      client_(std::move(client)) {}

Task<SendResult> TwilioProvider::send(SendRequest request) {
  auto http_request = dialect_.build(request);
  if (!http_request) co_return std::move(http_request.error());
  http_request->deadline = request.deadline;
  Answer answer = co_await exchange(runtime_, *client_, std::move(*http_request));
  if (!answer && planted(PlantedFault::provider_resends_in_one_attempt)) {
    auto again = dialect_.build(request);
    again->deadline = request.deadline;
    answer = co_await exchange(runtime_, *client_, std::move(*again));
  }
  if (!answer) co_return std::move(answer.error());
  co_return dialect_.read(*answer, runtime_.clock.wall());
}

Task<Finding> TwilioProvider::look_up(const Message& message, const Attempt& attempt) {
  const SteadyTime deadline = runtime_.clock.steady() + limits_.look_up_timeout;
  if (!attempt.provider_ref.empty()) co_return co_await fetch(attempt.provider_ref, deadline);
  co_return co_await search(message, attempt, deadline);
}

Task<Finding> TwilioProvider::fetch(std::string sid, SteadyTime deadline) {
  http::ClientRequest request = dialect_.fetch(sid);
  request.deadline = deadline;
  const Answer answer = co_await exchange(runtime_, *client_, std::move(request));
  if (!answer) co_return no_answer(answer.error().code);
  const auto entry = Dialect::read_entry(*answer);
  if (!entry || entry->sid != sid) co_return no_answer(std::to_string(answer->status));
  co_return finding_of(*entry, dialect_.channel());
}

Task<Finding> TwilioProvider::search(const Message& message, const Attempt& attempt, SteadyTime deadline) {
  const auto texts = dialect_.possible_texts(message);
  if (texts.empty()) co_return no_answer("no text to look for");
  Search search(texts, attempt.started_at, attempt.duration.value_or(longest_attempt));
  const WallTime since = attempt.started_at - filter_margin;
  Listing listing = co_await read_list(search, dialect_.list(message.to, since), deadline);
  if (search.match()) co_return finding_of(*search.match(), dialect_.channel());
  if (!listing.complete) co_return no_answer(std::move(listing.code));

  // A message that still waits at Twilio has no DateSent, and whether the filter shows such ones is not documented: ask
  // without.
  listing = co_await read_list(search, dialect_.list(message.to, std::nullopt), deadline);
  if (search.match()) co_return finding_of(*search.match(), dialect_.channel());
  if (!listing.complete) co_return no_answer(std::move(listing.code));
  if (search.saw_text() || !absence_is_proof(attempt, listing)) co_return no_answer("not found yet");
  Finding finding;
  finding.kind = Finding::Kind::not_sent;
  finding.code = "not found";
  co_return finding;
}

Task<TwilioProvider::Listing> TwilioProvider::read_list(Search& search, http::ClientRequest first,
                                                        SteadyTime deadline) {
  Listing listing;
  std::optional<http::ClientRequest> next = std::move(first);
  for (int page_number = 0; next; ++page_number) {
    if (page_number == max_pages) {
      listing.code = "too many messages";
      co_return listing;
    }
    next->deadline = deadline;
    const Answer answer = co_await exchange(runtime_, *client_, std::move(*next));
    if (!answer) {
      listing.code = answer.error().code;
      co_return listing;
    }
    const auto page = Dialect::read_page(*answer);
    if (!page) {
      listing.code = std::to_string(answer->status);
      co_return listing;
    }
    if (const auto date = parse_date(http::header_value(answer->headers, "Date"))) {
      listing.server_ahead = *date - runtime_.clock.wall();
    }
    search.look_at(*page, listing.server_ahead.value_or(Millis{0}));
    next = dialect_.follow(page->next_path);
    listing.complete = page->next_path.empty();
  }
  if (!listing.complete) listing.code = "next page not followed";
  co_return listing;
}

bool TwilioProvider::absence_is_proof(const Attempt& attempt, const Listing& listing) const {
  const bool clock_is_plausible = listing.server_ahead && std::chrono::abs(*listing.server_ahead) < filter_margin / 2;
  // Its age by the wall clock proves nothing: that may have jumped since.
  return clock_is_plausible && attempt.surely_over >= limits_.not_sent_after;
}

}  // namespace relay::providers::twilio
