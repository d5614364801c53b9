#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace firmware::api {

/// The Prometheus text format 0.0.4. Internal to the renderers of GET /metrics.

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help);
[[nodiscard]] std::string metric_number(double value);

struct Label {
  std::string_view name;
  std::string_view value;  ///< Without a quote, a backslash or a line break: names of tables and enumerations.
};
void sample(std::string& out, std::string_view name, std::initializer_list<Label> labels, double value);

}  // namespace firmware::api
