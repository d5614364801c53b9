#include "tests/unit/relay/dispatch/dispatch_world.hpp"

#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

namespace dispatch_test {

using namespace relay;
namespace fs = std::filesystem;

DispatchWorld::DispatchWorld(std::uint64_t seed) : world(seed) {
  const fs::path memory = "/dev/shm";
  std::string name = ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "relay-dispatch-XXXXXX").string();
  folder_ = mkdtemp(name.data());
  settings.path = folder_ + "/outbox.db";
  settings.thread = outbox::StoreThread::loop;
  open();
}

DispatchWorld::~DispatchWorld() {
  if (dispatcher) stop();
  outbox.reset();
  fs::remove_all(folder_);
}

void DispatchWorld::open() {
  auto opened = outbox::SqliteOutbox::open(world.runtime(), settings);
  if (!opened) FAIL(opened.error().message.c_str());
  outbox = std::move(*opened);
}

fakes::ScriptedProvider& DispatchWorld::add(providers::Traits traits) {
  providers.push_back(std::make_unique<fakes::ScriptedProvider>(world.runtime(), std::move(traits)));
  return *providers.back();
}

void DispatchWorld::start() {
  std::vector<providers::Provider*> chain;
  for (const auto& provider : providers) chain.push_back(provider.get());
  dispatcher =
      std::make_unique<dispatch::Dispatcher>(world.runtime(), *outbox, std::move(chain), dispatch_settings, observer);
  const auto recovered = world.run(dispatcher->recover());
  if (!recovered) FAIL(recovered.error().message.c_str());
  dispatcher->start();
  world.settle();
}

void DispatchWorld::stop(Millis grace) {
  world.run(dispatcher->stop(grace));
  dispatcher.reset();
}

void DispatchWorld::crash() {
  const std::string copy = folder_ + "/after-crash-" + std::to_string(++crashes_) + ".db";
  fs::copy_file(settings.path, copy);
  if (fs::exists(settings.path + "-wal")) fs::copy_file(settings.path + "-wal", copy + "-wal");
  // What the dead process would still do while it is taken apart here has not happened.
  std::vector<std::size_t> left;
  for (const auto& provider : providers) left.push_back(provider->sent.size());
  stop();
  for (std::size_t i = 0; i < left.size(); ++i) providers[i]->sent.resize(left[i]);
  outbox.reset();
  settings.path = copy;
  open();
  start();
}

MessageId DispatchWorld::store(MessageClass message_class, std::string to, const Tweak& tweak) {
  Message m;
  m.id = outbox->next_id();
  m.batch = m.id;
  m.app = 1;
  m.message_class = message_class;
  m.to = to.empty() ? "+1555" + std::to_string(1'000'000 + ++recipients_) : std::move(to);
  m.content = SmsContent{"Water in the cellar"};
  m.accepted_at = world.clock.wall();
  m.due = now();
  const Millis life = policy_of(message_class).default_expiry;
  m.expires_at = now() + (life == Millis{0} ? Millis{std::chrono::hours{24}} : life);
  m.segments = 1;
  if (tweak) tweak(m);
  const MessageId id = m.id;
  outbox::Submission submission;
  submission.app = m.app;
  submission.messages = {std::move(m)};
  submission.urgency = outbox::Urgency::now;
  const auto result = world.run(outbox->submit(std::move(submission)));
  if (!result) FAIL(result.error().message.c_str());
  return id;
}

outbox::MessageRecord DispatchWorld::record(MessageId id) {
  auto found = world.run(outbox->find(id, std::nullopt));
  if (!found) FAIL(found.error().message.c_str());
  return *found;
}

}  // namespace dispatch_test
