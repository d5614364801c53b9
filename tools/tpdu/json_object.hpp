#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tpdu_tool {

/// Writes one JSON object on one line, keys in the order of the calls. Own code because the tool shows lone surrogates,
/// which a JSON library rightly refuses to write.
class JsonObject {
 public:
  JsonObject& null(std::string_view key);
  JsonObject& boolean(std::string_view key, bool value);
  JsonObject& integer(std::string_view key, std::optional<std::int64_t> value);  ///< None: null
  JsonObject& text(std::string_view key, std::string_view utf8);                 ///< Valid UTF-8
  JsonObject& text(std::string_view key, std::u32string_view value);             ///< A lone surrogate as \ud83d
  JsonObject& json(std::string_view key, std::string_view value);                ///< Ready-made JSON

  [[nodiscard]] std::string line() const { return body_.empty() ? "{}" : body_ + "}"; }

 private:
  void key(std::string_view name);
  std::string body_;
};

/// {"ok":false,"error":...}
[[nodiscard]] std::string refusal(std::string_view error);

}  // namespace tpdu_tool
