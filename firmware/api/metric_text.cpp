#include "firmware/api/metric_text.hpp"

#include <array>
#include <cstdio>

namespace firmware::api {

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  out.append(name).append(" ").append(type).append("\n");
}

std::string metric_number(double value) {
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.15g", value);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

void sample(std::string& out, std::string_view name, std::initializer_list<Label> labels, double value) {
  out += name;
  char separator = '{';
  for (const auto& label : labels) {
    out += separator;
    out.append(label.name).append("=\"").append(label.value).append("\"");
    separator = ',';
  }
  if (separator == ',') out += '}';
  out.append(" ").append(metric_number(value)).append("\n");
}

}  // namespace firmware::api
