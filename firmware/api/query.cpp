#include "firmware/api/query.hpp"

#include <charconv>

#include "relay/http/server.hpp"

namespace firmware::api {

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> page_limit(std::string_view value) {
  const auto limit = to_integer(value);
  if (!limit || *limit < 1 || *limit > max_page) return std::nullopt;
  return static_cast<int>(*limit);
}

namespace {

std::optional<Problem> read_parameter(std::string_view name, const std::string& value,
                                      relay::outbox::ListFilter& filter) {
  if (name == "state") {
    filter.state = relay::parse_state(value);
    if (!filter.state)
      return request_invalid("state",
                             "state must be one of queued, sending, sent, delivered, failed, expired, blocked, "
                             "cancelled, unconfirmed, unknown");
  } else if (name == "class") {
    filter.message_class = relay::parse_message_class(value);
    if (!filter.message_class) return request_invalid("class", "class must be one of alarm, otp, once, info, bulk");
  } else if (name == "to") {
    filter.to = number_in_query(value);
  } else if (name == "tag") {
    filter.tag = value;
  } else if (name == "batch") {
    filter.batch = relay::MessageId::parse(value);
    if (!filter.batch) return request_invalid("batch", "batch must be the id that a submission was answered with");
  } else if (name == "cursor") {
    filter.before = relay::MessageId::parse(value);
    if (!filter.before) return request_invalid("cursor", "cursor must be the next_cursor of the page before");
  } else if (name == "limit") {
    const auto limit = page_limit(value);
    if (!limit) return request_invalid("limit", "limit must be 1 to 500");
    filter.limit = *limit;
  } else {
    return request_invalid(std::string{name},
                           "this parameter is not known; known are state, class, to, tag, batch, cursor, limit");
  }
  return std::nullopt;
}

}  // namespace

std::expected<relay::outbox::ListFilter, Problem> read_filter(std::string_view query) {
  relay::outbox::ListFilter filter;
  filter.limit = default_page;
  for (const auto& [name, value] : relay::http::parse_form(query)) {
    if (auto problem = read_parameter(name, value, filter)) return std::unexpected(std::move(*problem));
  }
  return filter;
}

}  // namespace firmware::api
