#include "tests/sim/clouds.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/providers/common/date.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using nlohmann::json;
using relay::concat;
using relay::Millis;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Phase;
using std::chrono::seconds;

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

/// A member of a form or of a query.
std::string form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const auto end = std::min(form.find('&'), form.size());
    const auto pair = form.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    form.remove_prefix(std::min(end + 1, form.size()));
  }
  return {};
}

/// RFC 2822, in GMT.
std::string date_text(relay::WallTime time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_days day{floor<std::chrono::days>(time.time_since_epoch())};
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time.time_since_epoch() - day.time_since_epoch())};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02lld:%02lld:%02lld +0000",
                days.at(weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<long long>(clock.hours().count()), static_cast<long long>(clock.minutes().count()),
                static_cast<long long>(clock.seconds().count()));
  return text.data();
}

ClientFailure broken(Phase phase, bool byte_left, std::string message) {
  return {.phase = phase,
          .request_byte_left = byte_left,
          .certificate_refused = false,
          .timed_out = false,
          .message = std::move(message)};
}

}  // namespace

std::string_view name_of(Health health) {
  static constexpr std::array<std::string_view, 12> names{
      "well",        "refuses_connections", "no_name",   "loses_before", "loses_after",     "fails",
      "unavailable", "malformed",           "truncated", "throttles",    "refuses_account", "slow"};
  return names.at(static_cast<std::size_t>(health));
}

Clouds::Clouds(World& world) : world_(world), stream_(world.options.seed, "clouds") {
  if (world.options.uses("aws-main")) providers_["aws-main"];
  if (world.options.uses("twilio-main")) providers_["twilio-main"];
}

void Clouds::set_uplink(bool up) {
  if (up == uplink_up_) return;
  world_.note("uplink", up ? "up" : "down");
  uplink_up_ = up;
  uplink_up_since_ = world_.now();
}

void Clouds::set_health(const std::string& provider, Health health) {
  const auto found = providers_.find(provider);
  if (found == providers_.end()) return;
  world_.note("provider", concat(provider, " ", name_of(health)));
  if (health == Health::well && found->second.health != Health::well) found->second.well_since = world_.now();
  found->second.health = health;
}

std::optional<WorldTime> Clouds::well_since(const std::string& provider) const {
  const auto found = providers_.find(provider);
  if (found == providers_.end() || found->second.health != Health::well || !uplink_up_) return std::nullopt;
  return std::max(found->second.well_since, uplink_up_since_);
}

void Clouds::all_well() {
  set_uplink(true);
  for (const auto& [name, provider] : providers_) set_health(name, Health::well);
  ambush_.reset();
}

void Clouds::lay_ambush(Moment moment, bool power) { ambush_ = Ambush{moment, power}; }

bool Clouds::spring_ambush(Moment moment) {
  if (!ambush_ || ambush_->moment != moment || world_.box.boot() == nullptr) return false;
  const bool power = ambush_->power;
  ambush_.reset();
  static constexpr std::array<std::string_view, 3> names{"arrival", "acceptance", "answer"};
  world_.hit(concat("death_at_send.", names.at(static_cast<std::size_t>(moment))));
  if (moment == Moment::arrival) {
    world_.box.doom(power, "a message arrives at a provider");
  } else if (power) {
    world_.box.cut_power(Millis{stream_.between(1'000, 300'000)}, "a provider takes a message");
  } else {
    world_.box.kill(Millis{stream_.between(100, 10'000)}, "a provider takes a message");
  }
  return true;
}

void Clouds::begin(const ClientRequest& request, const std::shared_ptr<Exchange>& exchange) {
  if (request.url.find(".lan/") != std::string::npos) {
    world_.receivers.take(request, exchange);
    return;
  }
  if (request.method == "GET") {
    begin_question(request, exchange);
    return;
  }
  const bool is_twilio = request.url.find("twilio") != std::string::npos;
  begin_send(is_twilio ? "twilio-main" : "aws-main", request, exchange);
}

void Clouds::begin_send(const std::string& provider, const ClientRequest& request,
                        const std::shared_ptr<Exchange>& exchange) {
  std::string to;
  std::string text;
  std::string callback;
  if (provider == "twilio-main") {
    callback = form_value(request.body, "StatusCallback");
    to = form_value(request.body, "To");
    text = form_value(request.body, "Body");
  } else {
    const json body = json::parse(request.body, nullptr, false);
    to = body.value("DestinationPhoneNumber", "");
    text = body.value("MessageBody", "");
  }
  world_.note("request", concat(provider, " ", to, " ", text));
  const auto item = world_.ledger.find(text, to);
  if (!item) {
    world_.violate("I6", concat(provider, " was asked to send what nobody submitted: ", text, " to ", to));
    return;
  }
  watch_probe(provider, exchange->boot_number);
  const std::size_t send =
      world_.ledger.add_send({.item = *item, .provider = provider, .boot = exchange->boot_number, .at = world_.now()});
  exchange->send = send;
  const Health health = providers_[provider].health;
  world_.hit(concat("provider.", uplink_up_ ? name_of(health) : "uplink_down"));
  world_.judge.attempt_begins(send);
  if (!uplink_up_ || health == Health::refuses_connections || health == Health::no_name) {
    refuse_connection(send, exchange, health == Health::no_name || (!uplink_up_ && stream_.chance(0.5)));
    return;
  }
  exchange->byte_left = true;
  world_.ledger.sends[send].byte_left = true;
  spring_ambush(Moment::arrival);
  const Millis travel = health == Health::slow ? stream_.between(Millis{1'000}, Millis{45'000})
                                               : stream_.between(Millis{30}, Millis{200});
  world_.after(travel,
               [this, provider, send, text, callback, exchange] { arrive(provider, send, text, callback, exchange); });
}

void Clouds::refuse_connection(std::size_t send, const std::shared_ptr<Exchange>& exchange, bool name) {
  const Millis delay = stream_.chance(0.5) ? Millis{20} : Millis{5'000};
  world_.after(delay, [this, send, exchange, name] {
    if (!exchange->reaches_box()) return;
    told(send, exchange, Says::fails);
    exchange->end(std::unexpected(broken(name ? Phase::resolve : Phase::connect, false, "no connection")));
  });
}

void Clouds::arrive(const std::string& provider, std::size_t send, const std::string& text, const std::string& callback,
                    const std::shared_ptr<Exchange>& exchange) {
  const Health health = providers_[provider].health;
  const Millis back = stream_.between(Millis{20}, Millis{150});
  if (!uplink_up_ || health == Health::loses_before || health == Health::refuses_connections ||
      health == Health::no_name) {
    answer(provider, send, {}, back, exchange, /*cut=*/true);
    return;
  }
  Result result = decide(provider, world_.ledger.items[world_.ledger.sends[send].item].to);
  if (result.accepted) {
    Result taken = take(provider, send, text, callback);
    if (health != Health::fails) result = std::move(taken);
    result.accepted = true;
    spring_ambush(Moment::acceptance);
  }
  if (health == Health::malformed && result.accepted) result.body = "<html>Bad gateway</html>";
  if (health == Health::truncated && result.accepted) result.body.resize(result.body.size() / 2);
  answer(provider, send, std::move(result), back, exchange, health == Health::loses_after);
}

Clouds::Result Clouds::decide(const std::string& provider, const std::string& to) {
  const bool twilio = provider == "twilio-main";
  switch (providers_[provider].health) {
    case Health::fails:
      return {.status = 500,
              .body = twilio ? R"({"code":20500,"message":"Internal Server Error"})"
                             : R"({"__type":"InternalServerException","Message":"failed"})",
              .retry_after = {},
              .refused = false,
              .accepted = stream_.chance(0.4)};
    case Health::unavailable:
      if (twilio) return {.status = 503, .body = "", .retry_after = {}, .refused = false, .accepted = false};
      return {.status = 503,
              .body = R"({"__type":"ServiceUnavailableException","Message":"out of service"})",
              .retry_after = {},
              .refused = true,
              .accepted = false};
    case Health::throttles:
      return {.status = 429,
              .body = twilio ? R"({"code":20429,"message":"Too Many Requests"})"
                             : R"({"__type":"ThrottlingException","Message":"Rate exceeded"})",
              .retry_after = std::to_string(stream_.between(1, stream_.chance(0.8) ? 3 : 120)),
              .refused = true,
              .accepted = false};
    case Health::refuses_account:
      return {.status = twilio ? 401 : 403,
              .body = twilio ? R"({"code":20003,"message":"Authenticate"})"
                             : R"({"__type":"AccessDeniedException","Message":"not authorized"})",
              .retry_after = {},
              .refused = true,
              .accepted = false};
    default:
      break;
  }
  if (opted_out_.contains(to)) {
    world_.hit("recipient.opted_out");
    return {
        .status = 400,
        .body =
            twilio
                ? R"({"code":21610,"message":"unsubscribed recipient"})"
                : R"({"__type":"ConflictException","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT","Message":"opted out"})",
        .retry_after = {},
        .refused = true,
        .accepted = false,
        .opted_out = true};
  }
  if (to.ends_with("99")) {  // numbers that no provider takes
    world_.hit("recipient.invalid");
    return {
        .status = 400,
        .body =
            twilio
                ? R"({"code":21211,"message":"Invalid 'To' Phone Number"})"
                : R"({"__type":"ValidationException","Reason":"INVALID_PARAMETER","Fields":[{"Name":"DestinationPhoneNumber"}]})",
        .retry_after = {},
        .refused = true,
        .accepted = false};
  }
  return {.status = twilio ? 201 : 200, .body = {}, .retry_after = {}, .refused = false, .accepted = true};
}

Clouds::Result Clouds::take(const std::string& provider, std::size_t send, const std::string& text,
                            const std::string& callback) {
  Send& taken = world_.ledger.sends[send];
  taken.accepted = world_.now();
  world_.note("accepted", concat(provider, " ", text));
  Result result;
  result.accepted = true;
  if (provider == "twilio-main") {
    std::array<char, 35> sid{};
    std::snprintf(sid.data(), sid.size(), "SM%032zx", twilio_messages_.size() + 1);
    const auto draw = stream_.below(100);
    twilio_messages_.push_back({.sid = sid.data(),
                                .item = taken.item,
                                .to = world_.ledger.items[taken.item].to,
                                .body = text,
                                .created = world_.now(),
                                .delivered_at = world_.now() + stream_.between(Millis{2'000}, Millis{120'000}),
                                .last_status = draw < 85   ? "delivered"
                                               : draw < 92 ? "undelivered"
                                                           : "sent"});
    const TwilioMessage& message = twilio_messages_.back();
    if (!callback.empty())
      world_.webhook_calls.follow(message.sid, message.item, callback, message.delivered_at, message.last_status);
    result.status = 201;
    result.body = entry_json(twilio_messages_.back());
  } else {
    result.status = 200;
    result.body = concat(R"({"MessageId":"11111111-2222-3333-4444-)", 100'000'000'000 + send, R"("})");
  }
  world_.judge.accepted(send);
  return result;
}

void Clouds::answer(const std::string& provider, std::size_t send, Result result, Millis delay,
                    const std::shared_ptr<Exchange>& exchange, bool cut) {
  const Millis back = providers_[provider].health == Health::slow ? delay * 100 : delay;
  world_.after(back, [this, send, result = std::move(result), exchange, cut] {
    if (!exchange->reaches_box()) {
      world_.hit("answer.too_late");
      return;
    }
    if (cut) {
      told(send, exchange, Says::fails);
      exchange->end(std::unexpected(broken(Phase::receive, true, "the connection broke")));
      return;
    }
    const bool throttled = result.status == 429;
    const bool account = result.status == 401 || result.status == 403;
    const bool readable = result.refused || (result.accepted && result.status < 300 && result.body.ends_with('}'));
    told(send, exchange,
         throttled                           ? Says::nothing
         : account                           ? Says::refuses_us
         : !readable || result.status >= 500 ? Says::fails
                                             : Says::works);
    if (readable) {
      world_.ledger.sends[send].answered = world_.now();
      world_.ledger.sends[send].opted_out = result.opted_out;
    }
    world_.judge.answered(send);
    ClientResponse response{
        .status = result.status, .headers = {{"Date", date_text(world_.true_wall())}}, .body = result.body};
    if (!result.retry_after.empty()) response.headers.push_back({"Retry-After", result.retry_after});
    exchange->end(std::move(response));
    spring_ambush(Moment::answer);
  });
}

void Clouds::gave_up(const std::shared_ptr<Exchange>& exchange) {
  if (!exchange->send) return;
  world_.hit("answer.timed_out");
  told(*exchange->send, exchange, Says::fails);
}

/// Twilio's list and fetch.
void Clouds::begin_question(const ClientRequest& request, const std::shared_ptr<Exchange>& exchange) {
  const Health health = providers_["twilio-main"].health;
  world_.hit("twilio.asked");
  if (!uplink_up_ || health == Health::refuses_connections || health == Health::no_name) {
    world_.after(Millis{1'000},
                 [exchange] { exchange->end(std::unexpected(broken(Phase::connect, false, "no connection"))); });
    return;
  }
  exchange->byte_left = true;
  const std::string url = request.url;
  world_.after(stream_.between(Millis{50}, Millis{400}), [this, url, exchange] {
    const Health now = providers_["twilio-main"].health;
    if (now != Health::well && now != Health::slow) {
      exchange->end(ClientResponse{.status = 503, .headers = {}, .body = ""});
      return;
    }
    ClientResponse response{.status = 200, .headers = {{"Date", date_text(world_.true_wall())}}, .body = {}};
    const auto query = url.find('?');
    if (query != std::string::npos) {
      const std::string to = form_value(std::string_view{url}.substr(query + 1), "To");
      std::string entries;
      int count = 0;
      for (std::size_t i = twilio_messages_.size(); i-- > 0 && count < 50;) {
        if (twilio_messages_[i].to != to) continue;
        entries += concat(count == 0 ? "" : ",", entry_json(twilio_messages_[i]));
        ++count;
      }
      response.body = concat(R"({"messages":[)", entries, R"(],"next_page_uri":null})");
      world_.note("twilio_list", concat(to, " ", count));
    } else {
      const auto slash = url.rfind('/');
      const std::string sid = url.substr(slash + 1, 34);
      const auto found = std::ranges::find(twilio_messages_, sid, &TwilioMessage::sid);
      response.status = found == twilio_messages_.end() ? 404 : 200;
      response.body = found == twilio_messages_.end() ? R"({"code":20404})" : entry_json(*found);
    }
    exchange->end(std::move(response));
  });
}

std::string Clouds::entry_json(TwilioMessage& message) {
  std::string status = "queued";
  if (world_.now() >= message.delivered_at) {
    status = message.last_status;
    // The box is being shown this: from now on it may say so.
    if (status == "delivered" && !world_.ledger.items[message.item].delivered) {
      world_.ledger.items[message.item].delivered = world_.now();
    }
    world_.hit(concat("twilio.", status));
  }
  json entry{{"sid", message.sid},
             {"to", message.to},
             {"body", message.body},
             {"status", status},
             {"error_code", status == "undelivered" ? json(30003) : json(nullptr)},
             {"price", "-0.00790"},
             {"price_unit", "USD"},
             {"date_created", date_text(world_.options.wall_at_start + message.created.time_since_epoch())}};
  return entry.dump();
}

}  // namespace sim
