// What Twilio answers, to a send and to questions about it. Input: see cloud_answer.hpp.
#include "relay/providers/common/answer.hpp"
#include "relay/providers/twilio/dialect.hpp"
#include "relay/providers/twilio/search.hpp"
#include "relay/providers/twilio/status.hpp"
#include "tests/fuzz/cloud_answer.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using namespace relay::providers;

constexpr relay::WallTime now{relay::Millis{1'790'000'000'000}};

twilio::Dialect dialect() {
  return twilio::Dialect({.base_url = "https://api.twilio.com",
                          .account_sid = "AC0123",
                          .user = "AC0123",
                          .password = "secret-token",
                          .from = "+15550001111",
                          .messaging_service_sid = {},
                          .allowed_senders = {},
                          .status_callback = {},
                          .repeat_prefix = "[repeat] "});
}

void check_entry(const twilio::Entry& entry) {
  require(clean_token(entry.sid) == entry.sid && !entry.sid.empty(), "an entry has a name");
  require(clean_token(entry.status) == entry.status, "a status is a word");
  require(entry.cost.size() <= 24, "a price is short");
  const auto finding = twilio::finding_of(entry);
  require(finding.kind == Finding::Kind::accepted && finding.provider_ref == entry.sid, "what is listed was accepted");
  for (const char* known : {"queued", "delivered", "failed", "read"}) {
    const bool is_final = twilio::find_status(known)->receipt != relay::ReceiptStatus::pending;
    if (is_final && entry.status != "read") require(!twilio::is_news(entry.status, known), "a final word stands");
  }
}

void check_page(const twilio::Page& page) {
  twilio::Search search({"hello", "[repeat] hello"}, now, relay::Millis{5000});
  search.look_at(page, relay::Millis{0});
  require(!search.match() || search.saw_text(), "a match has our text");
  for (const auto& entry : page.entries) check_entry(entry);
  const auto next = dialect().follow(page.next_path);
  if (!next) return;
  require(next->url.starts_with("https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages.json?"),
          "credentials go to our own account only");
  require(next->url.find_first_of(" \r\n") == std::string::npos, "an address is one word");
}

void run(std::string_view input) {
  const auto answer = fuzz::read_answer(input);
  fuzz::check_result(answer, dialect().read(answer, now));
  if (const auto entry = twilio::Dialect::read_entry(answer)) check_entry(*entry);
  if (const auto page = twilio::Dialect::read_page(answer)) check_page(*page);
}

fuzz::Seeds seeds() {
  using fuzz::write_answer;
  const std::string_view entry =
      R"({"sid":"SM0123","status":"delivered","error_code":null,"price":"-0.00790","price_unit":"USD","body":"hello","date_created":"Mon, 21 Sep 2026 13:33:20 +0000"})";
  return {write_answer(201, "Content-Type: application/json\n", entry),
          write_answer(200, "Date: Mon, 21 Sep 2026 13:33:20 GMT\n",
                       "{\"messages\":[" + std::string{entry} +
                           "],\"next_page_uri\":\"/2010-04-01/Accounts/AC0123/Messages.json?Page=1\"}"),
          write_answer(200, "", "{\"messages\":[],\"next_page_uri\":null}"),
          write_answer(400, "", R"({"code":21610,"message":"opted out","status":400})"),
          write_answer(400, "", R"({"code":21211,"message":"not a number"})"),
          write_answer(401, "", R"({"code":20003})"),
          write_answer(429, "Retry-After: 7\n", R"({"code":20429})"),
          write_answer(429, "Retry-After: Mon, 21 Sep 2026 13:34:20 GMT\nDate: Mon, 21 Sep 2026 13:33:20 GMT\n", "{}"),
          write_answer(503, "", R"({"code":20503})"),
          write_answer(503, "", "<html>"),
          write_answer(500, "", R"({"code":20500})"),
          write_answer(201, "", "garbage"),
          write_answer(302, "Location: http://captive/\n", "")};
}

const fuzz::Registration registration{{"twilio", &run, &seeds}};

}  // namespace
