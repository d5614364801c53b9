#include "bridge/store/postgresql/connection.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <libpq-fe.h>
#include <utility>

#include "relay/base/concat.hpp"

namespace bridge::store::postgresql {
namespace {

using relay::concat;
using relay::Error;
using relay::ErrorCode;
using relay::fail;

// Object ids of the built-in types (server/catalog/pg_type_d.h, which libpq does not bring along).
constexpr Oid bool_type = 16;
constexpr Oid bytes_type = 17;
constexpr Oid bigint_type = 20;
constexpr Oid smallint_type = 21;
constexpr Oid integer_type = 23;

/// SQLSTATE, whose first two characters are the class.
ErrorCode code_of(std::string_view state) {
  const auto of_class = state.substr(0, 2);
  if (of_class == "23") return ErrorCode::conflict;                      // a rule of the schema
  if (of_class == "53" || of_class == "54") return ErrorCode::full;      // disk, memory, connections; too large
  if (of_class == "22" || of_class == "42") return ErrorCode::internal;  // a value or statement that cannot be
  if (state == "XX001" || state == "XX002") return ErrorCode::corrupt;
  return ErrorCode::io;
}

/// libpq ends its sentences with a line feed.
std::string sentence(const char* text) {
  std::string out = text == nullptr ? "" : text;
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return out;
}

/// PostgreSQL's text is UTF-8 without NUL, and what providers send is bytes: what is neither becomes U+FFFD, or a
/// message with one odd byte would be refused for ever.
std::string as_text(const std::string& bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const auto at = [&](std::size_t n) { return i + n < bytes.size() ? static_cast<unsigned char>(bytes[i + n]) : 0U; };
    const auto goes_on = [&](std::size_t n) { return (at(n) & 0xC0U) == 0x80U; };
    const unsigned first = at(0);
    std::size_t length = 0;
    if (first >= 1 && first < 0x80) {
      length = 1;
    } else if (first >= 0xC2 && first < 0xE0) {
      length = goes_on(1) ? 2 : 0;
    } else if (first >= 0xE0 && first < 0xF0) {
      const bool overlong = first == 0xE0 && at(1) < 0xA0;
      const bool surrogate = first == 0xED && at(1) >= 0xA0;
      length = goes_on(1) && goes_on(2) && !overlong && !surrogate ? 3 : 0;
    } else if (first >= 0xF0 && first < 0xF5) {
      const bool overlong = first == 0xF0 && at(1) < 0x90;
      const bool beyond = first == 0xF4 && at(1) >= 0x90;
      length = goes_on(1) && goes_on(2) && goes_on(3) && !overlong && !beyond ? 4 : 0;
    }
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
    } else {
      out.append(bytes, i, length);
      i += length;
    }
  }
  return out;
}

/// Values as libpq takes them: text, but bytes as they are.
struct Parameters {
  explicit Parameters(std::span<const Value> values) {
    texts.reserve(values.size());  // the pointers go into them
    for (const Value& value : values) {
      const bool is_bytes = std::holds_alternative<Bytes>(value);
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        texts.push_back(std::to_string(*number));
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        texts.push_back(as_text(*text));
      } else {
        texts.push_back(is_bytes ? std::get<Bytes>(value).value : "");
      }
      const bool is_null = std::holds_alternative<std::nullptr_t>(value);
      pointers.push_back(is_null ? nullptr : texts.back().data());
      lengths.push_back(static_cast<int>(texts.back().size()));
      formats.push_back(is_bytes ? 1 : 0);
    }
  }
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<int> lengths;
  std::vector<int> formats;
};

Value value_at(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return nullptr;
  const char* text = PQgetvalue(result, row, column);
  const auto length = static_cast<std::size_t>(PQgetlength(result, row, column));
  switch (PQftype(result, column)) {
    case bool_type:
      return std::int64_t{*text == 't'};
    case bigint_type:
    case smallint_type:
    case integer_type: {
      std::int64_t value = 0;
      std::from_chars(text, text + length, value);
      return value;
    }
    case bytes_type: {
      std::size_t size = 0;
      const std::unique_ptr<unsigned char, decltype(&PQfreemem)> bytes(
          PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size), &PQfreemem);
      return Bytes{bytes ? std::string{reinterpret_cast<const char*>(bytes.get()), size} : std::string{}};
    }
    default:
      return std::string{text, length};
  }
}

}  // namespace

void Connection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }
void Connection::Clear::operator()(pg_result* result) const { PQclear(result); }

Result<void> Connection::check_url(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
    return fail(ErrorCode::invalid_argument, "must begin with postgresql://");
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &error);
  if (options != nullptr) {
    PQconninfoFree(options);
    return {};
  }
  // Not libpq's own sentence: it repeats the URL, with the password in it.
  PQfreemem(error);
  return fail(ErrorCode::invalid_argument, "is no URL that libpq understands: postgresql://USER@HOST:PORT/DATABASE");
}

Result<Connection> Connection::open(const std::string& url) {
  // Later ones go before earlier ones: those of the URL before ours.
  const std::array keywords{"connect_timeout",
                            "keepalives_idle",
                            "keepalives_interval",
                            "keepalives_count",
                            "tcp_user_timeout",
                            "target_session_attrs",
                            "application_name",
                            "client_encoding",
                            "dbname",
                            static_cast<const char*>(nullptr)};
  const std::array values{"5",
                          "5",
                          "3",
                          "3",
                          "10000",
                          "read-write",
                          "edge-bridged",
                          "UTF8",
                          url.c_str(),
                          static_cast<const char*>(nullptr)};
  Connection connection(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (!connection.alive())
    return fail(ErrorCode::io,
                concat("PostgreSQL cannot be reached: ", sentence(PQerrorMessage(connection.connection_.get()))));
  // A node that stops in the middle of a transaction must not hold up the others. What COMMIT has returned for is on
  // the disk, whatever the server's default.
  const auto ready = connection.execute(
      "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = "
      "warning; SET default_transaction_isolation = 'read committed'; SELECT CASE WHEN "
      "current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END");
  if (!ready) return std::unexpected(ready.error());
  return connection;
}

bool Connection::alive() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
bool Connection::in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
int Connection::socket() const { return PQsocket(connection_.get()); }

/// Only the primary sentence: the details repeat the row's values.
Error Connection::error_of(const pg_result* result, std::string_view doing) const {
  if (!alive())
    return {ErrorCode::io, concat("the connection to PostgreSQL is lost (", doing,
                                  "): ", sentence(PQerrorMessage(connection_.get())))};
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {code_of(state == nullptr ? "" : state),
          concat("PostgreSQL: ", sentence(primary), " (", state == nullptr ? "no SQLSTATE" : state, ", ", doing, ")")};
}

Result<std::string> Connection::prepared(std::string_view statement) {
  if (const auto known = prepared_.find(statement); known != prepared_.end()) return known->second;
  std::string name = concat("s", prepared_.size());
  const ResultHandle result(PQprepare(connection_.get(), name.c_str(), std::string{statement}.c_str(), 0, nullptr));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    return std::unexpected(error_of(result.get(), concat("preparing \"", statement.substr(0, 60), "\"")));
  prepared_.emplace(statement, name);
  return name;
}

Result<Answer> Connection::run(std::string_view statement, std::span<const Value> values) {
  const auto name = prepared(statement);
  if (!name) return std::unexpected(name.error());
  const Parameters with(values);
  const ResultHandle result(PQexecPrepared(connection_.get(), name->c_str(), static_cast<int>(values.size()),
                                           with.pointers.data(), with.lengths.data(), with.formats.data(), 0));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    return std::unexpected(error_of(result.get(), concat("running \"", statement.substr(0, 60), "\"")));
  Answer answer;
  const int columns = PQnfields(result.get());
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    std::vector<Value> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) cells.push_back(value_at(result.get(), row, column));
    answer.rows.emplace_back(std::move(cells));
  }
  const char* changed = PQcmdTuples(result.get());
  std::from_chars(changed, changed + std::strlen(changed), answer.changed);
  return answer;
}

Result<std::string> Connection::execute(const std::string& sql) {
  const ResultHandle result(PQexec(connection_.get(), sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    return std::unexpected(error_of(result.get(), concat("running \"", std::string_view{sql}.substr(0, 60), "\"")));
  const bool has_value = PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0;
  return has_value ? std::string{PQgetvalue(result.get(), 0, 0)} : std::string{};
}

Result<std::vector<std::string>> Connection::notifications() {
  if (PQconsumeInput(connection_.get()) == 0 || !alive())
    return fail(ErrorCode::io,
                concat("the connection to PostgreSQL is lost: ", sentence(PQerrorMessage(connection_.get()))));
  std::vector<std::string> out;
  while (PGnotify* one = PQnotifies(connection_.get())) {
    out.emplace_back(one->extra);
    PQfreemem(one);
  }
  return out;
}

}  // namespace bridge::store::postgresql
