#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bridge/store/sql.hpp"
#include "relay/base/result.hpp"

struct pg_conn;
struct pg_result;

namespace bridge::store::postgresql {

/// One session with a PostgreSQL server by libpq, blocking; one thread at a time. What hangs is given up: connecting
/// after 5 s an address, a server that has vanished within 15 s, a statement after 10 s.
class Connection {
 public:
  /// `url` as libpq takes it: postgresql://USER@HOST[,HOST]/DATABASE?..., where its own settings may override ours.
  /// A server that cannot write (a standby) is passed over. Errors: io, never with the password.
  [[nodiscard]] static Result<Connection> open(const std::string& url);
  /// Errors: invalid_argument, what is wrong with it.
  [[nodiscard]] static Result<void> check_url(const std::string& url);

  /// Prepares it once. `statement` must be a string literal: it is the key of what was prepared.
  [[nodiscard]] Result<Answer> run(std::string_view statement, std::span<const Value> values);
  /// Statements without parameters, separated by semicolons; the first column of the last one's first row.
  [[nodiscard]] Result<std::string> execute(const std::string& sql);

  /// False: it is of no use any more. What it was about to commit may be committed.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] int socket() const;
  /// Reads what has come. Payloads of the channels that were LISTENed to. Errors: io.
  [[nodiscard]] Result<std::vector<std::string>> notifications();

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using ResultHandle = std::unique_ptr<pg_result, Clear>;

  explicit Connection(pg_conn* connection) : connection_(connection) {}
  [[nodiscard]] Result<std::string> prepared(std::string_view statement);
  [[nodiscard]] relay::Error error_of(const pg_result* result, std::string_view doing) const;

  std::unique_ptr<pg_conn, Finish> connection_;
  std::unordered_map<std::string_view, std::string> prepared_;  ///< Keys point to string literals.
};

}  // namespace bridge::store::postgresql
