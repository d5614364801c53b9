#include "firmware/api/metrics.hpp"

#include "firmware/api/hardware_report.hpp"
#include "firmware/api/metric_text.hpp"

namespace firmware::api {
namespace {

using relay::name_of;

void render_queue(std::string& out, const relay::outbox::Counters& counters,
                  const std::array<std::optional<relay::TimelineTime>, 5>& oldest, relay::TimelineTime now) {
  static constexpr std::array<std::string_view, 3> states{"queued", "sending", "sent"};
  head(out, "relay_queue_messages", "gauge", "Messages that are not final.");
  for (std::size_t state = 0; state < states.size(); ++state) {
    for (const auto message_class : relay::all_message_classes) {
      sample(out, "relay_queue_messages", {{"state", states[state]}, {"class", name_of(message_class)}},
             static_cast<double>(counters.live[state][static_cast<std::size_t>(message_class)]));
    }
  }
  head(out, "relay_queue_oldest_age_seconds", "gauge", "Age of the oldest queued message.");
  for (const auto message_class : relay::all_message_classes) {
    const auto& since = oldest[static_cast<std::size_t>(message_class)];
    const double age = since ? static_cast<double>((now - *since).count()) / 1000.0 : 0.0;
    sample(out, "relay_queue_oldest_age_seconds", {{"class", name_of(message_class)}}, age);
  }
}

void render_paths(std::string& out, const HealthReport& report) {
  head(out, "relay_breaker_state", "gauge", "0 closed, 1 half open, 2 open.");
  for (const auto& provider : report.providers) {
    const bool open = provider.breaker == relay::chain::BreakerState::open;
    const bool half = provider.breaker == relay::chain::BreakerState::half_open;
    sample(out, "relay_breaker_state", {{"provider", provider.name}}, open ? 2 : (half ? 1 : 0));
  }
  head(out, "relay_provider_usable", "gauge", "1 when the provider would be tried now.");
  for (const auto& provider : report.providers) {
    sample(out, "relay_provider_usable", {{"provider", provider.name}}, provider.usable ? 1 : 0);
  }
  head(out, "relay_path_last_success_timestamp_seconds", "gauge", "When the provider last accepted a message.");
  for (const auto& provider : report.providers) {
    if (!provider.last_success) continue;
    sample(out, "relay_path_last_success_timestamp_seconds", {{"provider", provider.name}},
           static_cast<double>(relay::to_ms(*provider.last_success)) / 1000.0);
  }
  head(out, "relay_uplink_up", "gauge", "1 when the internet uplink is taken to be up.");
  sample(out, "relay_uplink_up", {}, report.uplink_up ? 1 : 0);
  if (!report.bridge) return;
  head(out, "relay_bridge_up", "gauge", "1 while the bridge answers.");
  sample(out, "relay_bridge_up", {}, report.bridge->state == "up" ? 1 : 0);
}

}  // namespace

std::string render_usage(const std::vector<relay::outbox::Application>& applications,
                         const relay::outbox::Counters& counters, relay::TimelineTime now) {
  std::string out;
  head(out, "relay_app_parts_today", "gauge", "Message parts that the application has sent today (UTC).");
  for (const auto& application : applications) {
    if (application.revoked) continue;
    sample(out, "relay_app_parts_today", {{"app", application.name}},
           static_cast<double>(counters.parts_today(application.id, now)));
  }
  head(out, "relay_app_daily_limit_parts", "gauge", "Message parts that the application may send in a day.");
  for (const auto& application : applications) {
    if (application.revoked || application.daily_limit == 0) continue;
    sample(out, "relay_app_daily_limit_parts", {{"app", application.name}},
           static_cast<double>(application.daily_limit));
  }
  return out;
}

void Metrics::submitted(relay::MessageClass message_class, std::size_t messages) {
  submitted_[static_cast<std::size_t>(message_class)] += messages;
}

void Metrics::refused(std::string_view problem_type) {
  const auto found = refused_.find(problem_type);
  if (found != refused_.end()) {
    ++found->second;
  } else {
    refused_.emplace(problem_type, 1);
  }
}

void Metrics::attempt(const std::string& provider, relay::Outcome outcome, relay::Millis duration) {
  ++attempts_[provider][static_cast<std::size_t>(outcome)];
  const double seconds = static_cast<double>(duration.count()) / 1000.0;
  auto& histogram = durations_[provider];
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
  ++histogram.buckets[bucket];
  histogram.sum += seconds;
  ++histogram.count;
}

void Metrics::moved(relay::MessageClass message_class, relay::State to) {
  ++moved_[static_cast<std::size_t>(message_class)][static_cast<std::size_t>(to)];
}

void Metrics::inbound(const std::string& provider) { ++inbound_[provider]; }

void Metrics::render_attempts(std::string& out) const {
  head(out, "relay_attempts_total", "counter", "Attempts by provider and outcome.");
  for (const auto& [provider, outcomes] : attempts_) {
    for (int outcome = 0; outcome < relay::outcome_count; ++outcome) {
      sample(out, "relay_attempts_total",
             {{"provider", provider}, {"outcome", name_of(static_cast<relay::Outcome>(outcome))}},
             static_cast<double>(outcomes[static_cast<std::size_t>(outcome)]));
    }
  }
  head(out, "relay_attempt_duration_seconds", "histogram", "How long attempts took.");
  for (const auto& [provider, histogram] : durations_) {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      cumulative += histogram.buckets[i];
      sample(out, "relay_attempt_duration_seconds_bucket", {{"provider", provider}, {"le", metric_number(bounds[i])}},
             static_cast<double>(cumulative));
    }
    sample(out, "relay_attempt_duration_seconds_bucket", {{"provider", provider}, {"le", "+Inf"}},
           static_cast<double>(histogram.count));
    sample(out, "relay_attempt_duration_seconds_sum", {{"provider", provider}}, histogram.sum);
    sample(out, "relay_attempt_duration_seconds_count", {{"provider", provider}}, static_cast<double>(histogram.count));
  }
}

std::string Metrics::render(const HealthReport& report, const relay::outbox::Counters& counters,
                            const std::array<std::optional<relay::TimelineTime>, 5>& oldest, relay::TimelineTime now,
                            const relay::http::Server::Figures& server) const {
  std::string out;
  head(out, "relay_build_info", "gauge", "The version of the relay.");
  sample(out, "relay_build_info", {{"version", EDGE_RELAY_VERSION}}, 1);
  head(out, "relay_messages_submitted_total", "counter", "Messages accepted with 202.");
  for (const auto message_class : relay::all_message_classes) {
    sample(out, "relay_messages_submitted_total", {{"class", name_of(message_class)}},
           static_cast<double>(submitted_[static_cast<std::size_t>(message_class)]));
  }
  head(out, "relay_submissions_refused_total", "counter", "Submissions answered with a problem, by its type.");
  for (const auto& [type, count] : refused_) {
    sample(out, "relay_submissions_refused_total", {{"type", type}}, static_cast<double>(count));
  }
  head(out, "relay_messages_ended_total", "counter", "Messages that became final, by state.");
  for (const auto message_class : relay::all_message_classes) {
    for (int state = static_cast<int>(relay::State::delivered); state < relay::state_count; ++state) {
      const auto count = moved_[static_cast<std::size_t>(message_class)][static_cast<std::size_t>(state)];
      if (count == 0) continue;
      sample(out, "relay_messages_ended_total",
             {{"class", name_of(message_class)}, {"state", name_of(static_cast<relay::State>(state))}},
             static_cast<double>(count));
    }
  }
  render_attempts(out);
  render_queue(out, counters, oldest, now);
  render_paths(out, report);
  head(out, "relay_inbound_messages_total", "counter", "Messages received.");
  for (const auto& [provider, count] : inbound_) {
    sample(out, "relay_inbound_messages_total", {{"provider", provider}}, static_cast<double>(count));
  }
  if (report.free_disk_bytes) {
    head(out, "relay_storage_free_bytes", "gauge", "Free space where the outbox lies.");
    sample(out, "relay_storage_free_bytes", {}, static_cast<double>(*report.free_disk_bytes));
  }
  render_hardware_metrics(out, report.hardware);
  head(out, "relay_http_connections", "gauge", "Open connections of the LAN API.");
  sample(out, "relay_http_connections", {}, static_cast<double>(server.connections));
  head(out, "relay_http_requests_total", "counter", "Requests to the LAN API.");
  sample(out, "relay_http_requests_total", {}, static_cast<double>(server.requests));
  return out;
}

}  // namespace firmware::api
