#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/http/server.hpp"
#include "relay/outbox/outbox.hpp"

namespace relay::events {

/// Live streams of events, one application's each, as server-sent events (WHATWG HTML 9.2). What a stream shows is in
/// the outbox first, so that a reader that comes back goes on after the last id it has seen, also after a restart.
class EventStreams {
 public:
  struct Limits {
    std::size_t most = 32;                ///< Streams at a time: each holds a connection.
    std::size_t most_of_application = 4;  ///< One more ends the application's oldest: that one's reader may be gone.
    Millis heartbeat{15'000};             ///< A comment after so long without an event, so that both sides notice.
    int page = 100;                       ///< Events read from the outbox at a time.
  };
  /// `may_listen` is asked again and again while a stream is open: a revoked key ends it. Both outlive this.
  EventStreams(Runtime runtime, outbox::Outbox& outbox, std::function<bool(AppId)> may_listen, Limits limits);
  EventStreams(Runtime runtime, outbox::Outbox& outbox, std::function<bool(AppId)> may_listen);
  ~EventStreams();
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;

  /// Begins after the event `after`; without it, with what happens from now on. When events after it are kept no more,
  /// the stream begins with a `stream.gap`. Errors: full (too many streams), and those of the outbox.
  [[nodiscard]] Task<Result<std::shared_ptr<http::BodySource>>> open(AppId app, std::optional<std::int64_t> after);
  /// There is news for these applications.
  void wake(const std::vector<AppId>& apps);
  [[nodiscard]] std::size_t size() const { return streams_.size(); }

 private:
  class Stream;
  void make_room(AppId app);

  Runtime runtime_;
  outbox::Outbox& outbox_;
  std::function<bool(AppId)> may_listen_;
  Limits limits_;
  std::list<Stream*> streams_;  ///< Oldest first; each takes itself off when it ends.
};

}  // namespace relay::events
