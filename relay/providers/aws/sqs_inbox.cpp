#include "relay/providers/aws/sqs_inbox.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/providers/aws/endpoint.hpp"
#include "relay/providers/aws/errors.hpp"
#include "relay/providers/aws/json_error.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/settings.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int batch = 10;                   // MaxNumberOfMessages: the most that SQS hands out
constexpr Millis hidden_for = seconds{60};  // VisibilityTimeout: it comes again after that unless it was deleted
constexpr Millis answer_time = seconds{10};
constexpr Millis first_pause = seconds{1};
constexpr Millis longest_pause = seconds{60};

// clang-format off
constexpr std::array<ErrorRow, 3> own_rows{{
    {"QueueDoesNotExist",      "", "", Outcome::account, "there is no such queue; check queue_url and region"},
    {"AccessDenied*",          "", "", Outcome::account,
     "this key may not read the queue; allow sqs:ReceiveMessage and sqs:DeleteMessage in its IAM policy"},
    {"InvalidAddress",         "", "", Outcome::account, "queue_url is not of this region; check both"},
}};
// clang-format on
constexpr auto rows = join(own_rows, common_rows);

}  // namespace

SqsInbox::SqsInbox(Runtime runtime, Parts parts, std::unique_ptr<http::Client> client,
                   std::function<Task<bool>(WebhookEvent)> take)
    : runtime_(runtime),
      parts_(std::move(parts)),
      service_(runtime, parts_.credentials, parts_.scope, std::move(client), &json_error_of),
      take_(std::move(take)),
      tasks_(runtime) {}

void SqsInbox::start() { tasks_.spawn("aws.sqs", run()); }

Task<> SqsInbox::stop() { co_await tasks_.stop(); }

Task<> SqsInbox::run() {
  Millis pause = first_pause;
  while (true) {
    const SteadyTime asked_at = runtime_.clock.steady();
    auto messages = co_await receive();
    tell(messages.has_value(), messages ? std::string{} : messages.error().message);
    if (!messages) {
      // Full jitter, so that boxes of one site do not come back together.
      const auto drawn = static_cast<std::int64_t>(runtime_.random.below(static_cast<std::uint64_t>(pause.count())));
      co_await sleep_for(runtime_, first_pause + Millis{drawn});
      pause = std::min(2 * pause, longest_pause);
      continue;
    }
    pause = first_pause;
    // A queue that answers at once although it is empty would otherwise be asked in a tight loop.
    if (messages->empty()) co_await sleep_until(runtime_, asked_at + first_pause);
    for (const QueuedMessage& message : *messages) {
      const bool committed = co_await commit(message);
      if (committed) co_await remove(message.receipt_handle);
    }
  }
}

Task<Result<std::vector<QueuedMessage>>> SqsInbox::receive() {
  const json body{{"QueueUrl", parts_.queue_url},
                  {"MaxNumberOfMessages", batch},
                  {"WaitTimeSeconds", std::chrono::duration_cast<seconds>(parts_.wait).count()},
                  {"VisibilityTimeout", std::chrono::duration_cast<seconds>(hidden_for).count()},
                  {"MessageSystemAttributeNames", json::array({"ApproximateReceiveCount"})}};
  auto answer = co_await call("ReceiveMessage", body.dump(), parts_.wait + answer_time);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto messages = read_queued(*answer);
  if (!messages) co_return fail(ErrorCode::corrupt, "SQS gave an answer that is not one of ReceiveMessage");
  co_return std::move(*messages);
}

/// Whether the queue may forget the message: all that it says is committed.
Task<bool> SqsInbox::commit(const QueuedMessage& message) {
  auto events = events_in(message.body, runtime_.clock.wall());
  if (events.empty()) {
    // Left for the queue's redrive policy: somebody may want to see what it is.
    if (message.receive_count <= 1) runtime_.log.error("sqs_message_not_understood", {{"sqs_id", message.id}});
    co_return false;
  }
  for (WebhookEvent& event : events) {
    const bool taken = co_await take_(std::move(event));
    if (!taken) co_return false;
  }
  co_return true;
}

Task<> SqsInbox::remove(std::string receipt_handle) {
  const json body{{"QueueUrl", parts_.queue_url}, {"ReceiptHandle", receipt_handle}};
  const auto answer = co_await call("DeleteMessage", body.dump(), answer_time);
  // It comes again, and is known then.
  if (!answer) runtime_.log.warning("sqs_delete_failed", {{"reason", answer.error().message}});
}

Task<Result<http::ClientResponse>> SqsInbox::call(std::string_view operation, std::string body, Millis time) {
  Answer answer = co_await service_.ask(
      {.url = parts_.base_url + "/",
       .headers = {{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amz-Target", concat("AmazonSQS.", operation)}},
       .body = std::move(body),
       .deadline = runtime_.clock.steady() + time});
  if (!answer) co_return fail(ErrorCode::unavailable, answer.error().detail);
  if (answer->status == 200) co_return std::move(*answer);
  const ProviderError error = json_error_of(*answer);
  const ErrorRow* row = find_row(rows, error);
  co_return fail(ErrorCode::unavailable, concat("SQS answered HTTP ", answer->status, " ", clean_token(error.code),
                                                row != nullptr ? concat(": ", row->meaning) : std::string{}));
}

/// Told when it changes, not at each poll.
void SqsInbox::tell(bool works, const std::string& reason) {
  if (works == std::exchange(works_, works)) return;
  if (works) {
    runtime_.log.info("sqs_up", {{"queue", parts_.queue_url}});
  } else {
    runtime_.log.warning("sqs_down", {{"queue", parts_.queue_url}, {"reason", reason}});
  }
}

namespace {

using config::Type;

constexpr std::array<config::Setting, 7> own_settings{{
    {.name = "queue_url",
     .type = Type::text,
     .text = "URL of the queue, of this box alone; empty: none is polled. Subscribe it to the topics of two-way SMS, "
             "of the configuration set's events, of WhatsApp.",
     .max = 512},
    {.name = "region", .type = Type::text, .text = "AWS region of the queue, such as eu-west-1.", .max = 32},
    {.name = "access_key_id",
     .type = Type::text,
     .text = "Access key that may receive from and delete in this queue, and nothing else.",
     .max = 128},
    {.name = "secret_access_key", .type = Type::secret, .text = "The access key's secret.", .min = 1, .max = 128},
    {.name = "session_token",
     .type = Type::secret,
     .text = "Only with temporary credentials (ASIA...).",
     .min = 1,
     .max = 8192},
    {.name = "wait",
     .type = Type::duration,
     .default_value = "20s",
     .text = "How long one poll waits for a message: whole seconds, 20 at most.",
     .min = 1'000,
     .max = 20'000},
    {.name = "base_url",
     .type = Type::text,
     .text = "SQS's address if it is not the region's public one: a VPC end point, a simulator."},
}};
constexpr auto table_settings = join(own_settings, http_settings());

std::unexpected<Error> wrong(std::string_view sentence) {
  return fail(ErrorCode::invalid_argument, concat("[sqs] ", sentence));
}

}  // namespace

const config::Table& sqs_settings() {
  static constexpr config::Table table{.path = "sqs",
                                       .kind = {},
                                       .text = "Receipts and inbound messages of AWS by a queue, without a bridge.",
                                       .settings = table_settings};
  return table;
}

Result<std::optional<SqsInbox::Parts>> read_sqs(const config::Section& section) {
  const auto& queue = section.text("queue_url");
  if (queue.empty()) return std::nullopt;
  const auto& region = section.text("region");
  if (!queue.starts_with("https://")) return wrong("queue_url must begin with https://, as the AWS console shows it");
  for (const char* needed : {"region", "access_key_id", "secret_access_key"}) {
    if (section.text(needed).empty()) return wrong(concat(needed, " is missing; a queue needs it"));
  }
  auto url = base_url(section, public_url("sqs", region));
  if (!url) return wrong("base_url must be https://; plain http only to this machine itself");
  SqsInbox::Parts parts;
  parts.base_url = std::move(*url);
  parts.queue_url = queue;
  parts.wait = section.duration("wait");
  parts.credentials = {section.text("access_key_id"), section.text("secret_access_key"), section.text("session_token")};
  parts.scope = {region, "sqs"};
  return std::optional(std::move(parts));
}

}  // namespace relay::providers::aws
