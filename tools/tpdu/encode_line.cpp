#include "tools/tpdu/encode_line.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "firmware/modem/tpdu/submit.hpp"
#include "tools/tpdu/json_object.hpp"

namespace tpdu_tool {
namespace {

using nlohmann::json;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

// Takes typed values out of an object; an absent key or null gives the default. The first wrong one is kept as the
// error.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string text(const char* key, std::string otherwise) {
    const json* const value = find(key);
    if (value == nullptr) return otherwise;
    if (value->is_string()) return value->get<std::string>();
    wrong(key, "must be a string");
    return otherwise;
  }

  std::string required_text(const char* key) {
    if (find(key) == nullptr) wrong(key, "is missing");
    return text(key, "");
  }

  bool boolean(const char* key) {
    const json* const value = find(key);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    wrong(key, "must be true or false");
    return false;
  }

  std::vector<std::string> texts(const char* key) {
    const json* const value = find(key);
    if (value == nullptr) return {};
    const bool strings = value->is_array() && std::ranges::all_of(*value, [](const json& e) { return e.is_string(); });
    if (strings) return value->get<std::vector<std::string>>();
    wrong(key, "must be a list of strings");
    return {};
  }

  std::optional<std::int64_t> integer(const char* key, std::int64_t low, std::int64_t high) {
    const json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    const bool fits =
        value->is_number_integer() &&
        (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(high)) &&
        value->get<std::int64_t>() >= low && value->get<std::int64_t>() <= high;
    if (fits) return value->get<std::int64_t>();
    wrong(key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return std::nullopt;
  }

  void wrong(const char* key, const std::string& what) {
    if (error_.empty()) error_ = std::string(key) + ' ' + what;
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const json& object_;
  std::string error_;
};

Result<tpdu::SubmitRequest> read_request(const json& object) {
  Fields fields(object);
  tpdu::SubmitRequest request;
  request.number = fields.required_text("number");
  request.text = fields.required_text("text");
  request.smsc = fields.text("smsc", "");
  request.validity_minutes = fields.integer("validity_minutes", 0, INT64_MAX);
  if (const auto message_class = fields.integer("class", 0, 3))
    request.message_class = static_cast<int>(*message_class);
  request.status_report_request = fields.boolean("status_report");
  request.message_reference = static_cast<std::uint8_t>(fields.integer("mr", 0, 255).value_or(0));
  request.concat_ref = static_cast<int>(fields.integer("ref", 0, 65535).value_or(0));
  request.concat_ref_bits = static_cast<int>(fields.integer("ref_bits", 8, 16).value_or(8));
  const std::string encoding = fields.text("encoding", "auto");
  if (encoding == "gsm7") {
    request.encoding = relay::TextEncoding::gsm7;
  } else if (encoding == "ucs2") {
    request.encoding = relay::TextEncoding::ucs2;
  } else if (encoding != "auto") {
    fields.wrong("encoding", "must be auto, gsm7 or ucs2");
  }
  for (const auto& name : fields.texts("national_languages")) {
    if (const auto language = tpdu::parse_language(name)) {
      request.languages.push_back(*language);
    } else {
      fields.wrong("national_languages", "has turkish, spanish, portuguese, or a language of India by its name");
    }
  }
  if (!fields.error().empty()) return fail(ErrorCode::invalid_argument, fields.error());
  return request;
}

}  // namespace

std::string encode_line(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return refusal("not a JSON object in UTF-8 whose surrogates are in pairs");
  const auto request = read_request(object);
  if (!request) return refusal(request.error().message);
  const auto submit = tpdu::encode_submit(*request);
  if (!submit) return refusal(submit.error().message);
  std::string parts;
  for (const auto& part : submit->parts) {
    parts += parts.empty() ? '[' : ',';
    parts += JsonObject{}.text("pdu", part.pdu).integer("length", part.length).line();
  }
  return JsonObject{}
      .boolean("ok", true)
      .text("encoding", relay::name_of(submit->encoding))
      .json("parts", parts + ']')
      .line();
}

}  // namespace tpdu_tool
