#include "firmware/modem/at/lines.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

namespace at {
namespace {

using namespace std::string_view_literals;

struct NamedError {
  std::string_view words;
  int code;
};

/// The words of CMEE=2 (27.007 clause 9.2) for the codes that decide something.
constexpr std::array cme_words{
    NamedError{"operation not allowed", 3},
    NamedError{"operation not supported", 4},
    NamedError{"PH-SIM PIN required", 5},
    NamedError{"SIM not inserted", 10},
    NamedError{"SIM PIN required", 11},
    NamedError{"SIM PUK required", 12},
    NamedError{"SIM failure", 13},
    NamedError{"SIM busy", 14},
    NamedError{"SIM wrong", 15},
    NamedError{"incorrect password", 16},
    NamedError{"SIM PIN2 required", 17},
    NamedError{"SIM PUK2 required", 18},
    NamedError{"memory full", 20},
    NamedError{"invalid index", 21},
    NamedError{"not found", 22},
    NamedError{"memory failure", 23},
    NamedError{"no network service", 30},
    NamedError{"network timeout", 31},
    NamedError{"unknown", 100},
};

/// The words of 27.005 clause 3.2.5.
constexpr std::array cms_words{
    NamedError{"ME failure", 300},
    NamedError{"SMS service of ME reserved", 301},
    NamedError{"operation not allowed", 302},
    NamedError{"operation not supported", 303},
    NamedError{"invalid PDU mode parameter", 304},
    NamedError{"invalid text mode parameter", 305},
    NamedError{"(U)SIM not inserted", 310},
    NamedError{"SIM not inserted", 310},
    NamedError{"SIM PIN required", 311},
    NamedError{"SIM failure", 313},
    NamedError{"SIM busy", 314},
    NamedError{"SIM wrong", 315},
    NamedError{"SIM PUK required", 316},
    NamedError{"memory failure", 320},
    NamedError{"invalid memory index", 321},
    NamedError{"memory full", 322},
    NamedError{"SMSC address unknown", 330},
    NamedError{"no network service", 331},
    NamedError{"network timeout", 332},
    NamedError{"unknown error", 500},
};

constexpr std::array call_results{"NO CARRIER"sv, "NO DIALTONE"sv, "NO DIAL TONE"sv, "BUSY"sv, "NO ANSWER"sv};

constexpr std::array unsolicited_prefixes{
    "+CMTI:"sv,   "+CMT:"sv,       "+CDS:"sv,    "+CDSI:"sv,     "+CBM:"sv,       "+CBMI:"sv,  "+CREG:"sv,
    "+CGREG:"sv,  "+CEREG:"sv,     "+C5GREG:"sv, "+CUSD:"sv,     "+CRING:"sv,     "+CLIP:"sv,  "+CPIN:"sv,
    "+CFUN:"sv,   "+CTZV:"sv,      "+CTZE:"sv,   "+CIEV:"sv,     "+CGEV:"sv,      "+CSSU:"sv,  "*PSUTTZ"sv,
    "*SMSGFL"sv,  "*STKEND"sv,     "DST:"sv,     "+QIND:"sv,     "+QUSIM:"sv,     "+STIN:"sv,  "+SIMCARD:"sv,
    "^BOOT:"sv,   "^RSSI:"sv,      "^HCSQ:"sv,   "^MODE:"sv,     "^DSFLOWRPT:"sv, "^SRVST:"sv, "^SIMST:"sv,
    "^STIN:"sv,   "^SMMEMFULL:"sv, "^CSNR:"sv,   "^NWTIME:"sv,   "+ZDONR:"sv,     "+ZPASR:"sv, "+ZUSIMR:"sv,
    "+PBREADY"sv, "+UUSIMSTAT"sv,  "#QSS:"sv,    "+AT: READY"sv, "+CPSI:"sv,
};
constexpr std::array unsolicited_lines{
    "RING"sv,
    "RDY"sv,
    "SMS Ready"sv,
    "Call Ready"sv,
    "SMS DONE"sv,
    "SMS READY"sv,
    "PB DONE"sv,
    "POWERED DOWN"sv,
    "NORMAL POWER DOWN"sv,
    "START"sv,
    "OVER-VOLTAGE WARNNING"sv,
    "UNDER-VOLTAGE WARNNING"sv,
    "UNDER-VOLTAGE POWER DOWN"sv,
};

bool is_one_of(std::span<const std::string_view> names, std::string_view line) {
  return std::ranges::find(names, line) != names.end();
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

int code_of(std::string_view words, std::span<const NamedError> table) {
  if (const auto number = number_of(words)) return *number;
  const auto found =
      std::ranges::find_if(table, [&](const NamedError& error) { return equal_ignoring_case(error.words, words); });
  return found == table.end() ? -1 : found->code;
}

}  // namespace

std::string name_of(const Final& final) {
  switch (final.kind) {
    case Final::Kind::ok:
      return "OK";
    case Final::Kind::error:
      return "ERROR";
    case Final::Kind::cme:
      return final.code >= 0 ? "CME " + std::to_string(final.code) : "CME ERROR";
    case Final::Kind::cms:
      return final.code >= 0 ? "CMS " + std::to_string(final.code) : "CMS ERROR";
    case Final::Kind::call:
      return "call ended";
    case Final::Kind::silence:
      return "timeout";
    case Final::Kind::interrupted:
      return "modem restarted";
    case Final::Kind::lost:
      return "line lost";
  }
  return "?";
}

std::optional<Final> parse_final(std::string_view line) {
  constexpr auto cme = "+CME ERROR:"sv;
  constexpr auto cms = "+CMS ERROR:"sv;
  const std::string text{line};
  if (line == "OK" || line == "0") return Final{Final::Kind::ok, -1, text};  // "0" and "4": after ATV0
  if (line == "ERROR" || line == "4" || line == "COMMAND NOT SUPPORT") return Final{Final::Kind::error, -1, text};
  if (line.starts_with("MODEM ERROR:"))
    return Final{Final::Kind::error, number_of(trim(line.substr(12))).value_or(-1), text};
  if (line.starts_with(cme)) return Final{Final::Kind::cme, code_of(trim(line.substr(cme.size())), cme_words), text};
  if (line.starts_with(cms)) return Final{Final::Kind::cms, code_of(trim(line.substr(cms.size())), cms_words), text};
  if (is_one_of(call_results, line) || line == "CONNECT" || line.starts_with("CONNECT ")) {
    return Final{Final::Kind::call, -1, text};
  }
  return std::nullopt;
}

bool is_unsolicited(std::string_view line) {
  return is_one_of(unsolicited_lines, line) ||
         std::ranges::any_of(unsolicited_prefixes, [&](std::string_view prefix) { return line.starts_with(prefix); });
}

bool is_start_of_modem(std::string_view line) {
  return line == "RDY" || line == "START" || line.starts_with("+AT: READY");
}

bool announces_pdu(std::string_view line) {
  constexpr std::array headers{"+CMT:"sv, "+CDS:"sv, "+CBM:"sv, "+CMGL:"sv, "+CMGR:"sv};
  return std::ranges::any_of(headers, [&](std::string_view header) { return line.starts_with(header); });
}

bool is_pdu(std::string_view line) {
  return line.size() >= 4 && line.size() % 2 == 0 &&
         std::ranges::all_of(line, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::vector<std::string> fields_of(std::string_view line) {
  const auto colon = line.find(':');
  std::string_view rest = trim(colon == std::string_view::npos ? line : line.substr(colon + 1));
  std::vector<std::string> fields(1);
  bool quoted = false;
  int depth = 0;
  for (const char c : rest) {
    if (c == '"') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && c == '(') ++depth;
    if (!quoted && c == ')' && depth > 0) --depth;
    if (c == ',' && !quoted && depth == 0) {
      fields.emplace_back();
    } else if (c != ' ' || quoted || !fields.back().empty()) {
      fields.back() += c;
    }
  }
  for (auto& field : fields) field = std::string{trim(field)};
  return fields;
}

std::optional<int> number_of(std::string_view field) {
  int value = 0;
  if (field.empty() || field.size() > 9) return std::nullopt;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace at
