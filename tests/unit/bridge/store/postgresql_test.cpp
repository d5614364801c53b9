#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <CppUTest/TestHarness.h>
#include <asio/io_context.hpp>

#include "bridge/store/postgresql/backend.hpp"
#include "bridge/store/postgresql/listener.hpp"
#include "bridge/store/postgresql/schema.hpp"
#include "bridge/store/postgresql_store.hpp"
#include "relay/base/concat.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/unit/bridge/private_postgresql.hpp"

using namespace bridge::store;
using namespace bridge::store::postgresql;
using relay::ErrorCode;

namespace {

/// A node's session, and commits without a loop.
struct Node {
  Node(const std::string& url, std::string name) : backend(url, std::move(name)), operations(backend) {
    const auto connected = backend.connect();
    if (!connected) FAIL(connected.error().message.c_str());
  }
  relay::Result<void> commit(std::vector<std::function<bool(Operations&)>> work) {
    std::vector<relay::commit::Job> jobs(work.size());
    for (std::size_t i = 0; i < work.size(); ++i) jobs[i].run = [this, w = work[i]] { return w(operations); };
    return backend.commit(jobs);
  }
  PostgresqlBackend backend;
  Operations operations;
};

NewEvent event(const std::string& box, const std::string& fingerprint) {
  return {.tenant = "acme", .box = box, .fingerprint = fingerprint, .type = "inbound", .data = "{}"};
}

std::function<bool(Operations&)> keeping(const std::string& box, const std::string& fingerprint) {
  return [=](Operations& o) { return o.keep({event(box, fingerprint)}).has_value(); };
}

void add_boxes(Node& node) {
  const auto done = node.commit({[](Operations& o) {
    return o
        .change({Tenant{.name = "acme", .wrapped_key = "k"}, Box{.tenant = "acme", .name = "b1"},
                 Box{.tenant = "acme", .name = "b2"}},
                {.action = "x"})
        .has_value();
  }});
  CHECK(done.has_value());
}

/// Ends the sessions of all nodes, as a crash of the server would.
void end_sessions(Connection& administrator) {
  CHECK(administrator
            .execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = "
                     "'edge-bridged' AND pid <> pg_backend_pid()")
            .has_value());
}

}  // namespace

TEST_GROUP(Postgresql) {
  std::string url = bridge_test::new_schema();
  fakes::RecordedLog log;
};

/// Were a number visible before a smaller one, the reader's cursor would pass it over.
TEST(Postgresql, numbersBecomeVisibleInOrderAlthoughTwoNodesWriteAtOnce) {
  constexpr int commits = 80;
  Node first(url, "a");
  add_boxes(first);
  std::atomic<int> failed = 0;
  const auto write = [&](const std::string& name) {
    Node node(url, name);
    const auto kept = [&](std::string box, std::string fingerprint) {
      return [&failed, keep = keeping(box, fingerprint)](Operations& o) {
        const bool done = keep(o);
        if (!done) ++failed;
        return done;
      };
    };
    for (int i = 0; i < commits && failed == 0; ++i) {
      // Each takes both boxes, in an order of its own: rows locked so would wait for each other.
      const auto fingerprint = relay::concat(name, i);
      const bool odd = i % 2 == 0;
      const auto done = node.commit({kept(odd ? "b1" : "b2", fingerprint), kept(odd ? "b2" : "b1", fingerprint + "x")});
      if (!done) ++failed;
    }
  };
  std::array<std::thread, 2> writers{std::thread(write, "one"), std::thread(write, "two")};
  std::int64_t cursor = 0;
  std::int64_t seen = 0;
  while (seen < 2 * commits && failed == 0) {
    const auto waiting = first.operations.waiting("acme", "b1", cursor, 100).value();
    for (const auto& one : waiting) {
      ++seen;
      CHECK_EQUAL(seen, one.number);
      cursor = one.number;
    }
  }
  for (auto& writer : writers) writer.join();
  CHECK_EQUAL(0, failed);
  CHECK_EQUAL(2 * commits, first.operations.waiting("acme", "b2", 0, 1000).value().size());
}

TEST(Postgresql, aSessionThatIsLostInACommitLeavesNothingAndTheNextOneGoes) {
  Node node(url, "a");
  add_boxes(node);
  int reconnected = 0;
  node.backend.on_reconnect([&] { ++reconnected; });
  auto administrator = Connection::open(url).value();
  const auto lost = node.commit({keeping("b1", "1"), [&](Operations& o) {
                                   end_sessions(administrator);
                                   return o.keep({event("b1", "2")}).has_value();
                                 }});
  CHECK(lost.error().code == ErrorCode::io);
  CHECK(node.commit({keeping("b1", "1")}).has_value());
  CHECK_EQUAL(1, reconnected);
  CHECK_EQUAL(1, node.operations.waiting("acme", "b1", 0, 10).value().size());
  end_sessions(administrator);  // unseen, between two operations
  CHECK_EQUAL(1, node.operations.waiting("acme", "b1", 0, 10).value().size());
  end_sessions(administrator);
  CHECK(node.commit({keeping("b1", "3")}).has_value());
}

TEST(Postgresql, anOperationThatFailsUndoesOnlyItself) {
  Node node(url, "a");
  add_boxes(node);
  const auto done = node.commit(
      {keeping("b1", "1"), [](Operations& o) { return o.keep({event("b1", "2"), event("none", "3")}).has_value(); },
       [](Operations& o) { return o.change({Box{.tenant = "none", .name = "b"}}, {}).has_value(); },
       keeping("b1", "4")});
  CHECK(done.has_value());
  CHECK_EQUAL(2, node.operations.waiting("acme", "b1", 0, 10).value().size());
}

TEST(Postgresql, aServerThatIsNotThereIsToldAtOnceAndNotHammered) {
  PostgresqlBackend backend("postgresql:///postgres?user=postgres&host=/tmp/there-is-no-such-folder", "a");
  CHECK(backend.connect().error().code == ErrorCode::io);
  const auto sql = Operations(backend).recall("x");
  STRCMP_CONTAINS("PostgreSQL cannot be reached", sql.error().message.c_str());
}

TEST(Postgresql, nodesThatStartTogetherMakeOneSchema) {
  std::atomic<int> good = 0;
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i) {
    nodes.emplace_back([&] {
      auto connection = Connection::open(url).value();
      if (migrate(connection)) ++good;
    });
  }
  for (auto& node : nodes) node.join();
  CHECK_EQUAL(4, good);
}

TEST(Postgresql, aNewerSchemaAndAnotherProgramsTablesAreRefused) {
  auto connection = Connection::open(url).value();
  CHECK(migrate(connection).has_value());
  CHECK(connection.execute("INSERT INTO edge_bridge_schema VALUES (99)").has_value());
  const auto newer = migrate(connection);
  STRCMP_CONTAINS("has schema version 99, this program knows up to", newer.error().message.c_str());
  auto other = Connection::open(bridge_test::new_schema()).value();
  CHECK(other.execute("CREATE TABLE events (x INT)").has_value());
  STRCMP_CONTAINS("tables of another program", migrate(other).error().message.c_str());
}

TEST(Postgresql, aMigrationThatFailsLeavesTheVersionBefore) {
  auto connection = Connection::open(url).value();
  const std::array<const char*, 2> bad{all_migrations()[0], "CREATE TABLE more (x INT); SELECT 1/0"};
  CHECK_FALSE(migrate(connection, bad).has_value());
  CHECK(connection.execute("SELECT 'more'::regclass").error().code == ErrorCode::internal);
  CHECK(migrate(connection).has_value());
}

TEST(Postgresql, urlsAreCheckedWithoutTheirPasswordInTheError) {
  CHECK(Connection::check_url("postgresql://bridge@db1,db2/bridge").has_value());
  for (const char* bad : {"mysql://x", "postgresql://bridge:secret@db/bridge?nonsense=1"}) {
    const auto checked = Connection::check_url(bad);
    CHECK(checked.error().code == ErrorCode::invalid_argument);
    CHECK(checked.error().message.find("secret") == std::string::npos);
  }
}

/// On a real loop: news come from a thread.
TEST(Postgresql, aNodeHearsTheOthersButNotItselfAndSaysWhenItIsDeaf) {
  Node self(url, "self");
  add_boxes(self);
  Node other(url, "other");
  asio::io_context loop;
  fakes::VirtualRuntime virtual_world;
  auto runtime = virtual_world.runtime();
  runtime.executor = loop.get_executor();
  const auto work = asio::make_work_guard(loop);
  std::vector<News> heard;
  const auto hear = [&](std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (heard.size() < count && std::chrono::steady_clock::now() < until) {
      loop.restart();
      loop.run_one_for(std::chrono::seconds{1});
    }
    CHECK_EQUAL(count, heard.size());
    return heard.back();
  };
  const Listener listener(runtime, url, "self", [&](News news) { heard.push_back(std::move(news)); });
  CHECK(hear(1).kind == News::Kind::listening);
  CHECK(self.commit({keeping("b1", "1")}).has_value());
  CHECK(other.commit({keeping("b2", "2")}).has_value());
  CHECK(hear(2).kind == News::Kind::events);
  STRCMP_EQUAL("acme/b2", heard.back().box.c_str());
  CHECK(
      other
          .commit({[](Operations& o) { return o.change({Tenant{.name = "new", .wrapped_key = "k"}}, {}).has_value(); }})
          .has_value());
  CHECK(hear(3).kind == News::Kind::directory);
  auto administrator = Connection::open(url).value();
  end_sessions(administrator);
  CHECK(hear(4).kind == News::Kind::deaf);
  CHECK(hear(5).kind == News::Kind::listening);
}
