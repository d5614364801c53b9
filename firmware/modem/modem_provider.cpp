#include "firmware/modem/modem_provider.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "firmware/modem/tpdu/submit.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Outcome;
using relay::Task;
using relay::providers::SendRequest;
using relay::providers::SendResult;

constexpr relay::Millis minute{60'000};

relay::providers::Traits traits_of(const Settings& settings) {
  relay::providers::Traits traits;
  traits.name = settings.name;
  traits.kind = "modem";
  traits.needs_uplink = false;
  traits.max_in_flight = SendPace::shortest;
  traits.receipt_window = settings.delivery_reports ? settings.receipt_window : relay::Millis{0};
  return traits;
}

SendResult nothing_sent(std::string code, std::string detail) {
  SendResult result;
  result.outcome = Outcome::unavailable;
  result.code = std::move(code);
  result.detail = std::move(detail);
  return result;
}

/// What send() says when it leaves at its deadline.
SendResult left_at_deadline(const SendJob& job) {
  if (job.submitted) {
    SendResult result;
    result.outcome = Outcome::unknown;
    result.code = "deadline";
    result.detail = "the modem has the message and has not answered yet";
    return result;
  }
  return nothing_sent("deadline", "the modem was busy until the deadline");
}

}  // namespace

int concat_reference(relay::MessageId id, bool marked) {
  // The low bits count up and begin at random, so that neighbours differ.
  return static_cast<int>((id.value * 2 + (marked ? 1 : 0)) & 0xff);
}

ModemProvider::ModemProvider(relay::Runtime runtime, const Settings& settings, hal::SerialPorts& serial_ports,
                             ModemPorts ports, ProfileLibrary profiles)
    : runtime_(runtime),
      settings_(settings),
      traits_(traits_of(settings)),
      session_(runtime, settings, std::move(profiles), serial_ports, std::move(ports)) {}

relay::Result<SendJobPtr> ModemProvider::make_job(const SendRequest& request) const {
  const relay::Message& message = *request.message;
  const auto* sms = std::get_if<relay::SmsContent>(&message.content);
  if (sms == nullptr) return relay::fail(relay::ErrorCode::invalid_argument, "a modem carries SMS only");
  tpdu::SubmitRequest submit;
  submit.number = message.to;
  submit.text = request.mark_as_repeat ? settings_.repeat_prefix + sms->text : sms->text;
  submit.languages = settings_.languages;
  submit.status_report_request = settings_.delivery_reports;
  submit.concat_ref = concat_reference(message.id, request.mark_as_repeat);
  if (request.life_left > relay::Millis{0})
    submit.validity_minutes = (request.life_left + minute - relay::Millis{1}) / minute;
  // A SIM without a service centre, in a modem that refuses to write one to it: each message names it.
  if (session_.status().service_centre.empty()) submit.smsc = settings_.service_centre;
  auto encoded = tpdu::encode_submit(submit);
  if (!encoded) return std::unexpected(encoded.error());
  auto job = std::make_shared<SendJob>(runtime_);
  job->message = message.id;
  job->attempt = request.attempt;
  job->marked = request.mark_as_repeat;
  job->urgent = message.message_class == relay::MessageClass::alarm;
  job->recipient = message.to;
  job->parts = std::move(encoded->parts);
  job->deadline = request.deadline;
  return job;
}

bool ModemProvider::carries(std::string_view number) const {
  return settings_.prefixes.empty() ||
         std::ranges::any_of(settings_.prefixes, [&](const std::string& prefix) { return number.starts_with(prefix); });
}

Task<SendResult> ModemProvider::send(SendRequest request) {
  if (!carries(request.message->to)) {
    SendResult refused;
    refused.outcome = Outcome::refused;
    refused.code = "prefix";
    refused.detail = "this SIM does not send to that prefix (prefixes)";
    co_return refused;
  }
  if (const auto why = session_.not_ready()) co_return nothing_sent("not_ready", *why);
  auto made = make_job(request);
  if (!made) {
    SendResult refused;
    refused.outcome = Outcome::refused;
    refused.code = "not_encodable";
    refused.detail = made.error().message;
    co_return refused;
  }
  const SendJobPtr job = std::move(*made);
  if (!session_.enqueue(job)) co_return nothing_sent("queue_full", "too many messages wait for the modem");
  // Also when the daemon stops under it: the job must not be begun any more.
  struct Leave {
    Session& session;
    const SendJobPtr& job;
    ~Leave() {
      if (!job->result) session.abandon(job);
    }
  } const leave{session_, job};
  if (!job->result) co_await job->ended.wait_until(request.deadline);
  if (job->result) co_return *job->result;
  co_return left_at_deadline(*job);
}

relay::Result<std::unique_ptr<ModemProvider>> make_modem(const std::string& name, const relay::config::Section& section,
                                                         relay::Runtime runtime, hal::SerialPorts& serial_ports,
                                                         ModemPorts ports) {
  Settings settings = Settings::from(section);
  settings.name = name;
  if (!settings.board_slot) ports.power = nullptr;
  if (const auto server = hal::serial_server_of(settings.line.device); !server) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", name, "] device: ", server.error().message));
  }
  auto profiles = ProfileLibrary::load(settings.profile_directory);
  if (!profiles) return std::unexpected(profiles.error());
  if (!settings.profile.empty() && profiles->find(settings.profile) == nullptr) {
    std::string known;
    for (const auto& profile : profiles->all()) known += (known.empty() ? "" : ", ") + profile.name;
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", name, "] profile: there is no modem profile \"", settings.profile,
                                     "\"; choose one of: ", known));
  }
  for (const auto& prefix : settings.prefixes) {
    const bool sound = prefix.size() >= 2 && prefix.front() == '+' &&
                       std::ranges::all_of(prefix.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    if (!sound) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         relay::concat("[providers.", name, "] prefixes: \"", prefix,
                                       "\" is no beginning of a number; write + and digits, as \"+358\""));
    }
  }
  if (const auto trouble = trouble_with_pattern(settings.balance.pattern); !trouble.empty()) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", name, "] balance_pattern: ", trouble));
  }
  if (!settings.balance.code.empty()) {
    if (const auto command = ussd_command(settings.balance.code, {}); !command) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         relay::concat("[providers.", name, "] balance_code: ", command.error().message));
    }
  }
  return std::make_unique<ModemProvider>(std::move(runtime), settings, serial_ports, std::move(ports),
                                         std::move(*profiles));
}

}  // namespace modem
