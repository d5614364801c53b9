#include "tests/unit/relay/outbox/outbox_world.hpp"

#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

namespace outbox_test {

using namespace relay;
using namespace relay::outbox;
namespace fs = std::filesystem;

OutboxWorld::OutboxWorld() {
  std::string name = (fs::temp_directory_path() / "relay-outbox-XXXXXX").string();
  folder = mkdtemp(name.data());
  settings.path = folder + "/outbox.db";
  settings.thread = StoreThread::loop;
}

OutboxWorld::~OutboxWorld() {
  outbox.reset();
  fs::remove_all(folder);
}

Result<std::unique_ptr<SqliteOutbox>> OutboxWorld::try_open(std::string path) {
  SqliteOutboxSettings other = settings;
  other.path = std::move(path);
  return SqliteOutbox::open(world.runtime(), other);
}

void OutboxWorld::open() {
  outbox.reset();
  auto opened = SqliteOutbox::open(world.runtime(), settings);
  if (!opened) FAIL(opened.error().message.c_str());
  outbox = std::move(*opened);
}

void OutboxWorld::reopen_copy() {
  const std::string copy = folder + "/copy.db";
  fs::copy_file(settings.path, copy);
  fs::copy_file(settings.path + "-wal", copy + "-wal");
  outbox.reset();
  settings.path = copy;
  open();
}

void OutboxWorld::close() {
  world.run(outbox->close());
  outbox.reset();
}

Message OutboxWorld::message(std::string to, MessageClass c, AppId app) {
  Message m;
  m.id = outbox->next_id();
  m.batch = m.id;
  m.app = app;
  m.message_class = c;
  m.to = std::move(to);
  m.content = SmsContent{"Water in the cellar"};
  m.accepted_at = world.clock.wall();
  m.due = now();
  m.expires_at = now() + std::chrono::hours{24};
  m.segments = 1;
  return m;
}

MessageId OutboxWorld::store(Message message) {
  const MessageId id = message.id;
  Submission submission;
  submission.app = message.app;
  submission.messages = {std::move(message)};
  const auto result = run(outbox->submit(std::move(submission)));
  if (!result) FAIL(result.error().message.c_str());
  return id;
}

Attempt OutboxWorld::begin(MessageId id, std::string provider) {
  const auto attempt = run(outbox->begin_attempt({id, std::move(provider), world.clock.wall(), false}));
  if (!attempt) FAIL(attempt.error().message.c_str());
  if (attempt->kind != AttemptBegun::Kind::begun) FAIL("the attempt may not begin");
  return attempt->attempt;
}

AttemptEnd OutboxWorld::end_of(MessageId id, int number, Outcome outcome, State next) {
  AttemptEnd e;
  e.message = id;
  e.number = number;
  e.outcome = outcome;
  e.duration = Millis{120};
  e.code = "201";
  e.next = next;
  e.due = now() + std::chrono::minutes{5};
  e.at = world.clock.wall();
  return e;
}

State OutboxWorld::end(AttemptEnd end) {
  const auto state = run(outbox->end_attempt(std::move(end)));
  if (!state) FAIL(state.error().message.c_str());
  return *state;
}

MessageId OutboxWorld::sent(std::vector<std::string> refs, std::string to) {
  const MessageId id = store(std::move(to));
  begin(id);
  auto e = end_of(id, 1, Outcome::accepted, State::sent);
  e.receipt_refs = std::move(refs);
  end(std::move(e));
  return id;
}

Receipt OutboxWorld::receipt(std::string ref, ReceiptStatus status) {
  Receipt r;
  r.provider = "cloud";
  r.ref = std::move(ref);
  r.status = status;
  r.code = "30003";
  r.at = world.clock.wall();
  return r;
}

ReceiptResult OutboxWorld::apply(Receipt receipt) {
  const auto result = run(outbox->apply(std::move(receipt)));
  if (!result) FAIL(result.error().message.c_str());
  return *result;
}

MessageRecord OutboxWorld::find(MessageId id) {
  auto record = run(outbox->find(id, std::nullopt));
  if (!record) FAIL(record.error().message.c_str());
  return *record;
}

std::vector<MessageId> OutboxWorld::due(AppId app, Lane lane, int limit) {
  const auto batch = run(outbox->due(lane, app, now(), limit, 100, {}));
  if (!batch) FAIL(batch.error().message.c_str());
  std::vector<MessageId> ids;
  for (const Message& m : batch->messages) ids.push_back(m.id);
  return ids;
}

bool OutboxWorld::counters_hold() {
  const Counters kept = outbox->counters();
  open();
  Counters counted = outbox->counters();
  if (kept.live != counted.live || kept.stored_rows != counted.stored_rows) return false;
  for (const auto& [app, count] : kept.queued_by_app) {
    if (counted.queued_by_app[app] != count) return false;
  }
  for (const auto& [app, usage] : kept.usage) {
    const Usage& stored = counted.usage[app];
    if (stored.day != usage.day || stored.parts != usage.parts || stored.daily_limit != usage.daily_limit) return false;
  }
  return true;
}

}  // namespace outbox_test
