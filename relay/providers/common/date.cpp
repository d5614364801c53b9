#include "relay/providers/common/date.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace relay::providers {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes words and numbers off the front of a text; once something does not fit, everything after fails too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void skip(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_) rest_.remove_prefix(expected.size());
  }
  void skip_day_name() {
    const auto comma = rest_.find(',');
    if (comma == std::string_view::npos) return;
    good_ = comma == 3;
    if (good_) rest_.remove_prefix(comma + 1);
    skip(" ");
  }
  int digits(std::size_t at_least, std::size_t at_most) {
    std::size_t count = 0;
    while (count < at_most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') ++count;
    int value = 0;
    good_ = good_ && count >= at_least;
    if (good_) std::from_chars(rest_.data(), rest_.data() + count, value);
    if (good_) rest_.remove_prefix(count);
    return value;
  }
  unsigned month() {
    for (unsigned i = 0; good_ && i < months.size(); ++i) {
      if (!rest_.starts_with(months[i])) continue;
      rest_.remove_prefix(3);
      return i + 1;
    }
    good_ = false;
    return 1;
  }
  int zone_minutes() {
    if (good_ && rest_ == "GMT") return 0;
    const int sign = rest_.starts_with('-') ? -1 : 1;
    skip(sign < 0 ? "-" : "+");
    const int hours = digits(2, 2);
    const int minutes = digits(2, 2);
    good_ = good_ && rest_.empty();
    return sign * (hours * 60 + minutes);
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<WallTime> parse_date(std::string_view text) {
  namespace chrono = std::chrono;
  Scanner scan(text);
  scan.skip_day_name();
  const int day = scan.digits(1, 2);
  scan.skip(" ");
  const unsigned month = scan.month();
  scan.skip(" ");
  const int year = scan.digits(4, 4);
  scan.skip(" ");
  const int hour = scan.digits(2, 2);
  scan.skip(":");
  const int minute = scan.digits(2, 2);
  scan.skip(":");
  const int second = scan.digits(2, 2);
  scan.skip(" ");
  const int zone = scan.zone_minutes();

  const chrono::year_month_day date{chrono::year{year}, chrono::month{month}, chrono::day{static_cast<unsigned>(day)}};
  if (!scan.good() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  const auto seconds =
      chrono::sys_days{date} + chrono::hours{hour} + chrono::minutes{minute - zone} + chrono::seconds{second};
  return WallTime{chrono::duration_cast<Millis>(seconds.time_since_epoch())};
}

}  // namespace relay::providers
