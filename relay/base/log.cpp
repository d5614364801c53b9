#include "relay/base/log.hpp"

#include <array>
#include <charconv>

#include "relay/base/planted_fault.hpp"

namespace relay {
namespace {

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= ' ' || u == '"' || u == '=' || u == '\\' || u >= 0x7f) return true;
  }
  return false;
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u == '"' || u == '\\') {
      out += '\\';
      out += c;
    } else if (u == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\x";
      out += hex[u >> 4U];
      out += hex[u & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

struct AppendValue {
  std::string& out;
  void operator()(std::int64_t v) const { out += std::to_string(v); }
  void operator()(double v) const {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v, std::chars_format::fixed, 3).ptr;
    out.append(buffer.data(), end);
  }
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(std::string_view v) const {
    if (needs_quotes(v)) {
      append_quoted(out, v);
    } else {
      out += v;
    }
  }
};

}  // namespace

void Log::emit(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  std::string line{event};
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    std::visit(AppendValue{line}, field.value);
  }
  write(level, line);
}

std::string masked_number(std::string_view number) {
  constexpr std::size_t head = 6;
  constexpr std::size_t tail = 2;
  std::string out{number};
  if (planted(PlantedFault::number_in_log)) return out;
  if (out.size() <= head + tail) return std::string(out.size(), '*');
  for (std::size_t i = head; i + tail < out.size(); ++i) out[i] = '*';
  return out;
}

}  // namespace relay
