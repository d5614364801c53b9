#include "bridge/sending/handovers.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "relay/api/problem.hpp"
#include "relay/base/concat.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"

namespace bridge::sending {
namespace {

using nlohmann::json;
using relay::concat;
using relay::Message;
using relay::MessageClass;
using relay::Result;
using relay::State;
using relay::Task;
using relay::api::json_response;
using relay::api::to_response;
using relay::http::ServerResponse;
using relay::link::Handover;

constexpr std::string_view url_scheme = "box:";
constexpr relay::AppId box_feeds = 64;  // boxes share so many of the outbox's fair queues
/// A connection of the link lives at most two minutes without a whole request: what was sent before has come by then.
constexpr relay::Millis fence_life = std::chrono::minutes{5};
constexpr std::size_t max_fences = 10'000;
constexpr relay::Millis come_again{2'000};
/// Longer than the life of any message: a box that was away for long must not hand it over as a new one.
constexpr relay::Millis key_life = std::chrono::days{40};

relay::AppId feed_of(std::string_view box) {
  return 1 + static_cast<relay::AppId>(std::to_integer<unsigned>(relay::crypto::sha256(box)[0]) % box_feeds);
}

std::string key_of(const Origin& origin) { return concat(origin.box, "/", origin.message); }
std::string entry_key(const std::string& key, int entry) { return entry == 0 ? key : concat(key, "#", entry); }

ServerResponse problem(int status, std::string_view type, std::string title, std::string detail) {
  return to_response({.status = status, .type = type, .title = std::move(title), .detail = std::move(detail)});
}

ServerResponse withdrawn() {
  return problem(409, "withdrawn", "This attempt was given up", "the box was told that it was not taken");
}

std::string progress_of(const Message& message) {
  return relay::link::to_json(relay::link::Progress{
      .ref = message.id.text(), .state = message.state, .reason = message.reason, .not_sent = ended_unsent(message)});
}

/// While it lives, a key is among those that a put() is about.
class UnderWay {
 public:
  UnderWay(std::set<std::string>& keys, std::string key)
      : keys_(keys), key_(std::move(key)), first_(keys_.insert(key_).second) {}
  ~UnderWay() {
    if (first_) keys_.erase(key_);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  [[nodiscard]] bool is_first() const { return first_; }

 private:
  std::set<std::string>& keys_;
  std::string key_;
  bool first_;
};

/// Ended unsent for a reason that will be the same next time.
std::optional<ServerResponse> refused_for_good(const Message& message) {
  if (message.reason == "opted_out")
    return problem(422, relay::link::problem_opted_out, "The recipient has opted out",
                   "a provider of the bridge said so");
  if (message.reason == "recipient_refused")
    return problem(422, relay::link::problem_recipient, "The recipient was refused", "by a provider of the bridge");
  if (message.reason == "refused")
    return problem(422, relay::link::problem_refused, "No provider can carry this",
                   "each of the bridge's has refused it");
  return std::nullopt;
}

}  // namespace

ServerResponse not_now(std::string_view type, std::string detail) {
  return to_response({.status = 503,
                      .type = type,
                      .title = "The bridge does not take this now",
                      .detail = std::move(detail),
                      .retry_after = come_again});
}

void set_origin(Message& message, const Origin& origin) {
  message.callback_url = concat(url_scheme, origin.box);
  message.tags = {origin.message, std::to_string(origin.attempt)};
}

std::optional<Origin> origin_of(const Message& message) {
  if (!message.callback_url.starts_with(url_scheme) || message.tags.size() != 2) return std::nullopt;
  Origin origin{.box = message.callback_url.substr(url_scheme.size()), .message = message.tags[0]};
  const auto& number = message.tags[1];
  std::from_chars(number.data(), number.data() + number.size(), origin.attempt);
  return origin;
}

bool ended_unsent(const Message& message) {
  return relay::is_final(message.state) && message.state != State::delivered && message.copies == 0;
}

Task<ServerResponse> Handovers::put(std::string box, std::string id, std::string body) {
  auto handover = relay::link::handover_from_json(body);
  if (!handover) co_return to_response(relay::api::request_invalid("", handover.error().message));
  Origin origin{std::move(box), std::move(id), handover->attempt};
  const std::string key = key_of(origin);
  if (is_fenced(key, origin.attempt)) co_return withdrawn();
  const UnderWay mark(under_way_, key);
  if (!mark.is_first()) co_return not_now("under-way", "another request about this message is under way");
  auto response = co_await take(std::move(origin), std::move(*handover));
  co_return response;
}

Task<ServerResponse> Handovers::take(Origin origin, Handover handover) {
  std::string content = relay::crypto::hex(relay::crypto::sha256(relay::link::content_json(handover)));
  const auto known = co_await find(key_of(origin), feed_of(origin.box));
  if (!known) co_return to_response(relay::api::from_error(known.error(), "bridge"));
  if (known->entries > 0) {
    if (known->content != content)
      co_return problem(409, "other-content", "This id is another message's", "the bridge has other content under it");
    if (!known->record) co_return problem(409, "ended", "This message has ended", "the bridge took it long ago");
    const Message& message = known->record->message;
    const auto taken_by = origin_of(message);
    const bool again = ended_unsent(message) && taken_by && origin.attempt > taken_by->attempt;
    if (!again) co_return json_response(200, progress_of(message));
    if (auto refused = refused_for_good(message)) co_return std::move(*refused);
  }
  if (auto why_not = parts_.no_way_out(handover.message))
    co_return not_now(relay::link::problem_no_way_out, std::move(*why_not));
  if (parts_.outbox.counters().queued() >= parts_.max_queued)
    co_return not_now(relay::link::problem_no_way_out, "too many messages of the tenant wait already");
  co_return co_await submit(std::move(origin), std::move(handover), std::move(content), known->entries);
}

Task<ServerResponse> Handovers::submit(Origin origin, Handover handover, std::string content, int entry) {
  // Who has opted out is the box's to know, and it has just looked. What a provider said here must not outlive a START.
  const auto listed = co_await parts_.outbox.find_opt_out(handover.message.to);
  if (listed) {
    const auto removed = co_await parts_.outbox.remove_opt_out(handover.message.to);
    if (!removed) co_return to_response(relay::api::from_error(removed.error(), "bridge"));
  }

  const auto now = parts_.outbox.timeline().now();
  Message message = std::move(handover.message);
  message.id = message.batch = parts_.outbox.next_id();
  message.app = feed_of(origin.box);
  message.accepted_at = parts_.runtime.clock.wall();
  message.due = now;
  message.expires_at = now + handover.life_left;
  if (auto* text = std::get_if<relay::SmsContent>(&message.content)) text->text.insert(0, handover.repeat_prefix);
  set_origin(message, origin);
  relay::outbox::Submission submission{
      .app = message.app,
      .messages = {message},
      .idempotency =
          relay::outbox::IdempotencyKey{entry_key(key_of(origin), entry), relay::crypto::sha256(content), key_life},
      .answer = json{{"id", message.id.text()}, {"content", content}}.dump(),
      .urgency = relay::outbox::Urgency::now};
  const auto stored = co_await parts_.outbox.submit(std::move(submission));
  if (!stored) co_return to_response(relay::api::from_error(stored.error(), "bridge"));
  if (stored->kind != relay::outbox::SubmitResult::Kind::stored)
    co_return not_now("under-way", "another request about this message was faster");
  parts_.runtime.log.info("taken", {{"id", message.id.text()},
                                    {"box", origin.box},
                                    {"message", origin.message},
                                    {"attempt", origin.attempt},
                                    {"class", name_of(message.message_class)}});
  parts_.on_taken(message);
  co_return json_response(201, progress_of(message));
}

Task<Result<Handovers::Known>> Handovers::find(std::string key, relay::AppId app) {
  Known known;
  std::string answer;
  while (true) {
    auto next = co_await parts_.outbox.find_answer(app, entry_key(key, known.entries));
    if (!next) co_return std::unexpected(next.error());
    if (!*next) break;
    answer = std::move(**next);
    ++known.entries;
  }
  if (known.entries == 0) co_return known;
  const json told = json::parse(answer, nullptr, false);
  const auto id = relay::MessageId::parse(told.value("id", ""));
  known.content = told.value("content", "");
  if (!id) co_return relay::fail(relay::ErrorCode::corrupt, "an answer of the outbox cannot be read");
  auto record = co_await parts_.outbox.find(*id, std::nullopt);
  if (!record && record.error().code != relay::ErrorCode::not_found) co_return std::unexpected(record.error());
  if (record) known.record = std::move(*record);
  co_return known;
}

Task<ServerResponse> Handovers::ask(std::string box, std::string id, int attempt) {
  const Origin origin{std::move(box), std::move(id), attempt};
  const std::string key = key_of(origin);
  if (under_way_.contains(key)) co_return not_now("under-way", "the message is being taken just now");
  if (fences_.size() >= max_fences && !fences_.contains(key))
    co_return not_now("under-way", "too many questions about messages that were never taken");
  // First: a put() that comes while the store is asked must not be faster than the answer. It stays whatever the answer
  // is, since this attempt is over.
  fence(key, attempt);
  const auto known = co_await find(key, feed_of(origin.box));
  if (known && known->entries == 0) {
    co_return problem(404, relay::link::problem_not_taken, "The bridge never took this message",
                      "and refuses this attempt from now on");
  }
  if (!known) co_return to_response(relay::api::from_error(known.error(), "bridge"));
  if (!known->record) co_return problem(409, "ended", "This message has ended", "the bridge took it long ago");
  co_return json_response(200, progress_of(known->record->message));
}

void Handovers::fence(const std::string& key, int attempt) {
  const auto now = parts_.runtime.clock.steady();
  std::erase_if(fences_, [now](const auto& one) { return one.second.until <= now; });
  auto& fence = fences_[key];
  fence.attempt = std::max(fence.attempt, attempt);
  fence.until = now + fence_life;
}

bool Handovers::is_fenced(const std::string& key, int attempt) const {
  const auto found = fences_.find(key);
  return found != fences_.end() && attempt <= found->second.attempt &&
         parts_.runtime.clock.steady() < found->second.until;
}

}  // namespace bridge::sending
