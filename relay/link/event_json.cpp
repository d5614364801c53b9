#include "relay/link/event_json.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "relay/base/rfc3339.hpp"
#include "relay/json/json.hpp"

namespace relay::link {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using providers::WebhookEvent;

constexpr std::array receipts{ReceiptStatus::pending, ReceiptStatus::delivered, ReceiptStatus::failed,
                              ReceiptStatus::unknown};

void put(ordered_json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

int small_number_of(const json& object, const char* name) {
  const std::int64_t value = number_of(object, name);
  return value >= 0 && value <= 255 ? static_cast<int>(value) : 0;
}

bool read_receipt(const json& body, WebhookEvent& event) {
  event.message = text_of(body, "message");
  event.to = text_of(body, "to");
  event.status = text_of(body, "status");
  event.code = text_of(body, "code");
  event.cost = text_of(body, "cost");
  event.segments = small_number_of(body, "segments");
  event.rank = small_number_of(body, "rank");
  event.attempt = small_number_of(body, "attempt");
  event.not_sent = is_set(body, "not_sent");
  event.refused = is_set(body, "refused");
  event.opted_out = is_set(body, "opted_out");
  const std::string word = text_of(body, "receipt");
  for (const auto status : receipts) {
    if (name_of(status) != word) continue;
    event.receipt = status;
    return true;
  }
  return false;
}

void read_inbound(const json& body, WebhookEvent& event) {
  event.from = text_of(body, "from");
  event.text = text_of(body, "text");
  const std::string word = text_of(body, "opt_out");
  if (word == "stop") event.opt_out = OptOutWord::stop;
  if (word == "start") event.opt_out = OptOutWord::start;
  const auto media = body.find("media");
  if (media == body.end() || !media->is_array()) return;
  for (const auto& one : *media) {
    if (one.is_object()) event.media.push_back({text_of(one, "url"), text_of(one, "type")});
  }
}

}  // namespace

std::string to_json(const WebhookEvent& event) {
  ordered_json out;
  const bool receipt = event.kind == WebhookEvent::Kind::receipt;
  out["kind"] = receipt ? receipt_type : inbound_type;
  out["provider"] = event.provider;
  out["channel"] = name_of(event.channel);
  out["fingerprint"] = event.fingerprint;
  put(out, "ref", event.ref);
  put(out, "ours", event.ours);
  out["at"] = format_rfc3339(event.at);
  if (receipt) {
    put(out, "message", event.message);
    put(out, "to", event.to);
    put(out, "status", event.status);
    out["receipt"] = name_of(event.receipt);
    out["rank"] = event.rank;
    put(out, "code", event.code);
    put(out, "cost", event.cost);
    if (event.segments > 0) out["segments"] = event.segments;
    if (event.attempt > 0) out["attempt"] = event.attempt;
    if (event.not_sent) out["not_sent"] = true;
    if (event.refused) out["refused"] = true;
    if (event.opted_out) out["opted_out"] = true;
  } else {
    out["from"] = event.from;
    out["text"] = event.text;
    for (const auto& media : event.media) out["media"].push_back({{"url", media.url}, {"type", media.type}});
    if (event.opt_out != OptOutWord::none) out["opt_out"] = event.opt_out == OptOutWord::stop ? "stop" : "start";
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<WebhookEvent> from_json(std::string_view text) {
  const json body = parse_json(text);
  const auto refuse = [](const char* why) { return fail(ErrorCode::invalid_argument, why); };
  if (!body.is_object()) return refuse("the event is no JSON object");
  WebhookEvent event;
  event.provider = text_of(body, "provider");
  event.fingerprint = text_of(body, "fingerprint");
  event.ref = text_of(body, "ref");
  event.ours = text_of(body, "ours");
  const auto channel = parse_channel(text_of(body, "channel"));
  const auto at = parse_rfc3339(text_of(body, "at"));
  if (event.provider.empty() || event.fingerprint.empty() || !channel || !at)
    return refuse("the event lacks its provider, fingerprint, channel or time");
  event.channel = *channel;
  event.at = *at;
  const std::string kind = text_of(body, "kind");
  if (kind == inbound_type) {
    event.kind = WebhookEvent::Kind::inbound;
    read_inbound(body, event);
    return event;
  }
  if (kind != receipt_type || !read_receipt(body, event)) return refuse("the event is neither a receipt nor inbound");
  return event;
}

}  // namespace relay::link
