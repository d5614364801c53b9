#include "bridge/store/postgresql_store.hpp"

#include <functional>
#include <utility>

#include <asio/post.hpp>

#include "bridge/store/postgresql/backend.hpp"
#include "bridge/store/postgresql/listener.hpp"

namespace bridge::store {
namespace {

using postgresql::Connection;
using postgresql::Listener;
using postgresql::PostgresqlBackend;

class PostgresqlStore final : public QueuedStore {
 public:
  /// `told` is what the backend tells, too.
  PostgresqlStore(const relay::Runtime& runtime, std::string url, std::string node,
                  std::unique_ptr<PostgresqlBackend> backend, StoreThread thread,
                  std::shared_ptr<std::function<void(News)>> told)
      : QueuedStore(runtime, std::move(backend), thread),
        runtime_(runtime),
        url_(std::move(url)),
        node_(std::move(node)),
        thread_(thread),
        told_(std::move(told)) {}

  void on_news(std::function<void(News)> listener) override {
    *told_ = std::move(listener);
    if (thread_ == StoreThread::own) listener_ = std::make_unique<Listener>(runtime_, url_, node_, *told_);
  }
  [[nodiscard]] Task<> close() override {
    listener_.reset();
    return QueuedStore::close();
  }

 private:
  relay::Runtime runtime_;
  std::string url_;
  std::string node_;
  StoreThread thread_;
  std::shared_ptr<std::function<void(News)>> told_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

Result<void> check_postgresql_url(const std::string& url) { return Connection::check_url(url); }

Result<std::unique_ptr<Store>> open_postgresql(relay::Runtime runtime, const std::string& url, StoreThread thread) {
  if (auto good = check_postgresql_url(url); !good) return std::unexpected(good.error());
  std::string node = std::to_string(runtime.random.next());
  auto backend = std::make_unique<PostgresqlBackend>(url, node);
  if (auto connected = backend->connect(); !connected) return std::unexpected(connected.error());
  auto told = std::make_shared<std::function<void(News)>>();
  // What this node itself was about to commit when the session was lost may be there, and nobody else tells it.
  backend->on_reconnect([loop = runtime.executor, weak = std::weak_ptr(told)] {
    asio::post(loop, [weak] {
      if (const auto tell = weak.lock(); tell && *tell) (*tell)({.kind = News::Kind::missed, .box = {}});
    });
  });
  return std::make_unique<PostgresqlStore>(runtime, url, std::move(node), std::move(backend), thread, std::move(told));
}

}  // namespace bridge::store
