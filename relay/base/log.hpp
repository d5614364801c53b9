#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace relay {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One key and its value in a log line. Never a secret, never a message body, never a whole phone number
/// (`masked_number`).
struct LogField {
  using Value = std::variant<std::int64_t, double, bool, std::string_view>;
  std::string_view key;
  Value value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view{v}) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view{v}) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

/// The log seam: `event key=value key="quoted value"`, one line an event (logfmt). Control characters in values are
/// escaped, so that nothing from outside can forge a line or reach a terminal.
class Log {
 public:
  virtual ~Log() = default;

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    emit(LogLevel::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    emit(LogLevel::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
    emit(LogLevel::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    emit(LogLevel::error, event, fields);
  }

 protected:
  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  /// May be called from any thread. The line has no newline.
  virtual void write(LogLevel level, std::string_view line) = 0;

 private:
  void emit(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
};

/// "+358401234567" becomes "+35840*****67": enough to recognise a line, not to call the person.
[[nodiscard]] std::string masked_number(std::string_view number);

}  // namespace relay
