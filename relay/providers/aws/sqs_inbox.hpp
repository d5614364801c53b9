#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/aws/signature.hpp"
#include "relay/providers/aws/signed_exchange.hpp"
#include "relay/providers/aws/sqs_message.hpp"

namespace relay::providers::aws {

/// Hears what AWS says later, without a public address and without a bridge: polls an SQS queue that SNS topics deliver
/// to. At least once: a message is deleted only after what it says is committed (docs/decisions/0054).
class SqsInbox {
 public:
  struct Parts {
    std::string base_url;
    std::string queue_url;
    Millis wait{};  ///< Of one long poll: whole seconds, at most 20.
    Credentials credentials;
    SigningScope scope;
  };
  /// `take` commits an event; false: not now, it will be given again. What it is given twice must change nothing.
  SqsInbox(Runtime runtime, Parts parts, std::unique_ptr<http::Client> client,
           std::function<Task<bool>(WebhookEvent)> take);

  void start();
  [[nodiscard]] Task<> stop();

 private:
  Task<> run();
  [[nodiscard]] Task<Result<std::vector<QueuedMessage>>> receive();
  [[nodiscard]] Task<bool> commit(const QueuedMessage& message);
  Task<> remove(std::string receipt_handle);
  [[nodiscard]] Task<Result<http::ClientResponse>> call(std::string_view operation, std::string body, Millis time);
  void tell(bool works, const std::string& reason);

  Runtime runtime_;
  Parts parts_;
  SignedExchange service_;
  std::function<Task<bool>(WebhookEvent)> take_;
  bool works_ = true;
  TaskGroup tasks_;
};

/// The table [sqs].
[[nodiscard]] const config::Table& sqs_settings();
/// Nothing when no queue is named. Errors: invalid_argument, with the setting.
[[nodiscard]] Result<std::optional<SqsInbox::Parts>> read_sqs(const config::Section& section);

}  // namespace relay::providers::aws
