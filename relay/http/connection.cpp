#include "relay/http/connection.hpp"

#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/base/within.hpp"

namespace relay::http {
namespace {

// After a refusal the client may still be sending. Closing with unread bytes resets the connection, and the reset can
// overtake the answer (RFC 9112 9.6), so the rest is read and thrown away for a moment.
constexpr Millis discard_time{1000};
constexpr std::size_t max_discarded_bytes = 256 * 1024;

}  // namespace

Connection::Connection(Runtime runtime, const ServerLimits& limits, const Handler& handler,
                       std::unique_ptr<ByteStream> stream, std::uint64_t& requests)
    : runtime_(std::move(runtime)),
      limits_(limits),
      handler_(handler),
      stream_(std::move(stream)),
      requests_(requests),
      parser_(limits),
      idle_since_(runtime_.clock.steady()) {}

void Connection::finish() {
  finishing_ = true;
  if (source_) source_->stop();
  if (!answering_) stream_->close();
}

Task<> Connection::run() {
  while (!finishing_) {
    const Reading reading = co_await read_request();
    if (reading == Reading::closed) co_return;
    if (reading == Reading::refused) {
      ServerResponse refusal = problem(parser_.refusal());
      const bool written = co_await answer(std::move(refusal), Framing{true, false, false});
      if (written) co_await discard_input();
      co_return;
    }
    answering_ = true;
    ++requests_;
    const bool keep = parser_.keep_alive();
    const bool is_1_0 = parser_.is_http_1_0();
    const bool keep_1_0 = keep && is_1_0;
    ServerRequest request = parser_.take();
    request.peer = stream_->peer();
    request.peer_certificate = stream_->peer_certificate();
    ServerResponse response = co_await handler_(request);
    Framing framing{!keep || finishing_, keep_1_0, request.method == "HEAD"};
    const std::shared_ptr<BodySource> source = std::move(response.source);
    if (source) {
      framing.end = is_1_0 ? Framing::End::close : Framing::End::last_chunk;
      framing.close |= is_1_0;
    }
    bool written = co_await answer(std::move(response), framing);
    if (written && source && !framing.omit_body) written = co_await stream(source, framing.end);
    answering_ = false;
    idle_since_ = runtime_.clock.steady();
    if (!written || framing.close) co_return;
  }
}

Task<> Connection::turn_away() {
  ServerResponse response = problem({503, "Too many connections; try again later."});
  response.headers.push_back({"Retry-After", "1"});
  const bool written = co_await answer(std::move(response), Framing{true, false, false});
  if (written) co_await discard_input();
}

Task<Connection::Reading> Connection::read_request() {
  while (true) {
    feed_pending();
    if (parser_.state() == RequestParser::State::complete) co_return Reading::request;
    if (parser_.state() == RequestParser::State::refused) co_return Reading::refused;
    if (parser_.awaits_continue()) {
      const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!written) co_return Reading::closed;
      parser_.continue_sent();
    }
    const bool idle = parser_.state() == RequestParser::State::idle;
    const auto got =
        co_await (idle ? read_while_idle() : within(runtime_, read_deadline(), stream_->read_some(buffer_)));
    if (!got) {
      parser_.refuse(408, "The request did not arrive in time.");
      co_return Reading::refused;
    }
    if (!*got || **got == 0) co_return Reading::closed;
    pending_ = std::string_view(buffer_.data(), **got);
  }
}

/// Nobody is owed an answer when the time is up, so the timer just closes the stream. `within` would cost 3 KiB more a
/// connection.
Task<std::optional<Result<std::size_t>>> Connection::read_while_idle() {
  struct Limit {
    TimerQueue& timers;
    TimerQueue::Handle handle;
    ~Limit() { timers.disarm(handle); }
  };
  ByteStream& stream = *stream_;
  const Limit limit{runtime_.timers, runtime_.timers.arm(idle_since_ + limits_.idle_timeout, [&stream] {
                      if (!planted(PlantedFault::idle_connection_never_closed)) stream.close();
                    })};
  auto got = co_await stream_->read_some(buffer_);
  co_return got;
}

void Connection::feed_pending() {
  while (!pending_.empty()) {
    const auto before = parser_.state();
    if (before == RequestParser::State::complete || before == RequestParser::State::refused) return;
    pending_.remove_prefix(parser_.feed(pending_));
    if (before == RequestParser::State::idle) request_began_ = runtime_.clock.steady();
  }
}

SteadyTime Connection::read_deadline() const {
  const bool in_header = parser_.state() == RequestParser::State::header;
  return request_began_ + (in_header ? limits_.header_timeout : limits_.request_timeout);
}

Task<bool> Connection::answer(ServerResponse response, Framing framing) {
  std::string bytes = serialise(response, framing, runtime_.clock.wall());
  response = {};
  const bool written = co_await write(std::move(bytes));
  co_return written;
}

Task<bool> Connection::stream(std::shared_ptr<BodySource> source, Framing::End end) {
  source_ = source;
  if (finishing_) source_->stop();
  bool written = true;
  while (written) {
    std::string piece = co_await source->next();
    const bool last = piece.empty();
    if (end == Framing::End::last_chunk) piece = chunk(piece);
    if (!piece.empty()) written = co_await write(std::move(piece));
    if (last) break;
  }
  source_.reset();
  co_return written;
}

Task<bool> Connection::write(std::string bytes) {
  const SteadyTime deadline = runtime_.clock.steady() + limits_.write_timeout;
  const auto written = co_await within(runtime_, deadline, stream_->write(bytes));
  co_return written && *written;
}

Task<> Connection::discard_input() {
  const SteadyTime deadline = runtime_.clock.steady() + discard_time;
  for (std::size_t discarded = 0; discarded < max_discarded_bytes;) {
    const auto got = co_await within(runtime_, deadline, stream_->read_some(buffer_));
    if (!got || !*got || **got == 0) co_return;
    discarded += **got;
  }
}

}  // namespace relay::http
