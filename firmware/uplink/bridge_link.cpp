#include "firmware/uplink/bridge_link.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/http/server.hpp"
#include "relay/json/json.hpp"
#include "relay/link/event_json.hpp"

namespace firmware::uplink {
namespace {

using nlohmann::json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Millis;
using relay::parse_json;
using relay::Result;
using relay::Task;
using relay::text_of;
using relay::config::Setting;
using relay::config::Type;

constexpr std::array bridge_settings{
    Setting{.name = "url",
            .type = Type::text,
            .text = "The bridge's link, https://HOST:PORT. Empty: the box has no bridge."},
    Setting{
        .name = "other_urls",
        .type = Type::list,
        .default_value = "[]",
        .text = "The links of the bridge's other nodes, where it has several: tried in turn when one does not answer.",
        .max = 8},
    Setting{.name = "enrol_url",
            .type = Type::text,
            .text = "The bridge's public URL, where the box gets its first certificate."},
    Setting{.name = "enrolment_code",
            .type = Type::secret,
            .text = "The one-time code that edge-bridgectl box invite showed. Used once; it may stay here. Another one "
                    "enrols the box anew.",
            .max = 128},
    Setting{.name = "ca_file",
            .type = Type::text,
            .text = "PEM file of the authorities that the bridge's name is checked by; empty: the system's."},
    Setting{.name = "connect_to",
            .type = Type::list,
            .default_value = "[]",
            .text = "HOST:PORT:CONNECT-HOST:CONNECT-PORT, to reach the bridge by another way.",
            .max = 16},
};
constexpr relay::config::Table table{
    .path = "bridge",
    .kind = {},
    .text = "The bridge in the cloud that takes receipts and inbound messages for this box.",
    .settings = bridge_settings};

// Names in the outbox's facts.
constexpr const char* identity_fact = "bridge/identity";  // key and certificate: in one commit, or the pair could part
constexpr const char* cursor_fact = "bridge/cursor";
constexpr const char* code_fact = "bridge/code";  // hash of the last enrolment code that was used or refused

/// The bridge answers within 25 s; what is slower than this is dead.
constexpr Millis poll_time{40'000};
constexpr Millis certificate_time{20'000};
/// After a renewal that failed: a third of the certificate's life is left for others.
constexpr Millis renewal_pause{10 * 60'000};
constexpr Millis first_pause{1'000};
constexpr Millis longest_pause{60'000};
constexpr std::size_t max_answer_bytes = 4 << 20;  // 100 events of the largest webhooks are rarer than this

std::string hash_of(const std::string& code) { return relay::crypto::hex(relay::crypto::sha256(code)); }

void without_slash(std::string& url) {
  while (url.ends_with('/')) url.pop_back();
}

/// Two thirds into the certificate's life.
relay::WallTime renewal_of(const relay::crypto::Certificate& certificate) {
  return certificate.not_before() + (certificate.not_after() - certificate.not_before()) * 2 / 3;
}

}  // namespace

const relay::config::Table& bridge_settings_table() { return table; }

Result<BridgeSettings> read_bridge_settings(const relay::config::Section& section) {
  BridgeSettings out{.urls = section.list("other_urls"),
                     .enrol_url = section.text("enrol_url"),
                     .enrolment_code = section.text("enrolment_code"),
                     .ca_file = section.text("ca_file"),
                     .connect_to = section.list("connect_to")};
  const std::string& first = section.text("url");
  if (first.empty() && !out.urls.empty())
    return fail(ErrorCode::invalid_argument, "[bridge] other_urls: set url first, which is tried before them");
  if (!first.empty()) out.urls.insert(out.urls.begin(), first);
  for (auto& url : out.urls) {
    if (!url.starts_with("https://"))
      return fail(ErrorCode::invalid_argument,
                  concat("[bridge] ", &url == &out.urls.front() ? "url" : "other_urls", ": must be https://HOST:PORT"));
    without_slash(url);
  }
  without_slash(out.enrol_url);
  return out;
}

BridgeLink::BridgeLink(relay::Runtime runtime, Ports ports, BridgeSettings settings)
    : runtime_(runtime), ports_(std::move(ports)), settings_(std::move(settings)), tasks_(runtime) {}

void BridgeLink::start() {
  if (!settings_.urls.empty()) tasks_.spawn("bridge.link", run());
}

Task<> BridgeLink::stop() { return tasks_.stop(); }

void BridgeLink::note(State state, std::string trouble) {
  if (state == status_.state && trouble == status_.trouble) return;
  if (state == State::up) runtime_.log.info("bridge_up", {{"box", status_.box}});
  if (!trouble.empty()) runtime_.log.warning("bridge_down", {{"reason", trouble}});
  if (state == State::up) {
    status_.down_since.reset();
  } else if (!status_.down_since) {
    status_.down_since = runtime_.clock.steady();
  }
  status_.state = state;
  status_.trouble = std::move(trouble);
}

std::string_view name_of(BridgeLink::State state) {
  switch (state) {
    case BridgeLink::State::off:
      return "off";
    case BridgeLink::State::not_enrolled:
      return "not enrolled";
    case BridgeLink::State::connecting:
      return "connecting";
    case BridgeLink::State::up:
      return "up";
  }
  return "";
}

/// One question after another. What fails waits, longer each time, with full jitter: a thousand boxes must not come
/// back in the same second.
Task<> BridgeLink::run() {
  Millis pause = first_pause;
  std::size_t tried = 0;  // nodes in a row that did not help
  note(State::connecting, "");
  while (true) {
    Result<bool> done = true;
    if (!loaded_) done = co_await load();
    if (done && (!identity_ || has_new_code_)) done = co_await enrol();
    const auto asked = runtime_.clock.steady();
    const auto events_before = status_.events;
    if (done) done = co_await poll();
    if (done && renewal_is_due()) {
      auto renewed = co_await renew();
      if (!renewed) {
        renew_not_before_ = runtime_.clock.steady() + renewal_pause;
        runtime_.log.warning("bridge_certificate_not_renewed", {{"reason", renewed.error().message}});
      }
    }
    // An answer with nothing in it at once is not what the bridge gives: no storm on whatever gave it.
    const bool idle = status_.events == events_before && runtime_.clock.steady() - asked < first_pause;
    if (done && idle) co_await sleep_for(runtime_, first_pause);
    if (done) {
      note(State::up, "");
      pause = first_pause;
      tried = 0;
      continue;
    }
    note(identity_ ? State::connecting : State::not_enrolled, done.error().message);
    // The next node soon; the pause grows only when none of them helped.
    ++node_;
    const bool more = identity_ && ++tried < settings_.urls.size();
    const Millis limit = more ? first_pause : pause;
    const auto jittered =
        Millis{static_cast<std::int64_t>(runtime_.random.below(static_cast<std::uint64_t>(limit.count())))};
    co_await sleep_for(runtime_, jittered + first_pause / 10);
    if (more) continue;
    tried = 0;
    pause = std::min(pause * 2, longest_pause);
  }
}

Task<Result<bool>> BridgeLink::load() {
  auto identity = co_await ports_.outbox.recall(identity_fact);
  if (!identity) co_return std::unexpected(identity.error());
  auto cursor = co_await ports_.outbox.recall(cursor_fact);
  if (!cursor) co_return std::unexpected(cursor.error());
  auto code = co_await ports_.outbox.recall(code_fact);
  if (!code) co_return std::unexpected(code.error());
  loaded_ = true;
  has_new_code_ = !settings_.enrolment_code.empty() && !settings_.enrol_url.empty() &&
                  code->value_or("") != hash_of(settings_.enrolment_code);
  if (*cursor) {
    const std::string& text = **cursor;
    const auto blank = text.find(' ');
    epoch_ = text.substr(0, blank);
    if (blank != std::string::npos) std::from_chars(text.data() + blank + 1, text.data() + text.size(), cursor_);
  }
  const std::string pair = identity->value_or("");
  const auto middle = pair.find("-----BEGIN CERTIFICATE");
  if (middle == std::string::npos) co_return true;
  const auto parsed = relay::crypto::Certificate::parse(pair.substr(middle));
  if (!parsed) co_return true;
  identity_ = Identity{pair.substr(0, middle), pair.substr(middle), renewal_of(*parsed)};
  status_.box = parsed->common_name();
  connect();
  co_return true;
}

void BridgeLink::connect() {
  client_ = ports_.make_client({.ca_file = settings_.ca_file,
                                .connect_to = settings_.connect_to,
                                .certificate = identity_->certificate,
                                .key = identity_->key,
                                .max_response_bytes = max_answer_bytes});
}

Task<Result<bool>> BridgeLink::enrol() {
  if (settings_.enrolment_code.empty() || settings_.enrol_url.empty()) {
    co_return fail(ErrorCode::invalid_argument,
                   "the box has no certificate for the bridge: set [bridge] enrol_url and enrolment_code");
  }
  const auto client = ports_.make_client({.ca_file = settings_.ca_file, .connect_to = settings_.connect_to});
  auto enrolled =
      co_await ask_for_certificate(*client, settings_.enrol_url + "/v1/link/enrol", settings_.enrolment_code);
  if (!enrolled && !identity_) co_return enrolled;
  // The certificate that we have may be good all the same: a code from before codes were remembered is refused too.
  if (!enrolled) runtime_.log.warning("bridge_code_not_taken", {{"reason", enrolled.error().message}});
  if (!enrolled && enrolled.error().code != ErrorCode::conflict) co_return true;  // asked again after the next question
  auto kept = co_await remember(code_fact, hash_of(settings_.enrolment_code));
  if (kept) has_new_code_ = false;
  co_return kept;
}

/// By the bridge's clock: ours may be wrong, and a certificate a minute would follow.
bool BridgeLink::renewal_is_due() const {
  if (relay::planted(relay::PlantedFault::renewal_by_the_boxs_clock))
    return runtime_.clock.wall() >= identity_->renew_at;
  if (runtime_.clock.steady() < renew_not_before_) return false;
  return heard_ && heard_->at_bridge + (runtime_.clock.steady() - heard_->at_box) >= identity_->renew_at;
}

Task<Result<bool>> BridgeLink::renew() {
  // The present client must outlive its exchange: connect() replaces it in the middle.
  const auto client = client_;
  auto renewed = co_await ask_for_certificate(*client, url() + "/v1/link/renew", "");
  co_return renewed;
}

/// A new key each time: the old one's certificate is of no use to whoever has the new one's, and the other way round.
Task<Result<bool>> BridgeLink::ask_for_certificate(relay::http::Client& client, std::string url, std::string code) {
  auto key = relay::crypto::make_key(runtime_.random);
  if (!key) co_return std::unexpected(key.error());
  auto wish = relay::crypto::make_request(*key, "edge-relay", runtime_.random);
  if (!wish) co_return std::unexpected(wish.error());
  json body{{"request", *wish}};
  if (!code.empty()) body["code"] = code;
  relay::http::ClientRequest request{.method = "POST",
                                     .url = std::move(url),
                                     .headers = {{"Content-Type", "application/json"}},
                                     .body = body.dump(),
                                     .deadline = runtime_.clock.steady() + certificate_time};
  const auto answer = co_await client.perform(std::move(request));
  if (!answer) co_return fail(ErrorCode::unavailable, "the bridge does not answer: " + answer.error().message);
  const json told = parse_json(answer->body);
  if (answer->status != 201) {
    co_return fail(
        answer->status == 403 ? ErrorCode::conflict : ErrorCode::unavailable,
        concat("the bridge gives no certificate: HTTP status ", answer->status, " ", text_of(told, "detail")));
  }
  std::string pem = text_of(told, "certificate");
  const auto certificate = relay::crypto::Certificate::parse(pem);
  if (!certificate) co_return std::unexpected(certificate.error());
  auto kept = co_await remember(identity_fact, *key + pem);
  if (!kept) co_return kept;
  identity_ = Identity{std::move(*key), std::move(pem), renewal_of(*certificate)};
  status_.box = certificate->common_name();
  runtime_.log.info("bridge_certificate", {{"box", status_.box}, {"expires_at", text_of(told, "expires_at")}});
  connect();
  co_return true;
}

Task<Result<bool>> BridgeLink::poll() {
  relay::http::ClientRequest request{
      .method = "GET",
      .url = concat(url(), "/v1/link/events?epoch=", relay::http::percent_encode(epoch_), "&after=", cursor_),
      .deadline = runtime_.clock.steady() + poll_time};
  const auto answer = co_await client_->perform(std::move(request));
  if (!answer) co_return fail(ErrorCode::unavailable, concat("the bridge does not answer: ", answer.error().message));
  if (answer->status != 200) {
    const json told = parse_json(answer->body);
    co_return fail(ErrorCode::unavailable,
                   concat("the bridge refuses the box: HTTP status ", answer->status, " ", text_of(told, "detail")));
  }
  status_.heard_at = runtime_.clock.wall();
  co_return co_await take(answer->body);
}

/// In order, each committed before the next. What this version cannot read is passed over: it would come again for
/// ever.
Task<Result<bool>> BridgeLink::take(std::string answer) {
  const json told = parse_json(answer);
  if (!told.is_object() || !told.contains("events") || !told["events"].is_array())
    co_return fail(ErrorCode::corrupt, "the bridge's answer cannot be read");
  const auto now = relay::parse_rfc3339(text_of(told, "now"));
  if (now) heard_ = Heard{*now, runtime_.clock.steady()};
  if (now && ports_.on_time) ports_.on_time(*now);
  const std::string epoch = text_of(told, "epoch");
  if (epoch != epoch_) {
    epoch_ = epoch;
    cursor_ = 0;
  }
  if (told["events"].empty()) co_return true;
  std::int64_t committed = cursor_;
  bool all = true;
  if (relay::planted(relay::PlantedFault::cursor_before_commit)) {
    auto early = co_await remember(cursor_fact, concat(epoch_, " ", told["events"].back().value("number", cursor_)));
    if (!early) co_return early;
  }
  for (const json& one : told["events"]) {
    if (!one.is_object() || !one.contains("number") || !one["number"].is_number_integer() || !one.contains("data"))
      continue;
    const auto number = one["number"].get<std::int64_t>();
    if (number <= committed) continue;  // given before
    auto event = relay::link::from_json(one["data"].dump());
    if (event) {
      all = co_await ports_.take(std::move(*event));
      if (!all) break;
      ++status_.events;
    } else {
      runtime_.log.warning("bridge_event_not_understood",
                           {{"id", text_of(one, "id")}, {"reason", event.error().message}});
    }
    committed = number;
  }
  // The effects are committed; if this is not, they come again and change nothing.
  auto kept = co_await remember(cursor_fact, concat(epoch_, " ", committed));
  if (!kept) co_return kept;
  cursor_ = committed;
  if (!all) co_return fail(ErrorCode::unavailable, "the box cannot store what the bridge has for it");
  co_return true;
}

Task<Result<bool>> BridgeLink::remember(const char* fact, std::string value) {
  return ports_.outbox.remember(fact, std::move(value), relay::outbox::Urgency::now);
}

}  // namespace firmware::uplink
