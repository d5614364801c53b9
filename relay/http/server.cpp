#include "relay/http/server.hpp"

#include <list>
#include <map>
#include <utility>

#include "relay/base/runtime.hpp"
#include "relay/http/connection.hpp"

namespace relay::http {
namespace {

// Connections over the bound that are being told so. Past it they are closed unheard: telling costs as much as serving.
constexpr std::size_t max_turned_away_at_once = 16;
// Out of descriptors or memory: accepting again at once would only spin.
constexpr Millis accept_retry_delay{250};

}  // namespace

struct Server::Impl {
  Impl(Runtime r, ServerLimits l, Handler h)
      : runtime(std::move(r)), limits(l), handler(std::move(h)), last_closed(runtime), tasks(runtime) {}

  Runtime runtime;
  const ServerLimits limits;
  const Handler handler;
  Figures figures;
  bool stopping = false;
  std::size_t turning_away = 0;
  std::map<std::string, std::size_t, std::less<>> connections_of_peer;
  std::list<Connection*> open;
  std::list<std::unique_ptr<Listener>> listeners;
  Notification last_closed;
  TaskGroup tasks;

  /// Counts a connection in and out, whatever way its coroutine ends.
  class Admission {
   public:
    Admission(Impl& server, std::string peer, Connection& connection) : server_(server), peer_(std::move(peer)) {
      ++server_.figures.connections;
      ++server_.connections_of_peer[peer_];
      place_ = server_.open.insert(server_.open.end(), &connection);
    }
    ~Admission() {
      server_.open.erase(place_);
      const auto count = server_.connections_of_peer.find(peer_);
      if (--count->second == 0) server_.connections_of_peer.erase(count);
      if (--server_.figures.connections == 0) server_.last_closed.notify();
    }
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

   private:
    Impl& server_;
    std::string peer_;
    std::list<Connection*>::iterator place_;
  };

  [[nodiscard]] bool has_room_for(std::string_view peer) const {
    const auto of_peer = connections_of_peer.find(peer);
    const std::size_t held = of_peer == connections_of_peer.end() ? 0 : of_peer->second;
    return figures.connections < limits.max_connections && held < limits.max_connections_per_peer;
  }

  Task<> accept_loop(Listener& listener) {
    while (!stopping) {
      auto accepted = co_await listener.accept();
      if (accepted) {
        admit(std::move(*accepted));
      } else if (accepted.error().code == ErrorCode::cancelled) {
        co_return;
      } else {
        runtime.log.warning("http_accept_failed",
                            {{"address", listener.address()}, {"reason", accepted.error().message}});
        co_await sleep_for(runtime, accept_retry_delay);
      }
    }
  }

  /// The connection is counted here, not when its task first runs: many may be accepted in one turn of the loop.
  void admit(std::unique_ptr<ByteStream> stream) {
    ++figures.accepted;
    std::string peer = stream->peer();
    const bool room = has_room_for(peer);
    auto connection = std::make_unique<Connection>(runtime, limits, handler, std::move(stream), figures.requests);
    if (room) {
      auto admission = std::make_unique<Admission>(*this, std::move(peer), *connection);
      tasks.spawn("http_connection", serve_connection(std::move(connection), std::move(admission)));
      return;
    }
    ++figures.refused;
    if (turning_away < max_turned_away_at_once) {
      ++turning_away;
      tasks.spawn("http_refusal", refuse_connection(std::move(connection)));
    }
  }

  // Parameters die after the locals and in reverse order: the admission names the connection, so it goes first.
  static Task<> serve_connection(std::unique_ptr<Connection> connection, std::unique_ptr<Admission> admission) {
    const std::unique_ptr<Connection> kept = std::move(connection);
    const std::unique_ptr<Admission> counted = std::move(admission);
    co_await kept->run();
  }

  Task<> refuse_connection(std::unique_ptr<Connection> connection) {
    struct OnExit {
      std::size_t& count;
      ~OnExit() { --count; }
    } on_exit{turning_away};
    co_await connection->turn_away();
  }
};

Server::Server(Runtime runtime, ServerLimits limits, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(runtime), limits, std::move(handler))) {}

Server::~Server() = default;

void Server::serve(std::unique_ptr<Listener> listener) {
  Listener& placed = *impl_->listeners.emplace_back(std::move(listener));
  impl_->tasks.spawn("http_accept", impl_->accept_loop(placed));
}

Task<> Server::stop(Millis grace) {
  Impl& impl = *impl_;
  const SteadyTime deadline = impl.runtime.clock.steady() + grace;
  impl.stopping = true;
  for (const auto& listener : impl.listeners) listener->close();
  for (Connection* connection : impl.open) connection->finish();
  while (impl.figures.connections > 0) {
    const bool closed = co_await impl.last_closed.wait_until(deadline);
    if (!closed) break;
  }
  co_await impl.tasks.stop();
}

Server::Figures Server::figures() const { return impl_->figures; }

}  // namespace relay::http
