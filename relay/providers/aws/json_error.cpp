#include "relay/providers/aws/json_error.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "relay/json/json.hpp"
#include "relay/providers/aws/errors.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;

/// "[DestinationPhoneNumber][MessageBody]": the names of the fields that were found wrong.
std::string field_names(const json& body) {
  std::string out;
  const auto fields = body.find("Fields");
  if (fields == body.end() || !fields->is_array()) return out;
  for (const auto& field : *fields) {
    if (const auto name = text_of(field, "Name"); !name.empty()) out += "[" + name + "]";
  }
  return out;
}

}  // namespace

ProviderError json_error_of(const http::ClientResponse& answer) {
  const json body = parse_json(answer.body);
  if (!body.is_object()) return {};
  std::string type = text_of(body, "__type");
  if (type.empty()) type = http::header_value(answer.headers, "x-amzn-ErrorType");
  ProviderError error{.code = short_error_name(type), .reason = text_of(body, "Reason"), .evidence = field_names(body)};
  // The message may quote the text that was sent, so that it counts only where no field names are given.
  if (error.evidence.empty()) error.evidence = text_of(body, "Message") + text_of(body, "message");
  return error;
}

}  // namespace relay::providers::aws
