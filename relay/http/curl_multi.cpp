#include "relay/http/curl_multi.hpp"

#include <utility>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace relay::http {
namespace {

// Kept idle connections: each holds a TLS session of some 60 KiB, and a box talks to two or three providers.
constexpr long max_kept_connections = 4;
// More running exchanges wait inside curl for a free connection, until their own deadline.
constexpr long max_connections = 32;

}  // namespace

struct CurlMulti::Transfer {
  CURL* easy = nullptr;
  TimerQueue::Handle deadline = 0;
  std::move_only_function<void(TransferEnd)> resume;
};

struct CurlMulti::Watch {
  explicit Watch(const asio::any_io_executor& executor) : descriptor(executor) {}

  asio::posix::stream_descriptor descriptor;
  curl_socket_t fd = -1;
  int wanted = 0;  ///< CURL_POLL_IN, CURL_POLL_OUT, both; 0 once curl has taken its descriptor back.
  bool waiting_readable = false;
  bool waiting_writable = false;
};

CurlMulti::CurlMulti(Runtime runtime) : runtime_(std::move(runtime)), multi_(libcurl().multi_init()) {
  libcurl().multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  libcurl().multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  libcurl().multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  libcurl().multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  libcurl().multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_kept_connections);
  libcurl().multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
}

CurlMulti::~CurlMulti() {
  for (const auto& [easy, transfer] : transfers_) {
    runtime_.timers.disarm(transfer->deadline);
    libcurl().multi_remove_handle(multi_, easy);
  }
  // Destroys suspended coroutines, whose frames own the easy handles: they must be detached by now, and the multi still
  // alive.
  std::exchange(transfers_, {}).clear();
  libcurl().multi_cleanup(multi_);
  if (timer_ != 0) runtime_.timers.disarm(timer_);
}

Task<TransferEnd> CurlMulti::run(CURL* easy, SteadyTime deadline) {
  auto initiate = [this, easy, deadline](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto transfer = std::make_shared<Transfer>();
    transfer->easy = easy;
    transfer->resume = [h = std::move(handler)](TransferEnd how) mutable { std::move(h)(how); };
    if (slot.is_connected()) {
      slot.assign([this, weak = std::weak_ptr<Transfer>(transfer)](asio::cancellation_type) {
        if (auto running = weak.lock()) end(running, {TransferEnd::By::cancellation, CURLE_OK});
      });
    }
    begin(std::move(transfer), deadline);
  };
  const TransferEnd how = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(TransferEnd)>(
      std::move(initiate), asio::use_awaitable);
  co_return how;
}

void CurlMulti::begin(std::shared_ptr<Transfer> transfer, SteadyTime deadline) {
  std::weak_ptr<Transfer> weak = transfer;
  transfer->deadline = runtime_.timers.arm(deadline, [this, weak] {
    auto running = weak.lock();
    if (!running) return;
    running->deadline = 0;
    end(running, {TransferEnd::By::deadline, CURLE_OK});
  });
  CURL* easy = transfer->easy;
  transfers_.emplace(easy, transfer);
  // Asks for a timer of 0 ms, which starts the transfer at the loop's next turn.
  if (libcurl().multi_add_handle(multi_, easy) != CURLM_OK) end(transfer, {TransferEnd::By::curl, CURLE_FAILED_INIT});
}

void CurlMulti::end(const std::shared_ptr<Transfer>& transfer, TransferEnd how) {
  const auto found = transfers_.find(transfer->easy);
  if (found == transfers_.end() || found->second != transfer) return;
  const std::shared_ptr<Transfer> kept = found->second;
  transfers_.erase(found);
  if (kept->deadline != 0) runtime_.timers.disarm(std::exchange(kept->deadline, 0));
  libcurl().multi_remove_handle(multi_, kept->easy);
  asio::post(runtime_.executor, [resume = std::move(kept->resume), how]() mutable { resume(how); });
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (multi.timer_ != 0) multi.runtime_.timers.disarm(std::exchange(multi.timer_, 0));
  if (timeout_ms < 0) return 0;
  multi.timer_ = multi.runtime_.timers.arm(multi.runtime_.clock.steady() + Millis{timeout_ms}, [&multi] {
    multi.timer_ = 0;
    multi.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->watch(fd, what == CURL_POLL_REMOVE ? 0 : what);
  return 0;
}

void CurlMulti::watch(curl_socket_t fd, int wanted) {
  auto found = watches_.find(fd);
  if (wanted == 0) {
    if (found == watches_.end()) return;
    found->second->wanted = 0;
    found->second->descriptor.release();  // Ends the waits; curl closes the descriptor or keeps the connection.
    watches_.erase(found);
    return;
  }
  if (found == watches_.end()) {
    auto created = std::make_shared<Watch>(runtime_.executor);
    asio::error_code error;
    created->descriptor.assign(fd, error);
    if (error) return;  // Out of memory for the poller: the transfer then ends by its deadline.
    created->fd = fd;
    found = watches_.emplace(fd, std::move(created)).first;
  }
  found->second->wanted = wanted;
  wait_readable(found->second);
  wait_writable(found->second);
}

void CurlMulti::wait_readable(std::shared_ptr<Watch> watch) {
  if ((watch->wanted & CURL_POLL_IN) == 0 || watch->waiting_readable) return;
  watch->waiting_readable = true;
  auto& descriptor = watch->descriptor;
  descriptor.async_wait(asio::posix::descriptor_base::wait_read, [this, watch](const asio::error_code& error) {
    watch->waiting_readable = false;
    if (error || (watch->wanted & CURL_POLL_IN) == 0) return;
    act(watch->fd, CURL_CSELECT_IN);
    wait_readable(watch);
  });
}

void CurlMulti::wait_writable(std::shared_ptr<Watch> watch) {
  if ((watch->wanted & CURL_POLL_OUT) == 0 || watch->waiting_writable) return;
  watch->waiting_writable = true;
  auto& descriptor = watch->descriptor;
  descriptor.async_wait(asio::posix::descriptor_base::wait_write, [this, watch](const asio::error_code& error) {
    watch->waiting_writable = false;
    if (error || (watch->wanted & CURL_POLL_OUT) == 0) return;
    act(watch->fd, CURL_CSELECT_OUT);
    wait_writable(watch);
  });
}

void CurlMulti::act(curl_socket_t fd, int events) {
  int running = 0;
  libcurl().multi_socket_action(multi_, fd, events, &running);
  collect_finished();
}

void CurlMulti::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = libcurl().multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // The message dies with remove_handle.
    const auto found = transfers_.find(message->easy_handle);
    if (found != transfers_.end()) end(found->second, {TransferEnd::By::curl, code});
  }
}

}  // namespace relay::http
