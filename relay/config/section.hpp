#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/base/time.hpp"

namespace relay::config {

/// The values of one table, checked against it, defaults filled in. Asking for a name that the table does not have, or
/// by another type, is a bug of ours (assert).
class Section {
 public:
  using Value = std::variant<std::monostate, bool, std::int64_t, double, Millis, std::string, std::vector<std::string>>;

  Section() = default;
  Section(std::string name, std::map<std::string, Value, std::less<>> values)
      : name_(std::move(name)), values_(std::move(values)) {}

  [[nodiscard]] const std::string& name() const {
    return name_;
  }  ///< "listen"; for "providers.*" the last part: "twilio-main".
  [[nodiscard]] bool has(std::string_view setting) const;  ///< Given or defaulted to something.
  [[nodiscard]] bool boolean(std::string_view setting) const;
  [[nodiscard]] std::int64_t integer(std::string_view setting) const;  ///< integer and bytes
  [[nodiscard]] double number(std::string_view setting) const;
  [[nodiscard]] Millis duration(std::string_view setting) const;
  [[nodiscard]] const std::string& text(
      std::string_view setting) const;  ///< text and secret; "" when neither given nor defaulted
  [[nodiscard]] const std::vector<std::string>& list(std::string_view setting) const;
  /// The same with another value of one setting, of its type.
  [[nodiscard]] Section with(std::string_view setting, Value value) const;
  /// Whatever it is, for printing and comparing. Monostate: not set.
  [[nodiscard]] const Value& value(std::string_view setting) const;

 private:
  std::string name_;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace relay::config
