#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/api/health.hpp"
#include "relay/http/server.hpp"
#include "relay/message/vocabulary.hpp"

namespace firmware::api {

/// What each application with a valid key has sent on the day of `now`, and may send, for GET /metrics.
[[nodiscard]] std::string render_usage(const std::vector<relay::outbox::Application>& applications,
                                       const relay::outbox::Counters& counters, relay::TimelineTime now);

/// Counts for GET /metrics (Prometheus text format 0.0.4; names: facts/interfaces.md 4.8). Labels are few and never a
/// number.
class Metrics {
 public:
  void submitted(relay::MessageClass message_class, std::size_t messages);
  void refused(std::string_view problem_type);
  void attempt(const std::string& provider, relay::Outcome outcome, relay::Millis duration);
  void moved(relay::MessageClass message_class, relay::State to);
  void inbound(const std::string& provider);

  [[nodiscard]] std::string render(const HealthReport& report, const relay::outbox::Counters& counters,
                                   const std::array<std::optional<relay::TimelineTime>, 5>& oldest,
                                   relay::TimelineTime now, const relay::http::Server::Figures& server) const;

 private:
  /// Seconds: from a modem's or a cloud's quick answer to a whole time budget.
  static constexpr std::array<double, 10> bounds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120};
  struct Histogram {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    double sum = 0;
    std::uint64_t count = 0;
  };
  void render_attempts(std::string& out) const;

  std::array<std::uint64_t, 5> submitted_{};
  std::array<std::array<std::uint64_t, relay::state_count>, 5> moved_{};
  std::map<std::string, std::uint64_t, std::less<>> refused_;
  std::map<std::string, std::array<std::uint64_t, relay::outcome_count>> attempts_;
  std::map<std::string, Histogram> durations_;
  std::map<std::string, std::uint64_t> inbound_;
};

}  // namespace firmware::api
