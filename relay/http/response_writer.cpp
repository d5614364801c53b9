#include "relay/http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include <http_parser.h>

#include "relay/base/ascii.hpp"

namespace relay::http {
namespace {

constexpr std::array server_owned_headers{"Content-Length", "Date", "Connection", "Transfer-Encoding"};

bool is_server_owned(std::string_view name) {
  return std::ranges::any_of(server_owned_headers,
                             [name](const char* owned) { return equal_without_case(name, owned); });
}

const char* reason(int status) { return http_status_str(static_cast<http_status>(status)); }

/// IMF-fixdate, RFC 9110 5.6.7.
std::string http_date(WallTime now) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<Millis> time{now.time_since_epoch()};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - midnight)};
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 days.at(std::chrono::weekday{midnight}.c_encoding()),
                                 static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1),
                                 static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string serialise(const ServerResponse& response, const Framing& framing, WallTime now) {
  const bool bodiless = response.status / 100 == 1 || response.status == 204 || response.status == 304;
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' + reason(response.status) + "\r\n";
  append_header(out, "Date", http_date(now));
  for (const Header& header : response.headers) {
    if (is_server_owned(header.name) || has_control_character(header.name) || has_control_character(header.value))
      continue;
    append_header(out, header.name, header.value);
  }
  const bool of_known_length = framing.end == Framing::End::length;
  if (!bodiless && of_known_length) append_header(out, "Content-Length", std::to_string(response.body.size()));
  if (framing.end == Framing::End::last_chunk) append_header(out, "Transfer-Encoding", "chunked");
  if (framing.close) append_header(out, "Connection", "close");
  if (framing.keep_1_0 && !framing.close) append_header(out, "Connection", "keep-alive");
  out += "\r\n";
  if (!bodiless && !framing.omit_body && of_known_length) out += response.body;
  return out;
}

std::string chunk(std::string_view piece) {
  std::array<char, 2 * sizeof(std::size_t)> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  std::string out(size.data(), end);
  return out.append("\r\n").append(piece).append("\r\n");
}

ServerResponse problem(const Refusal& refusal) {
  std::string body = R"({"type":"about:blank","title":")";
  body.append(reason(refusal.status)).append(R"(","status":)").append(std::to_string(refusal.status));
  body.append(R"(,"detail":")").append(refusal.detail).append("\"}\n");
  return {refusal.status, {{"Content-Type", "application/problem+json"}}, std::move(body)};
}

}  // namespace relay::http
