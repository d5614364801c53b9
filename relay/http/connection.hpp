#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "relay/base/task.hpp"
#include "relay/http/byte_stream.hpp"
#include "relay/http/request_parser.hpp"
#include "relay/http/response_writer.hpp"

namespace relay::http {

/// One client's connection: requests in, answers out, in order, until either side has enough.
class Connection {
 public:
  /// `limits` and `handler` outlive the connection.
  Connection(Runtime runtime, const ServerLimits& limits, const Handler& handler, std::unique_ptr<ByteStream> stream,
             std::uint64_t& requests);

  [[nodiscard]] Task<> run();
  /// Answers 503 to whatever comes, and closes.
  [[nodiscard]] Task<> turn_away();
  /// No further request is taken; an answer being made is still given. Closes at once when none is.
  void finish();

 private:
  enum class Reading : std::uint8_t { request, refused, closed };

  [[nodiscard]] Task<Reading> read_request();
  [[nodiscard]] Task<std::optional<Result<std::size_t>>> read_while_idle();
  [[nodiscard]] SteadyTime read_deadline() const;
  void feed_pending();
  [[nodiscard]] Task<bool> answer(ServerResponse response, Framing framing);
  [[nodiscard]] Task<bool> stream(std::shared_ptr<BodySource> source, Framing::End end);
  [[nodiscard]] Task<bool> write(std::string bytes);
  [[nodiscard]] Task<> discard_input();

  Runtime runtime_;
  const ServerLimits& limits_;
  const Handler& handler_;
  std::unique_ptr<ByteStream> stream_;
  std::uint64_t& requests_;
  RequestParser parser_;
  SteadyTime idle_since_;
  SteadyTime request_began_{};
  bool answering_ = false;
  bool finishing_ = false;
  std::shared_ptr<BodySource> source_;  ///< Of the answer that is being sent.
  std::string_view pending_;            ///< Bytes of buffer_ that no request has taken yet.
  /// Small, because every idle connection has one; a large body is read in many pieces.
  std::array<char, 2048> buffer_;
};

}  // namespace relay::http
