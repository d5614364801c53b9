#include "tools/tpdu/json_object.hpp"

#include "relay/message/sms_text.hpp"

namespace tpdu_tool {
namespace {

std::string unicode_escape(char32_t character) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string escape = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) escape += digits[(character >> shift) & 0xFU];
  return escape;
}

// By Unicode, and so to some readers of lines.
bool ends_a_line(char32_t c) { return c == 0x85 || c == 0x2028 || c == 0x2029; }

std::string quoted(std::u32string_view text) {
  std::string out = "\"";
  for (const char32_t c : text) {
    if (c == U'"' || c == U'\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || ends_a_line(c) || c == 0x7F || (c >= 0xD800 && c <= 0xDFFF)) {
      out += unicode_escape(c);
    } else {
      out += relay::encode_utf8({&c, 1});
    }
  }
  return out + '"';
}

}  // namespace

void JsonObject::key(std::string_view name) {
  body_ += body_.empty() ? "{\"" : ",\"";
  body_ += name;
  body_ += "\":";
}

JsonObject& JsonObject::null(std::string_view name) { return json(name, "null"); }

JsonObject& JsonObject::boolean(std::string_view name, bool value) { return json(name, value ? "true" : "false"); }

JsonObject& JsonObject::integer(std::string_view name, std::optional<std::int64_t> value) {
  return value ? json(name, std::to_string(*value)) : null(name);
}

JsonObject& JsonObject::text(std::string_view name, std::string_view utf8) {
  const auto decoded = relay::decode_utf8(utf8);
  return decoded ? text(name, *decoded) : text(name, std::u32string_view{U"\uFFFD"});
}

JsonObject& JsonObject::text(std::string_view name, std::u32string_view value) { return json(name, quoted(value)); }

JsonObject& JsonObject::json(std::string_view name, std::string_view value) {
  key(name);
  body_ += value;
  return *this;
}

std::string refusal(std::string_view error) { return JsonObject{}.boolean("ok", false).text("error", error).line(); }

}  // namespace tpdu_tool
