// What an application posts: from the body's bytes to messages ready to be stored, or to an answer that says why not.
// Input: the body.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "firmware/api/message_json.hpp"
#include "firmware/api/problem.hpp"
#include "relay/admission/admission.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using nlohmann::json;
using relay::Message;
using relay::Millis;

void check_problem(const firmware::api::Problem& problem) {
  require(problem.status >= 400 && problem.status <= 599, "a problem is an error");
  require(!problem.type.empty() && !problem.title.empty() && !problem.detail.empty(), "a problem has words");
  const auto response = firmware::api::to_response(problem);
  require(response.status == problem.status, "a problem is answered with its status");
  require(json::accept(response.body), "a problem is answered in JSON");
}

bool is_e164(std::string_view number) {
  return number.size() >= 3 && number.size() <= 16 && number.starts_with('+') &&
         number.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

void check_message(const Message& message, const relay::Timeline& timeline, const relay::admission::Admission& rules) {
  require(is_e164(message.to), "a recipient is an E.164 number");
  require(message.state == relay::State::queued && message.attempts == 0, "a message begins at the beginning");
  const auto& text = std::get<relay::SmsContent>(message.content).text;
  const auto characters = relay::decode_utf8(text);
  require(characters.has_value(), "a text is UTF-8");
  const auto most = static_cast<std::size_t>(rules.settings().max_text_characters);
  require(!characters->empty() && characters->size() <= most, "a text is bounded, and there is one");
  const auto parts = relay::split_sms(text);
  require(parts && message.segments == static_cast<std::int32_t>(parts->parts.size()) &&
              message.encoding == parts->encoding,
          "a message knows its parts");
  require(message.due >= timeline.now() && message.due < message.expires_at, "a message is due before it expires");
  require(message.expires_at - timeline.now() <= rules.settings().max_life + Millis{1}, "a life is bounded");
}

void admit(const relay::admission::Wish& wish) {
  const fakes::VirtualClock clock;
  const relay::Timeline timeline{clock};
  const relay::admission::Admission rules{{}};
  const auto admitted = rules.admit(wish, 1, relay::MessageClass::info, {}, timeline, clock.wall());
  if (!admitted) return check_problem(firmware::api::from_refusal(admitted.error()));
  require(!admitted->empty() && admitted->size() <= static_cast<std::size_t>(rules.settings().max_recipients),
          "recipients are bounded, and there is one");
  std::set<std::string> recipients;
  for (const Message& message : *admitted) {
    check_message(message, timeline, rules);
    require(recipients.insert(message.to).second, "nobody gets it twice");
  }
  require(json::accept(firmware::api::render_accepted(*admitted)), "the answer is JSON");
  require(json::accept(firmware::api::render_list(*admitted, 10, timeline)), "the list is JSON");
}

/// What an idempotency key stands for does not depend on how it is laid out.
void check_digest(std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  if (document.is_discarded()) return;
  const auto digest = firmware::api::payload_digest(body);
  for (const int indent : {-1, 3}) {
    require(firmware::api::payload_digest(document.dump(indent)) == digest, "layout does not matter");
  }
  if (!document.is_object()) return;
  std::string reversed;
  for (auto member = document.rbegin(); member != document.rend(); ++member) {
    reversed += (reversed.empty() ? "{" : ",") + json(member.key()).dump() + ":" + member.value().dump();
  }
  if (!reversed.empty()) require(firmware::api::payload_digest(reversed + "}") == digest, "order does not matter");
  json other = document;
  other["text"] = "another text than any before";
  require(other == document || firmware::api::payload_digest(other.dump()) != digest, "the content does matter");
}

void run(std::string_view body) {
  const auto wish = firmware::api::parse_submission(body);
  if (!wish) {
    require(wish.error().status == 400, "what cannot be read is the application's fault");
    check_problem(wish.error());
    return;
  }
  check_digest(body);
  admit(*wish);
}

fuzz::Seeds seeds() {
  return {
      R"({"to":"+358401234567","text":"Water in the cellar"})",
      R"({"to":["+358401234567","00358 40 765 4321","+358401234567"],"text":"Hei","class":"alarm","tags":["a","b"]})",
      R"({"to":"+1 (555) 123-0001","text":"x","channel":"sms","from":"Box","expires_in":60})",
      R"({"to":"+15551230001","text":"x","class":"once","expires_at":"2026-09-22T00:00:00Z"})",
      R"({"to":"+15551230001","text":"x","send_at":"2026-09-21T20:00:00.5+02:00","callback_url":"http://10.0.0.1/x"})",
      R"({"to":"+15551230001","text":"\u00e4\ud83d\ude00","class":"otp","expires_in":1})",
      R"({"to":"+15551230001","text":null})",
      R"({"to":[],"text":""})",
      R"({"to":"+15551230001","text":"x","nonsense":[[[{}]]]})",
      R"({"to":"+15551230001","text":"x","expires_in":9223372036854775808})",
      R"({"to":"+15551230001","text":"x","expires_in":1e3})",
      R"({"to":"+15551230001","to":"+15551230002","text":"x"})",
      R"([1,2.5,-0.0,true,"x"])",
      "{\"to\":\"+15551230001\",\"text\":\"\xff\"}"};
}

const fuzz::Registration registration{{"submission", &run, &seeds}};

}  // namespace
