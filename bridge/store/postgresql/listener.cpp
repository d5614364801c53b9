#include "bridge/store/postgresql/listener.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include <asio/post.hpp>

#include "bridge/store/postgresql/connection.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/system_runtime.hpp"

namespace bridge::store::postgresql {

using relay::concat;
using relay::Result;

namespace {

constexpr int first_pause_ms = 100;
constexpr int longest_pause_ms = 2'000;

}  // namespace

Listener::Listener(const relay::Runtime& runtime, std::string url, std::string node, std::function<void(News)> tell)
    : loop_(runtime.executor),
      log_(runtime.log),
      url_(std::move(url)),
      node_(std::move(node)),
      tell_(std::make_shared<std::function<void(News)>>(std::move(tell))),
      wake_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

Listener::~Listener() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
  thread_.join();
  close(wake_);
}

void Listener::post(News news) {
  asio::post(loop_, [weak = std::weak_ptr(tell_), n = std::move(news)]() mutable {
    if (const auto tell = weak.lock()) (*tell)(std::move(n));
  });
}

bool Listener::pause(int milliseconds) const {
  pollfd wake{.fd = wake_, .events = POLLIN, .revents = 0};
  return poll(&wake, 1, milliseconds) == 0;
}

void Listener::run() {
  relay::SystemRandom random;
  int limit = first_pause_ms;
  while (pause(0)) {
    const auto ended = listen();
    if (ended) return;
    if (std::exchange(listened_, false)) {
      limit = first_pause_ms;
      log_.error("store_deaf", {{"reason", ended.error().message}});
      post({.kind = News::Kind::deaf, .box = {}});
    }
    // Full jitter: the nodes must not come back in the same moment.
    if (!pause(10 + static_cast<int>(random.below(static_cast<std::uint64_t>(limit))))) return;
    limit = std::min(limit * 2, longest_pause_ms);
  }
}

Result<void> Listener::listen() {
  auto connection = Connection::open(url_);
  if (!connection) return std::unexpected(connection.error());
  if (auto done = connection->execute(concat("LISTEN ", channel)); !done) return std::unexpected(done.error());
  listened_ = true;
  post({.kind = News::Kind::listening, .box = {}});
  while (true) {
    auto payloads = connection->notifications();
    if (!payloads) return std::unexpected(payloads.error());
    for (const std::string& payload : *payloads) {
      const auto blank = payload.find(' ');
      if (blank == std::string::npos || payload.substr(0, blank) == node_) continue;
      std::string box = payload.substr(blank + 1);
      const auto kind = box.empty() ? News::Kind::directory : News::Kind::events;
      post({.kind = kind, .box = std::move(box)});
    }
    std::array<pollfd, 2> sources{
        {{.fd = connection->socket(), .events = POLLIN, .revents = 0}, {.fd = wake_, .events = POLLIN, .revents = 0}}};
    if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR)
      return relay::fail(relay::ErrorCode::io, "poll failed");
    if (sources[1].revents != 0) return {};
  }
}

}  // namespace bridge::store::postgresql
