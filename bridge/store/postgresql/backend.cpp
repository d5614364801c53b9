#include "bridge/store/postgresql/backend.hpp"

#include <algorithm>
#include <utility>

#include "bridge/store/postgresql/listener.hpp"
#include "bridge/store/postgresql/schema.hpp"
#include "relay/base/concat.hpp"

namespace bridge::store::postgresql {
namespace {

using relay::concat;
using relay::fail;

constexpr relay::Millis first_pause{50};
constexpr relay::Millis longest_pause{2'000};

/// Writing transactions of all nodes run one after another. Each takes rows of many boxes, in the order in which calls
/// came in: two at a time would wait for each other (PostgreSQL then fails one, after a second). And what a statement
/// looks at cannot change before it writes. "ERBR", 2.
constexpr const char* begin = "BEGIN; SELECT pg_advisory_xact_lock(1163018834, 2); SAVEPOINT job";

}  // namespace

Result<void> PostgresqlBackend::connect() {
  if (clock_.steady() < dial_at_) return std::unexpected(trouble_);
  auto opened = Connection::open(url_);
  Result<void> ready = opened ? migrate(*opened) : std::unexpected(opened.error());
  if (!ready) {
    pause_ = std::min(std::max(pause_ * 2, first_pause), longest_pause);
    dial_at_ = clock_.steady() +
               relay::Millis{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(pause_.count())))};
    trouble_ = ready.error();
    return ready;
  }
  pause_ = {};
  connection_.emplace(std::move(*opened));
  if (std::exchange(was_connected_, true) && reconnected_) reconnected_();
  return {};
}

Result<void> PostgresqlBackend::ensure() {
  if (connection_ && connection_->alive()) return {};
  if (in_transaction_) return fail(relay::ErrorCode::io, "the connection to PostgreSQL is lost");
  connection_.reset();
  return connect();
}

Result<void> PostgresqlBackend::execute(const std::string& sql) {
  if (auto there = ensure(); !there) return there;
  auto done = connection_->execute(sql);
  return done ? Result<void>{} : std::unexpected(done.error());
}

Result<Answer> PostgresqlBackend::perform(std::string_view statement, std::span<const Value> values) {
  if (auto there = ensure(); !there) return std::unexpected(there.error());
  auto answer = connection_->run(statement, values);
  if (answer || in_transaction_ || connection_->alive()) return answer;
  // The session had been lost unseen. Outside of a transaction nothing is written: once more.
  if (auto there = ensure(); !there) return std::unexpected(there.error());
  return connection_->run(statement, values);
}

void PostgresqlBackend::roll_back() {
  if (connection_ && connection_->alive() && connection_->in_transaction() && !connection_->execute("ROLLBACK"))
    connection_.reset();
  in_transaction_ = false;
}

Result<void> PostgresqlBackend::begin_snapshot() {
  auto begun = execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  in_transaction_ = begun.has_value();
  return begun;
}

void PostgresqlBackend::end_snapshot() { roll_back(); }

Result<void> PostgresqlBackend::announce(const std::string& box) {
  announced_.insert(box);
  return {};
}

Result<void> PostgresqlBackend::commit(std::vector<relay::commit::Job>& jobs) {
  auto begun = execute(begin);
  if (!begun && connection_ && !connection_->alive()) begun = execute(begin);  // it had been lost unseen
  in_transaction_ = true;
  announced_.clear();  // of operations that were undone it may tell too much: whoever looks finds nothing new
  auto committed = begun ? run_in_transaction(jobs) : begun;
  roll_back();
  return committed;
}

/// What was announced, each once, by a node that is a number: the names of boxes are letters, digits and hyphens.
std::string PostgresqlBackend::news() const {
  std::string sql;
  for (const std::string& box : announced_)
    sql += concat("SELECT pg_notify('", channel, "', '", node_, " ", box, "'); ");
  return sql;
}

Result<void> PostgresqlBackend::run_in_transaction(std::vector<relay::commit::Job>& jobs) {
  bool wrote = false;
  for (relay::commit::Job& job : jobs) {
    job.succeeded = job.run();
    if (auto ended = execute(job.succeeded ? "RELEASE job; SAVEPOINT job" : "ROLLBACK TO job"); !ended) return ended;
    wrote = wrote || job.succeeded;
  }
  // With nothing to keep, each failed job tells its own error, which says more than that of a commit.
  return wrote ? execute(news() + "COMMIT") : Result<void>{};
}

}  // namespace bridge::store::postgresql
