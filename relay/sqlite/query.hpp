#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "relay/base/result.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::sqlite {

/// One run of a prepared statement: `Query q(db, "..."); q.bind(a, b); while (step) ...`. The statement comes from the
/// connection's cache and goes back, reset, when the Query ends. Trouble in preparing or binding is kept and told by
/// the next step() or run().
class Query {
 public:
  /// `sql` must be a string literal: the cache keeps pointing to it.
  Query(Database& database, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Binds the parameters ?1, ?2, ... in order. Integers, enumerations, text, bytes, std::optional of these, nullptr.
  /// Values are copied.
  template <class... Values>
  Query& bind(const Values&... values) {
    (bind_next(values), ...);
    return *this;
  }

  /// Binds the next parameter to what another query has in a column of its present row, whatever its type.
  void bind_column(const Query& from, int column);

  /// True: a row is there, false: no more.
  [[nodiscard]] Result<bool> step();
  /// Runs to the end, ignoring rows. Returns how many rows an INSERT, UPDATE or DELETE changed.
  [[nodiscard]] Result<std::int64_t> run();

  // Columns of the present row, from 0. NULL reads as 0 and "".
  enum class Type : std::uint8_t { null, integer, text, blob };
  [[nodiscard]] int columns() const;
  [[nodiscard]] Type type(int column) const;  ///< A real number counts as text.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;  ///< Valid until the next step.
  template <class Enum>
  [[nodiscard]] Enum as(int column) const {
    return static_cast<Enum>(integer(column));
  }

 private:
  template <class Value>
  void bind_next(const Value& value) {
    if constexpr (std::is_null_pointer_v<Value>) {
      bind_null();
    } else if constexpr (std::is_enum_v<Value> || std::is_integral_v<Value>) {
      bind_integer(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
      bind_text(value);
    } else if constexpr (std::is_convertible_v<const Value&, std::span<const std::byte>>) {
      bind_blob(value);
    } else if (value) {  // std::optional
      bind_next(*value);
    } else {
      bind_null();
    }
  }
  void bind_null();
  void bind_integer(std::int64_t value);
  void bind_text(std::string_view value);
  void bind_blob(std::span<const std::byte> value);
  void note(int code);

  Database& database_;
  std::string_view sql_;
  bool* in_use_ = nullptr;  ///< The cache's mark, when the statement is the cache's.
  StatementHandle own_;     ///< Else ours: the same statement was in use already.
  sqlite3_stmt* statement_ = nullptr;
  int next_parameter_ = 1;
  std::optional<Error> error_;
};

}  // namespace relay::sqlite
