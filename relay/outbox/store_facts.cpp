#include "relay/base/concat.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

/// What parts of the box must know after a restart.
namespace relay::outbox {

using sqlite::Query;

namespace {

constexpr std::size_t max_name = 128;
constexpr std::size_t max_value = 4096;

}  // namespace

Result<std::optional<std::string>> Store::recall(const std::string& name) {
  Query q(database_, "SELECT value FROM facts WHERE name = ?");
  const auto row = q.bind(name).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return q.text(0);
}

Result<bool> Store::remember(const std::string& name, const std::string& value) {
  if (name.empty() || name.size() > max_name || value.size() > max_value) {
    return fail(ErrorCode::invalid_argument,
                concat("a fact has a name of 1 to ", max_name, " octets and a value of at most ", max_value));
  }
  if (value.empty()) {
    const auto gone = Query(database_, "DELETE FROM facts WHERE name = ?").bind(name).run();
    if (!gone) return std::unexpected(gone.error());
    return true;
  }
  const auto replaced = Query(database_, "UPDATE facts SET value = ? WHERE name = ?").bind(value, name).run();
  if (!replaced) return std::unexpected(replaced.error());
  if (*replaced > 0) return true;
  const auto known = database_.integer("SELECT count(*) FROM facts");
  if (!known) return std::unexpected(known.error());
  if (*known >= Outbox::max_facts) {
    return fail(ErrorCode::full, concat("the store holds ", Outbox::max_facts, " facts already"));
  }
  const auto added = Query(database_, "INSERT INTO facts (name, value) VALUES (?, ?)").bind(name, value).run();
  if (!added) return std::unexpected(added.error());
  return true;
}

}  // namespace relay::outbox
