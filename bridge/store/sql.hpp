#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "relay/base/result.hpp"

/// The little that the store's operations need of a database, so that they are written once for SQLite and PostgreSQL.
namespace bridge::store {

using relay::Result;

struct Bytes {
  std::string value;
};
using Value = std::variant<std::nullptr_t, std::int64_t, std::string, Bytes>;

/// Columns from 0. NULL reads as 0 and "".
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] bool is_null(std::size_t column) const {
    return std::holds_alternative<std::nullptr_t>(values_.at(column));
  }
  [[nodiscard]] std::int64_t integer(std::size_t column) const {
    const auto* value = std::get_if<std::int64_t>(&values_.at(column));
    return value != nullptr ? *value : 0;
  }
  [[nodiscard]] std::string text(std::size_t column) const {
    const auto* value = std::get_if<std::string>(&values_.at(column));
    return value != nullptr ? *value : "";
  }
  [[nodiscard]] std::string bytes(std::size_t column) const {
    const auto* value = std::get_if<Bytes>(&values_.at(column));
    return value != nullptr ? value->value : "";
  }
  template <class Enum>
  [[nodiscard]] Enum as(std::size_t column) const {
    return static_cast<Enum>(integer(column));
  }

 private:
  std::vector<Value> values_;
};

struct Answer {
  std::vector<Row> rows;
  std::int64_t changed = 0;  ///< Rows that an INSERT, UPDATE or DELETE without RETURNING changed.
};

/// One connection, used by one thread at a time.
class Sql {
 public:
  virtual ~Sql() = default;

  /// `statement` must be a string literal (it is prepared once), in what both databases understand; its parameters
  /// $1, $2, ... first appear in that order. Integers, enumerations, text, Bytes, std::optional of these. Errors:
  /// conflict (a rule of the schema), full, io, corrupt, internal.
  template <class... Values>
  [[nodiscard]] Result<Answer> run(std::string_view statement, const Values&... values) {
    std::vector<Value> all;
    all.reserve(sizeof...(values));
    (all.push_back(value_of(values)), ...);
    return perform(statement, all);
  }

  /// What is read in between is of one moment. Not inside of a commit.
  [[nodiscard]] virtual Result<void> begin_snapshot() = 0;
  virtual void end_snapshot() = 0;

  /// Tells other nodes, with the commit, that a box ("tenant/box") has something new, or ("") that the directory
  /// changed.
  [[nodiscard]] virtual Result<void> announce(const std::string& box) = 0;

  /// For the one statement that the two do not write alike.
  enum class Dialect : std::uint8_t { sqlite, postgresql };
  [[nodiscard]] virtual Dialect dialect() const = 0;

 protected:
  [[nodiscard]] virtual Result<Answer> perform(std::string_view statement, std::span<const Value> values) = 0;

 private:
  template <class V>
  static Value value_of(const V& value) {
    if constexpr (std::is_enum_v<V> || std::is_integral_v<V>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_convertible_v<const V&, std::string_view>) {
      return std::string{std::string_view{value}};
    } else if constexpr (std::is_same_v<V, Bytes>) {
      return value;
    } else {  // std::optional
      return value ? value_of(*value) : Value{nullptr};
    }
  }
};

}  // namespace bridge::store
