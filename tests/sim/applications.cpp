#include "tests/sim/applications.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using nlohmann::json;
using relay::concat;
using relay::MessageClass;
using relay::Millis;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Fate = Submission::Fate;

constexpr Millis patience{35'000};  // the server's own limits end every request before
constexpr int most_tries = 400;
constexpr Millis longest_idle{180'000};  // the box's limits: 60 s without a request, 30 s for a whole one
constexpr Millis contest_ends{36 * 60'000};

}  // namespace

Applications::Applications(World& world) : world_(world), stream_(world.options.seed, "applications") {
  for (int i = 0; i < world.options.apps; ++i) apps_.push_back({.name = concat("app", i), .key = {}});
  for (int i = 0; i < world.options.recipients; ++i) {
    numbers_.push_back(concat(number_prefix, 1'000'000 + i * 1'117));
  }
}

// --- requests ---

void Applications::request(const std::string& text, bool admin, Done done) {
  auto connection = world_.box.boot() == nullptr ? nullptr : world_.box.boot()->connect("192.0.2.77", admin);
  if (!connection) {
    world_.after(Millis{1}, [done = std::move(done)] { done(std::nullopt); });
    return;
  }
  const auto call = HttpCall::begin(world_, std::move(connection), std::move(done));
  const std::size_t cut = stream_.chance(0.2) ? stream_.below(text.size()) : text.size();
  call->send(text.substr(0, cut));
  if (cut < text.size()) {
    world_.after(Millis{stream_.between(1, 50)}, [call, rest = text.substr(cut)] { call->send(rest); });
  }
  const WorldTime asked = world_.now();
  world_.after(patience, [this, call, asked] {
    if (call->over()) return;
    const auto up = world_.box.up_since();
    if (up && *up <= asked && world_.box.disk_is_well() && world_.box.disk_well_since() <= asked) {
      world_.violate("I14", "a request to a box that is well got no answer within 35 s");
    }
    call->give_up();
  });
}

std::string Applications::head(std::string_view method, const std::string& path, int app, const std::string& key,
                               std::size_t length) const {
  std::string text = concat(method, " ", path, " HTTP/1.1\r\nHost: box.lan\r\nConnection: close\r\n");
  if (app >= 0) text += concat("Authorization: Bearer ", apps_[static_cast<std::size_t>(app)].key, "\r\n");
  if (!key.empty()) text += concat("Idempotency-Key: \"", key, "\"\r\n");
  if (length > 0) text += concat("Content-Type: application/json\r\nContent-Length: ", length, "\r\n");
  return text + "\r\n";
}

void Applications::register_all() {
  for (std::size_t i = 0; i < apps_.size(); ++i) register_one(i, 0);
}

void Applications::register_one(std::size_t index, int tries) {
  json wish{{"name", apps_[index].name}, {"class", "info"}, {"weight", world_.options.weights.at(index)}};
  const int limit = world_.options.daily_limits.at(index);
  if (limit > 0) wish["daily_limit"] = limit;
  const std::string body = wish.dump();
  request(head("POST", "/v1/admin/keys", -1, "", body.size()) + body, true, [this, index, tries](auto answer) {
    if (answer && answer->status == 201) {
      apps_[index].key = json::parse(answer->body)["key"].template get<std::string>();
      return;
    }
    if (tries == 5) return world_.violate("world", "the box gives no key to an application");
    world_.after(Millis{200}, [this, index, tries] { register_one(index, tries + 1); });
  });
}

// --- submissions ---

void Applications::start() {
  for (int app = 0; app < world_.options.apps; ++app) {
    if (world_.options.flood_contest) {
      world_.after(app == 1 ? world_.options.contest_joined_after : Millis{0}, [this, app] { keep_contest_full(app); });
    } else {
      keep_submitting(app);
    }
  }
  if (world_.options.uses("modem-main") || world_.options.bridge) keep_reading_letters();
}

void Applications::keep_submitting(int app) {
  world_.after(stream_.about(world_.options.between_submissions), [this, app] {
    if (finished_) return;
    submit_new(app);
    keep_submitting(app);
  });
}

/// Some forty of each application always wait (I16).
void Applications::keep_contest_full(int app) {
  world_.after(seconds{20}, [this, app] {
    if (finished_ || world_.now() > WorldTime{contest_ends}) return;
    const int waiting = world_.judge.waiting_of(app);
    // Each to a person of its own: the order per recipient would tie the two applications together.
    for (int i = waiting; i < 60; ++i) submit_new(app, MessageClass::bulk, concat(number_prefix, 2'000'000 + tokens_));
    keep_contest_full(app);
  });
}

std::string Applications::recipient() {
  if (world_.options.has(FaultClass::bad_recipients) && stream_.chance(0.03)) return concat(number_prefix, "5550099");
  return stream_.pick(numbers_);
}

std::string Applications::text_of(const std::string& token, int parts) {
  std::string text = concat("#", token, "# ", text_mark, " pump ", tokens_);
  if (stream_.chance(0.15)) text += " l\xc3\xa4mp\xc3\xb6tila \xe2\x82\xac";   // GSM 7 bit, with an escape
  if (parts == 1 && stream_.chance(0.1)) text += " \xd0\xbd\xd0\xb5\xd1\x82";  // UCS-2
  // Each part names the message.
  while (parts > 1 && text.size() < static_cast<std::size_t>(153 * parts - 20)) text += concat(" #", token, "#");
  return text;
}

std::size_t Applications::submit_new(int app, std::optional<MessageClass> wished, std::string number) {
  static const std::vector<MessageClass> mix{MessageClass::alarm, MessageClass::alarm, MessageClass::otp,
                                             MessageClass::once,  MessageClass::once,  MessageClass::info,
                                             MessageClass::info,  MessageClass::info,  MessageClass::bulk};
  Submission submission;
  submission.app = app;
  submission.message_class = wished.value_or(stream_.pick(mix));
  submission.token = concat("t", ++tokens_);
  // Each application counts for itself: two of them use the same keys.
  const int count = ++apps_[static_cast<std::size_t>(app)].submissions;
  submission.key = stream_.chance(0.9) ? concat("key-", count) : "";
  submission.parts = stream_.chance(0.08) ? 2 : 1;
  submission.callback = stream_.chance(0.5);
  std::vector<std::string> to{number.empty() ? recipient() : number};
  if (number.empty() && stream_.chance(0.05)) to.push_back(recipient());
  if (to.size() == 2 && to[0] == to[1]) to.pop_back();
  static const std::vector<Millis> lives{minutes{2}, minutes{10}, minutes{60}, hours{6}, hours{24}};
  const auto& policy = relay::policy_of(submission.message_class);
  const bool says_life = policy.default_expiry == Millis{0} || stream_.chance(0.5);
  submission.life = says_life ? stream_.pick(lives) : policy.default_expiry;
  std::string text = text_of(submission.token, submission.parts);
  json body{{"text", text}, {"class", relay::name_of(submission.message_class)}};
  if (to.size() == 1) {
    body["to"] = to[0];
  } else {
    body["to"] = to;
  }
  if (says_life) body["expires_in"] = submission.life.count() / 1000;
  if (submission.callback) body["callback_url"] = concat("http://app", app, ".lan/hook");
  if (world_.options.has(FaultClass::cancellations) && submission.life > hours{1} && number.empty() &&
      stream_.chance(0.1)) {
    submission.delay = stream_.between(Millis{minutes{1}}, Millis{minutes{40}});
    body["send_at"] = relay::format_rfc3339(world_.box.wall_of_box() + submission.delay);
  }
  submission.body = body.dump();
  submission.first_try = world_.now();
  submission.lost_time_before = world_.box.lost_time();
  submission.time_leaps_before = world_.box.time_leaps();
  const std::size_t index = world_.ledger.add(std::move(submission), to);
  attempt(index);
  return index;
}

void Applications::attempt(std::size_t index) {
  Submission& submission = world_.ledger.submissions[index];
  if (world_.box.time_leaps() != submission.time_leaps_before) {
    // The box may have lived through the 24 hours of the key meanwhile, by its own clock: no promise holds any more.
    if (submission.fate == Fate::open) submission.fate = Fate::given_up;
    return;
  }
  submission.last_try = world_.now();
  ++submission.tries;
  world_.note("submit", submission.token);
  const bool lost = world_.options.has(FaultClass::app_retries) && !world_.faults.over() && stream_.chance(0.1);
  request(head("POST", "/v1/messages", submission.app, submission.key, submission.body.size()) + submission.body, false,
          [this, index, lost](auto answer) { take_answer(index, std::move(answer), lost); });
}

void Applications::take_answer(std::size_t index, std::optional<HttpAnswer> answer, bool lost) {
  Submission& submission = world_.ledger.submissions[index];
  world_.note("answer", concat(submission.token, " ", answer ? answer->status : 0));
  world_.hit(concat("api.", answer ? answer->status : 0));
  if (answer && answer->status >= 400) world_.tell_trace(answer->body);
  if (lost && answer) {
    world_.hit("fault.app_retries");
    answer.reset();
  }
  if (answer && answer->status == 202) return acknowledge(index, *answer);
  if (submission.fate == Fate::acknowledged) return;  // a needless repetition
  const bool may_repeat = !submission.key.empty();
  if (!answer) {
    // Without a key a second try could be a second message: a careful application gives up.
    if (!may_repeat || submission.tries >= most_tries) {
      submission.fate = Fate::given_up;
      return;
    }
    return try_again(index, stream_.between(Millis{1'000}, Millis{60'000}));
  }
  const bool out_of_budget = answer->body.find("daily-limit-reached") != std::string::npos;
  if (out_of_budget) world_.hit("api.daily_limit");
  if (answer->body.find("queue-full") != std::string::npos) world_.judge.refused_for_room(index);
  if ((answer->status == 503 || answer->status == 429) && !out_of_budget) {
    if (submission.tries >= most_tries || finished_) {
      submission.fate = submission.tries == 1 ? Fate::refused : Fate::given_up;
      return;
    }
    return try_again(index, stream_.between(Millis{5'000}, Millis{120'000}));
  }
  // Refused for good. An earlier try may have been taken all the same, its answer lost.
  submission.fate = submission.tries == 1 ? Fate::refused : Fate::given_up;
  const bool explained = answer->status >= 400 && answer->body.find("\"detail\"") != std::string::npos;
  if (!explained) world_.violate("I14", concat("a submission was answered ", answer->status, " without a reason"));
  if (answer->body.find("idempotency-key-reused") != std::string::npos) {
    world_.violate("I13", concat(submission.token,
                                 " was refused for its key, which no other request of its "
                                 "application has borne"));
  }
}

void Applications::try_again(std::size_t index, Millis pause) {
  world_.after(pause, [this, index] { attempt(index); });
}

void Applications::acknowledge(std::size_t index, const HttpAnswer& answer) {
  Submission& submission = world_.ledger.submissions[index];
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("messages")) {
    return world_.violate("I14", concat(submission.token, ": a 202 without messages: ", answer.head, answer.body));
  }
  if (submission.fate == Fate::acknowledged) {
    world_.hit("api.replayed");
    if (submission.answer != answer.body) {
      world_.violate("I13", concat(submission.token, ": the same key got another answer: ", answer.body));
    }
    return;
  }
  submission.fate = Fate::acknowledged;
  submission.answer = answer.body;
  submission.acknowledged_at = world_.now();
  world_.judge.taken_for_room(index);
  for (const auto& message : body["messages"]) {
    const auto to = message["to"].get<std::string>();
    for (const std::size_t item : submission.items) {
      if (world_.ledger.items[item].to == to) world_.ledger.name(item, message["id"].get<std::string>());
    }
  }
  for (const std::size_t item : submission.items) {
    if (world_.ledger.items[item].id.empty()) {
      world_.violate("I14", concat(submission.token, ": the 202 does not name the message to a recipient"));
    }
    if (submission.message_class == MessageClass::alarm && submission.delay == Millis{0})
      world_.judge.watch_alarm(item);
    if (stream_.chance(0.3)) {
      world_.after(stream_.between(Millis{1'000}, Millis{hours{3}}), [this, item] { ask_about(item); });
    }
  }
  if (world_.options.has(FaultClass::app_retries) && !submission.key.empty() && stream_.chance(0.1)) {
    world_.after(stream_.between(Millis{10}, Millis{hours{2}}), [this, index] { attempt(index); });
  }
  if (world_.options.has(FaultClass::app_misuse) && !submission.key.empty() && stream_.chance(0.05)) {
    const std::string other = json{{"to", numbers_[0]}, {"text", "another text"}, {"class", "info"}}.dump();
    request(head("POST", "/v1/messages", submission.app, submission.key, other.size()) + other, false,
            [this](auto reply) {
              if (!reply || reply->status == 503 || reply->status == 429) return;
              world_.hit(concat("api.key_reused.", reply->status));
              if (reply->status != 422) {
                world_.violate("I13", concat("the same key with another payload was answered ", reply->status));
              }
            });
  }
}

// --- questions, cancellations, misuse ---

void Applications::ask_about(std::size_t item) {
  const std::string id = world_.ledger.items[item].id;
  const int app = world_.ledger.submission_of(item).app;
  request(head("GET", concat("/v1/messages/", id), app, "", 0), false, [this, item](auto answer) {
    if (!answer || answer->status == 503) return;
    if (answer->status == 404 && world_.judge.may_be_gone(item)) return;
    if (answer->status != 200) {
      world_.violate("I1", concat(world_.ledger.items[item].id, " was acknowledged, and the box answers ",
                                  answer->status, " when asked for it"));
      return;
    }
    const json body = json::parse(answer->body, nullptr, false);
    const auto state = relay::parse_state(body.value("state", ""));
    world_.hit(concat("asked.", body.value("state", "")));
    if (state) world_.judge.state_told(item, *state, "the API");
  });
}

void Applications::cancel_one() {
  const auto& items = world_.ledger.items;
  if (items.empty()) return;
  const std::size_t first = items.size() > 20 ? items.size() - 20 : 0;
  const std::size_t item = first + stream_.below(items.size() - first);
  if (items[item].id.empty()) return;
  const std::string id = items[item].id;
  request(head("DELETE", concat("/v1/messages/", id), world_.ledger.submission_of(item).app, "", 0), false,
          [this, item](auto answer) {
            if (!answer) return;
            world_.hit(concat("cancel.", answer->status));
            if (answer->status != 200) return;
            world_.judge.state_told(item, relay::State::cancelled, "the answer to a cancellation");
          });
}

void Applications::flood() {
  world_.hit("fault.app_floods");
  const int app = static_cast<int>(stream_.below(apps_.size()));
  const auto count = stream_.between(10, 60);
  for (std::int64_t i = 0; i < count; ++i) {
    world_.after(Millis{stream_.between(0, 3'000)}, [this, app] {
      if (!finished_) submit_new(app);
    });
  }
}

void Applications::misbehave() {
  static const std::vector<std::string> rubbish{
      "GET / HTTP/1.1\r\n\r\n", "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{\"to\"",
      std::string("\x16\x03\x01\x02\x00\x01\x00", 7),
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer er_nobody\r\nContent-Length: 2\r\n\r\n{}",
      "DELETE /v1/messages/0000000000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"};
  world_.hit("fault.app_misuse");
  request(stream_.pick(rubbish), false, [](auto) {});
}

void Applications::loiter() {
  Boot* boot = world_.box.boot();
  auto connection = boot == nullptr ? nullptr : boot->connect("192.0.2.78", false);
  if (!connection) return;
  const auto closed = std::make_shared<bool>(false);
  connection->on_closed = [closed] { *closed = true; };
  if (stream_.chance(0.5)) connection->send("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
  world_.after(longest_idle, [this, connection, closed] {
    if (!*closed) world_.violate("I18", "a connection on which nothing is said is still open after three minutes");
    connection->close();
  });
}

// --- what comes in ---

void Applications::keep_reading_letters() {
  world_.after(stream_.about(minutes{12}), [this] {
    read_letters(letters_after_);
    keep_reading_letters();
  });
}

void Applications::read_letters(const std::string& after) {
  const std::string path = concat("/v1/inbound?limit=20&after=", after);
  request(head("GET", path, 0, "", 0), false, [this, after](auto answer) {
    if (!answer || answer->status != 200 || letters_after_ != after) return;
    const json body = json::parse(answer->body, nullptr, false);
    const json& letters = body["messages"];
    for (const auto& letter : letters)
      world_.judge.letter_read(letter["from"].template get<std::string>(), letter["text"].template get<std::string>());
    letters_after_ = std::to_string(body["next_after"].template get<std::int64_t>());
    if (letters.empty()) {
      world_.judge.all_letters_read();
    } else {
      read_letters(letters_after_);
    }
  });
}

void Applications::finish() { finished_ = true; }

void Applications::check_recovery() {
  for (int i = 0; i < 3; ++i) {
    world_.after(minutes{3 * i}, [this, i] {
      const std::size_t submission = submit_new(0, MessageClass::info, concat(number_prefix, 7'000'000 + i));
      if (i == 2) world_.judge.expect_first_provider(submission);
    });
  }
}

}  // namespace sim
