#include "relay/sqlite/query.hpp"

#include <utility>

#include <sqlite3.h>

#include "relay/base/concat.hpp"
#include "relay/sqlite/error.hpp"

namespace relay::sqlite {

Query::Query(Database& database, std::string_view sql) : database_(database), sql_(sql) {
  auto cached = database.statements_.find(sql);
  const bool nested = cached != database.statements_.end() && cached->second.in_use;
  if (nested || cached == database.statements_.end()) {
    auto prepared = database.prepare(sql, !nested);
    if (!prepared) {
      error_ = prepared.error();
      return;
    }
    if (nested) {
      own_ = std::move(*prepared);
      statement_ = own_.get();
      return;
    }
    cached = database.statements_.emplace(sql, Database::Cached{std::move(*prepared), false}).first;
  }
  statement_ = cached->second.statement.get();
  in_use_ = &cached->second.in_use;  // node-based: stays where it is
  *in_use_ = true;
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // repeats the last step's error, which step() has told
  sqlite3_clear_bindings(statement_);
  if (in_use_ != nullptr) *in_use_ = false;
}

Result<bool> Query::step() {
  if (error_) return std::unexpected(*error_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  note(code);
  return std::unexpected(*error_);
}

Result<std::int64_t> Query::run() {
  while (true) {
    const auto more = step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return database_.changes();
  }
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

int Query::columns() const { return sqlite3_column_count(statement_); }

Query::Type Query::type(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_NULL:
      return Type::null;
    case SQLITE_INTEGER:
      return Type::integer;
    case SQLITE_BLOB:
      return Type::blob;
    default:
      return Type::text;
  }
}

std::string Query::text(int column) const {
  const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (value == nullptr) return {};
  return {value, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Query::blob(int column) const {
  const auto* value = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {value, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Query::bind_column(const Query& from, int column) {
  if (!error_) note(sqlite3_bind_value(statement_, next_parameter_++, sqlite3_column_value(from.statement_, column)));
}

void Query::bind_null() {
  if (!error_) note(sqlite3_bind_null(statement_, next_parameter_++));
}

void Query::bind_integer(std::int64_t value) {
  if (!error_) note(sqlite3_bind_int64(statement_, next_parameter_++, value));
}

void Query::bind_text(std::string_view value) {
  if (error_) return;
  // A null pointer would bind NULL instead of the empty text.
  const char* start = value.data() == nullptr ? "" : value.data();
  note(sqlite3_bind_text64(statement_, next_parameter_++, start, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::bind_blob(std::span<const std::byte> value) {
  if (error_) return;
  note(value.empty()
           ? sqlite3_bind_zeroblob(statement_, next_parameter_++, 0)
           : sqlite3_bind_blob64(statement_, next_parameter_++, value.data(), value.size(), SQLITE_TRANSIENT));
}

void Query::note(int code) {
  if (code == SQLITE_OK || error_) return;
  error_ = error_of(database_.db_.get(), code, concat("running \"", sql_.substr(0, 60), "\" on ", database_.path_));
}

}  // namespace relay::sqlite
