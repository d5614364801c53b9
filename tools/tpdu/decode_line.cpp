#include "tools/tpdu/decode_line.hpp"

#include <array>
#include <ranges>
#include <vector>

#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/delivery_status.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "tools/tpdu/json_object.hpp"

namespace tpdu_tool {
namespace {

void add_address(JsonObject& out, const tpdu::Address& address) {
  out.text("number", address.number).text("number_type", tpdu::name_of(address.type));
}

void add_coding(JsonObject& out, std::uint8_t pid, std::uint8_t dcs) {
  const tpdu::DataCoding coding = tpdu::decode_coding(dcs);
  out.integer("pid", pid).integer("dcs", dcs).text("encoding", tpdu::name_of(coding));
  out.integer("class", coding.message_class);
}

void add_time(JsonObject& out, std::string_view key, const std::optional<tpdu::Timestamp>& time) {
  if (time) {
    out.text(key, tpdu::to_text(*time));
  } else {
    out.null(key);
  }
}

std::string concatenation_json(const tpdu::Concatenation& value) {
  return JsonObject{}
      .integer("ref", value.ref)
      .integer("ref_bits", value.ref_bits)
      .integer("total", value.total)
      .integer("seq", value.seq)
      .line();
}

std::string ports_json(const tpdu::Ports& value) {
  return JsonObject{}.integer("dst", value.destination).integer("src", value.source).integer("bits", value.bits).line();
}

void add_user_data(JsonObject& out, const tpdu::UserData* data) {
  if (data == nullptr) {
    out.null("text").null("data_hex").null("concat").null("ports").null("header_hex");
    return;
  }
  if (data->text) {
    out.text("text", *data->text).null("data_hex");
  } else {
    out.null("text").text("data_hex", tpdu::to_hex(data->data, tpdu::HexCase::lower));
  }
  const auto& header = data->header;
  out.json("concat", header.concatenation ? concatenation_json(*header.concatenation) : "null");
  out.json("ports", header.ports ? ports_json(*header.ports) : "null");
  if (data->header_octets.empty()) {
    out.null("header_hex");
  } else {
    out.text("header_hex", tpdu::to_hex(data->header_octets, tpdu::HexCase::lower));
  }
}

struct ValidityJson {
  std::string operator()(const tpdu::RelativeValidity& value) const {
    return JsonObject{}
        .text("kind", "relative")
        .integer("octet", value.octet)
        .integer("minutes", tpdu::relative_minutes(value.octet))
        .line();
  }
  std::string operator()(const tpdu::Timestamp& value) const {
    return JsonObject{}.text("kind", "absolute").text("time", tpdu::to_text(value)).line();
  }
  std::string operator()(const tpdu::EnhancedValidity& value) const {
    return JsonObject{}
        .text("kind", "enhanced")
        .integer("format", value.format)
        .boolean("single_shot", value.single_shot)
        .integer("seconds", value.seconds)
        .line();
  }
};

/// One object for each type of message. Every key of the contract is there; what the type does not have is null.
struct MessageJson {
  JsonObject& out;

  void operator()(const tpdu::Deliver& deliver) const {
    add_address(out, deliver.originator);
    add_coding(out, deliver.protocol_identifier, deliver.data_coding_scheme);
    add_user_data(out, &deliver.user_data);
    add_time(out, "timestamp", deliver.service_centre_time);
    out.null("discharge").null("mr").null("status").null("outcome").null("vp");
    out.boolean("more_messages", deliver.more_messages).boolean("reply_path", deliver.reply_path);
  }

  void operator()(const tpdu::Submit& submit) const {
    add_address(out, submit.destination);
    add_coding(out, submit.protocol_identifier, submit.data_coding_scheme);
    add_user_data(out, &submit.user_data);
    out.null("timestamp").null("discharge").integer("mr", submit.message_reference).null("status").null("outcome");
    out.json("vp", submit.validity ? std::visit(ValidityJson{}, *submit.validity) : "null");
    out.boolean("reject_duplicates", submit.reject_duplicates)
        .boolean("status_report_request", submit.status_report_request)
        .boolean("reply_path", submit.reply_path);
  }

  void operator()(const tpdu::StatusReport& report) const {
    add_address(out, report.recipient);
    add_coding(out, report.protocol_identifier, report.data_coding_scheme);
    add_user_data(out, report.user_data ? &*report.user_data : nullptr);
    add_time(out, "timestamp", report.service_centre_time);
    add_time(out, "discharge", report.discharge_time);
    out.integer("mr", report.message_reference).integer("status", report.status);
    out.text("outcome", relay::name_of(tpdu::outcome_of(report.status))).null("vp");
    out.text("status_text", tpdu::describe_status(report.status)).integer("pi", report.parameter_indicator);
  }

  void operator()(const tpdu::Command& command) const {
    add_address(out, command.destination);
    out.integer("pid", command.protocol_identifier).null("dcs").null("encoding").null("class");
    out.null("text").text("data_hex", tpdu::to_hex(command.data, tpdu::HexCase::lower)).null("concat").null("ports");
    out.null("timestamp").null("discharge").integer("mr", command.message_reference).null("status").null("outcome");
    out.null("vp").integer("command_type", command.command_type).integer("message_number", command.message_number);
  }
};

std::string_view type_name(const tpdu::Decoded& decoded) {
  constexpr std::array<std::string_view, 4> names{"deliver", "submit", "status-report", "command"};
  return names[decoded.message.index()];
}

/// The words after the hex; false for one that is unknown.
bool read_option(std::string_view word, tpdu::DecodeOptions& options) {
  if (word == "mt") {
    options.direction = tpdu::Direction::to_mobile;
  } else if (word == "mo") {
    options.direction = tpdu::Direction::from_mobile;
  } else if (word == "smsc") {
    options.with_smsc = true;
  } else if (word == "tpdu") {
    options.with_smsc = false;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string decode_line(std::string_view line) {
  std::string_view hex;
  tpdu::DecodeOptions options;
  for (const auto part : std::views::split(line, ' ')) {
    const std::string_view word(part.begin(), part.end());
    if (word.empty()) continue;
    if (hex.empty()) {
      hex = word;
    } else if (!read_option(word, options)) {
      return refusal("after the hex come 'mt' or 'mo', then 'smsc' or 'tpdu'");
    }
  }
  const auto decoded = tpdu::decode_hex(hex, options);
  if (!decoded) return refusal(decoded.error().message);
  JsonObject out;
  out.boolean("ok", true).text("type", type_name(*decoded));
  if (decoded->smsc && !decoded->smsc->number.empty()) {
    out.text("smsc", decoded->smsc->number);
  } else {
    out.null("smsc");
  }
  std::visit(MessageJson{out}, decoded->message);
  return out.line();
}

}  // namespace tpdu_tool
