#include "relay/providers/demo/demo.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/settings.hpp"

namespace relay::providers::demo {
namespace {

using config::Type;

constexpr std::array<config::Setting, 2> own_settings{{
    {.name = "latency",
     .type = Type::duration,
     .default_value = "200ms",
     .text = "Time until the answer.",
     .min = 0,
     .max = 600'000},
    {.name = "receipt_delay",
     .type = Type::duration,
     .default_value = "2s",
     .text = "Time from acceptance to the delivery receipt.",
     .min = 0,
     .max = 86'400'000},
}};
constexpr auto table_settings = join(own_settings, common_settings({"8", "0", "1m"}));

constexpr Millis throttle_pause{5000};
constexpr std::size_t max_pending_receipts = 1000;

using enum Outcome;

// The first five and 0007, 0008 are Twilio's own magic numbers' endings.
constexpr std::array<MagicNumber, 11> numbers{{
    {"0001", recipient_refused, ReceiptStatus::pending, "21211", "The recipient's number is not valid."},
    {"0002", refused, ReceiptStatus::pending, "21612", "This sender cannot reach the recipient."},
    {"0003", refused, ReceiptStatus::pending, "21408", "The account may not send to the recipient's country."},
    {"0004", recipient_refused, ReceiptStatus::pending, "21610", "The recipient has opted out."},
    {"0009", recipient_refused, ReceiptStatus::pending, "21614", "The recipient is not a mobile number."},
    {"0007", account, ReceiptStatus::pending, "21606", "The sender does not belong to the account."},
    {"0008", throttled, ReceiptStatus::pending, "21611", "The sender's queue is full."},
    {"0010", unavailable, ReceiptStatus::pending, "connect", "No connection, so nothing was sent."},
    {"0011", unknown, ReceiptStatus::pending, "timeout", "The request went out and no answer came."},
    {"0012", accepted, ReceiptStatus::failed, "30003",
     "Accepted; the receipt will say that the handset cannot be reached."},
    {"0013", accepted, ReceiptStatus::pending, "200", "Accepted; no receipt will come."},
}};
constexpr MagicNumber ordinary_number{"", accepted, ReceiptStatus::delivered, "200", "Accepted."};

const MagicNumber& behaviour_of(std::string_view to) {
  const auto number = std::ranges::find_if(numbers, [to](const MagicNumber& n) { return to.ends_with(n.last_digits); });
  return number == numbers.end() ? ordinary_number : *number;
}

class DemoProvider final : public Provider {
 public:
  struct Pace {
    Millis latency;
    Millis receipt_delay;
  };
  DemoProvider(Runtime runtime, Traits traits, Pace pace, ReceiptHandler on_receipt)
      : runtime_(std::move(runtime)), traits_(std::move(traits)), pace_(pace), on_receipt_(std::move(on_receipt)) {}
  ~DemoProvider() override {
    for (const auto timer : receipt_timers_) runtime_.timers.disarm(timer);
  }
  DemoProvider(const DemoProvider&) = delete;
  DemoProvider& operator=(const DemoProvider&) = delete;

  [[nodiscard]] const Traits& traits() const override { return traits_; }

  [[nodiscard]] Task<SendResult> send(SendRequest request) override {
    const MagicNumber& number = behaviour_of(request.message->to);
    const bool never_answers = number.outcome == unknown;
    const SteadyTime answer_at = runtime_.clock.steady() + pace_.latency;
    const bool in_time = !never_answers && answer_at <= request.deadline;
    co_await sleep_until(runtime_, in_time ? answer_at : request.deadline);
    co_return in_time ? answer(number) : answer(behaviour_of("0011"));
  }

 private:
  SendResult answer(const MagicNumber& number) {
    SendResult result;
    result.outcome = number.outcome;
    result.code = number.code;
    result.detail = number.meaning;
    result.opted_out = number.code == "21610";
    if (number.outcome == throttled) result.retry_after = throttle_pause;
    if (number.outcome != accepted) return result;
    result.code = "200";
    result.provider_ref = "demo-" + std::to_string(runtime_.random.next());
    result.receipt_refs = {result.provider_ref};
    if (number.receipt != ReceiptStatus::pending) report_later(result.provider_ref, number);
    return result;
  }

  void report_later(const std::string& ref, const MagicNumber& number) {
    if (!on_receipt_ || receipt_timers_.size() >= max_pending_receipts)
      return;  // a lost receipt is a thing that happens
    auto handle = std::make_shared<TimerQueue::Handle>(0);
    Receipt receipt{.provider = traits_.name, .ref = ref, .status = number.receipt, .code = std::string(number.code)};
    *handle = runtime_.timers.arm(runtime_.clock.steady() + pace_.receipt_delay,
                                  [this, handle, receipt = std::move(receipt)]() mutable {
                                    receipt_timers_.erase(*handle);
                                    on_receipt_(std::move(receipt));
                                  });
    receipt_timers_.insert(*handle);
  }

  Runtime runtime_;
  Traits traits_;
  Pace pace_;
  ReceiptHandler on_receipt_;
  std::set<TimerQueue::Handle> receipt_timers_;  ///< Receipts to come, disarmed with the provider.
};

}  // namespace

std::span<const MagicNumber> magic_numbers() { return numbers; }

const config::Table& settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "demo",
                                       .text =
                                           "For demonstrations: accepts and delivers without calling anybody. A "
                                           "recipient's last four digits choose another outcome: "
                                           "0001 not valid, 0002 not reachable from this sender, 0003 country not "
                                           "enabled, 0004 opted out, 0007 sender not ours, "
                                           "0008 throttled, 0009 not a mobile, 0010 no connection, 0011 no answer, "
                                           "0012 receipt says failed, 0013 no receipt.",
                                       .settings = table_settings};
  return table;
}

std::unique_ptr<Provider> make_demo(Runtime runtime, const config::Section& section, ReceiptHandler on_receipt) {
  Traits traits = traits_of(section, "demo");
  traits.needs_uplink = false;
  const DemoProvider::Pace pace{.latency = section.duration("latency"),
                                .receipt_delay = section.duration("receipt_delay")};
  return std::make_unique<DemoProvider>(std::move(runtime), std::move(traits), pace, std::move(on_receipt));
}

}  // namespace relay::providers::demo
