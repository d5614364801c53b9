#include "bridge/store/sqlite_store.hpp"

#include <utility>

#include "relay/commit/job_group.hpp"
#include "relay/sqlite/query.hpp"

namespace bridge::store {
namespace {

using relay::sqlite::Query;

class SqliteBackend final : public Backend {
 public:
  explicit SqliteBackend(relay::sqlite::Database database) : database_(std::move(database)) {}

  [[nodiscard]] Result<void> commit(std::vector<relay::commit::Job>& jobs) override {
    auto committed = relay::commit::run_in_transaction(database_, jobs);
    if (!committed) (void)Operations(*this).probe();  // takes the place of what may still stand in the WAL
    return committed;
  }
  [[nodiscard]] int wal_frames() const override { return database_.wal_frames(); }
  [[nodiscard]] Result<void> checkpoint(bool truncate) override {
    using Kind = relay::sqlite::Database::Checkpoint;
    return database_.checkpoint(truncate ? Kind::truncate : Kind::passive);
  }

  // Nobody else writes, and reads and commits take turns.
  [[nodiscard]] Result<void> begin_snapshot() override { return {}; }
  void end_snapshot() override {}
  Result<void> announce(const std::string&) override { return {}; }
  [[nodiscard]] Dialect dialect() const override { return Dialect::sqlite; }

 protected:
  [[nodiscard]] Result<Answer> perform(std::string_view statement, std::span<const Value> values) override {
    Query query(database_, statement);
    for (const Value& value : values) std::visit([&](const auto& v) { bind(query, v); }, value);
    Answer answer;
    auto row = query.step();
    for (; row && *row; row = query.step()) answer.rows.push_back(row_of(query));
    if (!row) return std::unexpected(row.error());
    answer.changed = database_.changes();
    return answer;
  }

 private:
  template <class V>
  static void bind(Query& query, const V& value) {
    if constexpr (std::is_same_v<V, Bytes>) {
      query.bind(std::as_bytes(std::span{value.value}));
    } else {
      query.bind(value);
    }
  }
  static Row row_of(const Query& query) {
    std::vector<Value> values;
    for (int column = 0; column < query.columns(); ++column) {
      switch (query.type(column)) {
        case Query::Type::null:
          values.emplace_back(nullptr);
          break;
        case Query::Type::integer:
          values.emplace_back(query.integer(column));
          break;
        case Query::Type::text:
          values.emplace_back(query.text(column));
          break;
        case Query::Type::blob: {
          const auto bytes = query.blob(column);
          values.emplace_back(Bytes{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
          break;
        }
      }
    }
    return Row(std::move(values));
  }

  relay::sqlite::Database database_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(relay::Runtime runtime, const relay::commit::DatabaseFile& file,
                                           StoreThread thread) {
  auto database = relay::commit::open_database(file, sqlite_kind());
  if (!database) return std::unexpected(database.error());
  return std::make_unique<QueuedStore>(runtime, std::make_unique<SqliteBackend>(std::move(*database)), thread);
}

}  // namespace bridge::store
