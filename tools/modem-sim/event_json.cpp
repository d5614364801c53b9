#include "tools/modem-sim/event_json.hpp"

#include <nlohmann/json.hpp>

namespace modem_sim {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void add(Json& json, const Acceptance& acceptance) {
  const auto& submit = acceptance.submit;
  json["mr"] = acceptance.reference;
  json["to"] = submit.to;
  json["text"] = submit.text;
  if (const auto& parts = submit.concatenation) {
    json["parts"] = {{"ref", parts->reference},
                     {"ref_bits", parts->reference_bits},
                     {"total", parts->total},
                     {"seq", parts->sequence}};
  } else {
    json["parts"] = nullptr;
  }
  json["srr"] = submit.status_report_requested;
  json["validity_minutes"] = submit.validity_minutes ? Json(*submit.validity_minutes) : Json(nullptr);
  json["dcs"] = submit.dcs;
  json["pdu"] = acceptance.pdu;
}

}  // namespace

std::string json_line(const Event& event) {
  Json json{{"t_ms", relay::to_ms(event.at)}, {"event", event.name}};
  for (const auto& [key, value] : event.fields) {
    std::visit([&](const auto& plain) { json[std::string{key}] = plain; }, value);
  }
  if (event.acceptance) add(json, *event.acceptance);
  return line_of(json);
}

std::string json_line(const Ledger::Entry& entry) {
  Json json{{"n", entry.number}, {"t_ms", relay::to_ms(entry.at)}};
  add(json, entry.acceptance);
  return line_of(json);
}

}  // namespace modem_sim
