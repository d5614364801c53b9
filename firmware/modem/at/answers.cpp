#include "firmware/modem/at/answers.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "firmware/modem/at/lines.hpp"

namespace at {
namespace {

std::optional<Registration::Domain> domain_of(std::string_view line) {
  if (line.starts_with("+CREG:")) return Registration::Domain::circuit;
  if (line.starts_with("+CGREG:")) return Registration::Domain::packet;
  if (line.starts_with("+CEREG:")) return Registration::Domain::lte;
  return std::nullopt;
}

/// A state has at most two digits; a location code has four, or is quoted, or empty.
std::optional<int> bare_small_number(std::string_view field) {
  if (field.size() > 2) return std::nullopt;
  return number_of(field);
}

/// Is the second field, as it stands in the line, without quotes?
bool second_field_is_bare(std::string_view line) {
  const auto comma = line.find(',');
  return comma != std::string_view::npos && !line.substr(comma + 1).starts_with('"') &&
         !line.substr(comma + 1).starts_with(" \"");
}

/// "(0-3,5)" holds 0,1,2,3,5. Anything unreadable holds nothing.
std::vector<int> numbers_in_range(std::string_view group) {
  std::vector<int> numbers;
  std::string text{group};
  std::erase_if(text, [](char c) { return c == '(' || c == ')' || c == ' '; });
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto comma = std::min(text.find(',', start), text.size());
    const std::string_view item = std::string_view{text}.substr(start, comma - start);
    const auto dash = item.find('-');
    const auto low = number_of(item.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : number_of(item.substr(dash + 1));
    for (int n = low.value_or(1); low && high && n <= *high && n < 10; ++n) numbers.push_back(n);
    start = comma + 1;
  }
  return numbers;
}

std::vector<std::vector<int>> groups_of(std::string_view offered) {
  std::vector<std::vector<int>> groups;
  if (offered.starts_with("+CNMI:")) {
    for (const auto& field : fields_of(offered)) groups.push_back(numbers_in_range(field));
  }
  return groups;
}

bool offers(const std::vector<std::vector<int>>& groups, std::size_t place, int value) {
  return groups.size() != 5 || std::ranges::find(groups[place], value) != groups[place].end();
}

std::vector<std::string> memories_in(std::string_view group) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : group) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      name += c;
    } else if (!name.empty()) {
      names.push_back(std::exchange(name, {}));
    }
  }
  if (!name.empty()) names.push_back(name);
  return names;
}

}  // namespace

std::optional<Registration> parse_registration(std::string_view line) {
  const auto domain = domain_of(line);
  if (!domain) return std::nullopt;
  const auto fields = fields_of(line);
  const auto first = bare_small_number(fields[0]);
  if (!first) return std::nullopt;
  const auto second = fields.size() > 1 && second_field_is_bare(line) ? bare_small_number(fields[1]) : std::nullopt;
  if (second && *first <= 5) return Registration{*domain, *second, true};
  return Registration{*domain, *first, false};
}

bool is_registered(int state) {
  return state == 1 || state == 5 || state == 6 || state == 7 || state == 9 || state == 10;
}

std::string_view describe_registration(int state) {
  switch (state) {
    case 0:
      return "not searching";
    case 1:
      return "home";
    case 2:
      return "searching";
    case 3:
      return "denied by the network";
    case 5:
      return "roaming";
    case 6:
      return "home, SMS only";
    case 7:
      return "roaming, SMS only";
    case 8:
      return "emergency calls only";
    case 9:
      return "home, CSFB not preferred";
    case 10:
      return "roaming, CSFB not preferred";
    case 11:
      return "emergency bearer only";
    default:
      return "unknown";
  }
}

std::optional<int> parse_signal_dbm(std::string_view line) {
  if (!line.starts_with("+CSQ:")) return std::nullopt;
  const auto level = number_of(fields_of(line)[0]);
  if (!level || *level > 31) return std::nullopt;
  return -113 + 2 * *level;  // 27.007 clause 8.5
}

std::optional<relay::WallTime> parse_clock(std::string_view line) {
  constexpr std::size_t shortest = 17;  // yy/MM/dd,hh:mm:ss
  const auto open = line.find('"');
  if (!line.starts_with("+CCLK:") || open == std::string_view::npos) return std::nullopt;
  const std::string_view text = line.substr(open + 1, line.find('"', open + 1) - open - 1);
  if (text.size() < shortest) return std::nullopt;
  const auto two_digits = [&](std::size_t at) { return number_of(text.substr(at, 2)).value_or(-1); };
  constexpr int last_century = 80;  // modems that were never told the time begin in 1980
  const int century = two_digits(0) >= last_century ? 1900 : 2000;
  const std::chrono::year_month_day day{std::chrono::year{century + two_digits(0)},
                                        std::chrono::month{static_cast<unsigned>(two_digits(3))},
                                        std::chrono::day{static_cast<unsigned>(two_digits(6))}};
  const int hour = two_digits(9);
  const int minute = two_digits(12);
  const int second = two_digits(15);
  if (!day.ok() || two_digits(0) < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  constexpr std::size_t longest_zone = 3;  // -48 to +56; what is longer is no zone
  std::string_view zone = text.substr(shortest);
  const bool readable = zone.size() <= longest_zone;
  if (zone.starts_with('+')) zone.remove_prefix(1);
  const int quarters = readable ? signed_number_of(zone).value_or(0) : 0;
  const auto local = std::chrono::sys_days{day} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                     std::chrono::seconds{second};
  return relay::WallTime{
      std::chrono::duration_cast<relay::Millis>((local - std::chrono::minutes{15 * quarters}).time_since_epoch())};
}

ExtendedSignal parse_extended_signal(std::string_view line) {
  const auto fields = fields_of(line);
  ExtendedSignal signal;
  if (fields.size() < 6) return signal;
  const auto rsrq = number_of(fields[4]);
  const auto rsrp = number_of(fields[5]);
  if (rsrq && *rsrq <= 34) signal.rsrq_db = *rsrq / 2 - 20;
  if (rsrp && *rsrp <= 97) signal.rsrp_dbm = *rsrp - 141;
  return signal;
}

std::optional<int> signed_number_of(std::string_view field) {
  const bool negative = field.starts_with('-');
  const auto number = number_of(negative ? field.substr(1) : field);
  return number && negative ? std::optional{-*number} : number;
}

std::optional<StoredAt> parse_stored_at(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() < 2) return std::nullopt;
  const auto index = number_of(fields[1]);
  if (!index) return std::nullopt;
  return StoredAt{fields[0], *index};
}

std::optional<Listed> parse_listed(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() < 3) return std::nullopt;
  const auto index = number_of(fields[0]);
  const auto stat = number_of(fields[1]);
  const auto length = number_of(fields.back());
  if (!index || !length) return std::nullopt;
  return Listed{*index, stat.value_or(0), *length};
}

std::optional<int> parse_pdu_length(std::string_view line) { return number_of(fields_of(line).back()); }

std::array<std::vector<std::string>, 3> parse_memories(std::string_view line) {
  std::array<std::vector<std::string>, 3> memories;
  const auto colon = line.find(':');
  const std::string_view rest = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (rest.find('(') == std::string_view::npos) {
    // Without brackets nobody can say where a group ends: one list for all three.
    memories.fill(memories_in(rest));
    return memories;
  }
  std::size_t start = 0;
  for (auto& memory : memories) {
    const auto open = rest.find('(', start);
    const auto close = rest.find(')', start);
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) break;
    memory = memories_in(rest.substr(open, close - open));
    start = close + 1;
  }
  return memories;
}

std::string choose_memory(const std::array<std::vector<std::string>, 3>& memories,
                          const std::vector<std::string>& wanted) {
  for (const auto& name : wanted) {
    if (std::ranges::all_of(memories, [&](const auto& names) { return std::ranges::find(names, name) != names.end(); }))
      return name;
  }
  return {};
}

std::optional<MemoryUse> parse_memory_use(std::string_view line) {
  const auto fields = fields_of(line);
  const std::size_t first = !fields.empty() && !number_of(fields[0]) ? 1 : 0;
  if (fields.size() < first + 2) return std::nullopt;
  const auto used = number_of(fields[first]);
  const auto total = number_of(fields[first + 1]);
  if (!used || !total) return std::nullopt;
  return MemoryUse{*used, *total};
}

std::vector<MessageIndications> message_indications_to_try(std::string_view offered, bool stored_reports) {
  const auto groups = groups_of(offered);
  const int flush = offers(groups, 4, 0) ? 0 : 1;
  std::vector<MessageIndications> result;
  for (const int stored : {1, 2}) {
    for (const int report : {1, 2, 0}) {
      if (report == 2 && !stored_reports) continue;
      // Several sticks list mode 2 and refuse it: mode 1 is the next best, not the next worse report (oFono).
      for (const int mode : {2, 1, 3}) {
        if (offers(groups, 0, mode) && offers(groups, 1, stored) && offers(groups, 3, report)) {
          result.push_back({mode, stored, 0, report, flush});
        }
      }
    }
  }
  return result;
}

std::string to_text(const MessageIndications& indications) {
  std::string text;
  for (const int value : indications) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

bool offers_indications(std::string_view offered, std::string_view indications) {
  const auto groups = groups_of(offered);
  const auto values = fields_of(indications);
  for (std::size_t place = 0; place < values.size(); ++place) {
    const auto value = number_of(values[place]);
    if (!value || place >= 5 || !offers(groups, place, *value)) return false;
  }
  return values.size() == 5;
}

std::string digits_in(std::string_view line, std::size_t least) {
  std::string best;
  std::string run;
  for (const char c : line) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      run += c;
      if (run.size() > best.size()) best = run;
    } else {
      run.clear();
    }
  }
  return best.size() >= least ? best : std::string{};
}

std::optional<int> parse_card_tries(std::string_view line) {
  const auto fields = fields_of(line);
  if (!line.starts_with("+CSIM:") || fields.size() < 2 || fields[1].size() < 4) return std::nullopt;
  const std::string word = fields[1].substr(fields[1].size() - 4);
  if (word == "6983" || word == "9840") return 0;  // blocked
  if (!word.starts_with("63C") && !word.starts_with("63c")) return std::nullopt;
  const char digit = word[3];
  if (digit >= '0' && digit <= '9') return digit - '0';
  return 10;  // A to F: more than anybody uses up.
}

std::string parse_own_number(std::string_view line) {
  const auto fields = fields_of(line);
  if (!line.starts_with("+CNUM:") || fields.size() < 2) return {};
  const std::string& number = fields[1];
  const auto digits = number.starts_with('+') ? std::string_view{number}.substr(1) : std::string_view{number};
  const bool plausible =
      digits.size() >= 3 && digits.size() <= 20 && digits.find_first_not_of("0123456789") == std::string_view::npos;
  return plausible ? number : std::string{};
}

}  // namespace at
