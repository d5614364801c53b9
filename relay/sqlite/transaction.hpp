#pragma once

#include "relay/base/result.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::sqlite {

/// A write transaction. Rolled back unless commit() succeeded.
class Transaction {
 public:
  explicit Transaction(Database& database);  ///< BEGIN IMMEDIATE; see begun().
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] const Result<void>& begun() const { return begun_; }
  /// After an error nothing of the transaction is left.
  [[nodiscard]] Result<void> commit();

 private:
  Database& database_;
  Result<void> begun_;
};

/// A part of a transaction that can be undone by itself. Undone unless keep() succeeded.
class Savepoint {
 public:
  explicit Savepoint(Database& database);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  [[nodiscard]] const Result<void>& begun() const { return begun_; }
  [[nodiscard]] Result<void> keep();

 private:
  Database& database_;
  Result<void> begun_;
  bool open_ = false;
};

}  // namespace relay::sqlite
