#include "firmware/modem/sim_budget.hpp"

#include <charconv>
#include <chrono>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::TimelineTime;

constexpr std::array<std::string_view, 3> names{"hour", "day", "month"};

struct Period {
  std::int64_t number;
  TimelineTime ends;
};

Period hour_of(TimelineTime now) {
  const auto hour = std::chrono::floor<std::chrono::hours>(now.time_since_epoch());
  return {hour.count(), TimelineTime{hour + std::chrono::hours{1}}};
}

Period day_of(TimelineTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now.time_since_epoch());
  return {day.count(), TimelineTime{day + std::chrono::days{1}}};
}

Period month_of(TimelineTime now) {
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(now.time_since_epoch())};
  const std::chrono::year_month_day date{day};
  const auto next = date.year() / date.month() / std::chrono::day{1} + std::chrono::months{1};
  return {static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()),
          TimelineTime{std::chrono::sys_days{next}.time_since_epoch()}};
}

std::array<Period, 3> periods(TimelineTime now) { return {hour_of(now), day_of(now), month_of(now)}; }

}  // namespace

std::array<SimBudget::Use, 3> SimBudget::uses(TimelineTime now) const {
  std::array<Use, 3> uses;
  const auto present = periods(now);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const bool same = counts_[i].period == present[i].number;
    uses[i] = {names[i], same ? counts_[i].parts : 0, limits_[i], present[i].ends};
  }
  return uses;
}

std::optional<SimBudget::Use> SimBudget::reached(TimelineTime now) const {
  std::optional<Use> last;
  for (const Use& use : uses(now)) {
    if (use.limit > 0 && use.parts >= use.limit) last = use;  // The longer the period, the later it ends.
  }
  return last;
}

void SimBudget::charge(TimelineTime now, int parts) {
  const auto present = periods(now);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i].period != present[i].number) counts_[i] = {present[i].number, 0};
    counts_[i].parts += parts;
  }
}

std::string SimBudget::text() const {
  std::string out;
  for (const auto& count : counts_) out += relay::concat(out.empty() ? "" : " ", count.period, ":", count.parts);
  return out;
}

void SimBudget::restore(std::string_view text) {
  counts_ = {};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (auto& count : counts_) {
    Count read;
    auto result = std::from_chars(at, end, read.period);
    if (result.ec != std::errc{} || result.ptr == end || *result.ptr != ':') return;
    result = std::from_chars(result.ptr + 1, end, read.parts);
    if (result.ec != std::errc{}) return;
    count = read;
    at = result.ptr == end ? end : result.ptr + 1;
  }
}

}  // namespace modem
