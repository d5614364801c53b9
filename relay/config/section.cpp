#include "relay/config/section.hpp"

#include <cstdio>
#include <cstdlib>

namespace relay::config {
namespace {

/// A wrong name or type is our own bug, in every build: there is no sensible value to go on with.
[[noreturn]] void bug(const std::string& section, std::string_view setting, const char* what) {
  (void)std::fprintf(stderr, "bug: settings table [%s]: \"%.*s\" %s\n", section.c_str(),
                     static_cast<int>(setting.size()), setting.data(), what);
  std::abort();
}

template <class T>
const T* value_or_null(const Section& section, std::string_view setting) {
  const Section::Value& value = section.value(setting);
  if (std::holds_alternative<std::monostate>(value)) return nullptr;
  const T* typed = std::get_if<T>(&value);
  if (typed == nullptr) bug(section.name(), setting, "is asked for by another type than its table says");
  return typed;
}

template <class T>
const T& value_of(const Section& section, std::string_view setting) {
  const T* value = value_or_null<T>(section, setting);
  if (value == nullptr)
    bug(section.name(), setting, "has neither a value nor a default; ask has() first, or make it required");
  return *value;
}

}  // namespace

const Section::Value& Section::value(std::string_view setting) const {
  const auto found = values_.find(setting);
  if (found == values_.end()) bug(name_, setting, "is not in the module's table");
  return found->second;
}

bool Section::has(std::string_view setting) const { return !std::holds_alternative<std::monostate>(value(setting)); }

bool Section::boolean(std::string_view setting) const { return value_of<bool>(*this, setting); }
std::int64_t Section::integer(std::string_view setting) const { return value_of<std::int64_t>(*this, setting); }
double Section::number(std::string_view setting) const { return value_of<double>(*this, setting); }
Millis Section::duration(std::string_view setting) const { return value_of<Millis>(*this, setting); }

const std::string& Section::text(std::string_view setting) const {
  static const std::string none;
  const auto* value = value_or_null<std::string>(*this, setting);
  return value == nullptr ? none : *value;
}

Section Section::with(std::string_view setting, Value value) const {
  Section out = *this;
  const auto found = out.values_.find(setting);
  if (found == out.values_.end()) bug(name_, setting, "is not in the module's table");
  found->second = std::move(value);
  return out;
}

const std::vector<std::string>& Section::list(std::string_view setting) const {
  static const std::vector<std::string> none;
  const auto* value = value_or_null<std::vector<std::string>>(*this, setting);
  return value == nullptr ? none : *value;
}

}  // namespace relay::config
