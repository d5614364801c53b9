#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include <asio/posix/stream_descriptor.hpp>

#include "relay/base/task.hpp"
#include "relay/http/libcurl.hpp"

namespace relay::http {

/// How a transfer ended: libcurl's own word, or that we ended it.
struct TransferEnd {
  enum class By : std::uint8_t { curl, deadline, cancellation };
  By by = By::curl;
  CURLcode code = CURLE_OK;  ///< Meaningful for By::curl only.
};

/// curl_multi on the loop (curl_multi_socket_action). Rules that libcurl sets and this class keeps: descriptors belong
/// to curl, so they are released, never closed, at CURL_POLL_REMOVE; a multi function is never called from inside a
/// curl callback.
class CurlMulti {
 public:
  explicit CurlMulti(Runtime runtime);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// `easy` must live until the task ends; afterwards it is no longer attached. Cancellable: then the connection is
  /// closed.
  [[nodiscard]] Task<TransferEnd> run(CURL* easy, SteadyTime deadline);
  [[nodiscard]] std::size_t running() const { return transfers_.size(); }

 private:
  struct Transfer;
  struct Watch;

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  void begin(std::shared_ptr<Transfer> transfer, SteadyTime deadline);
  void end(const std::shared_ptr<Transfer>& transfer, TransferEnd how);
  void watch(curl_socket_t fd, int wanted);
  void wait_readable(std::shared_ptr<Watch> watch);
  void wait_writable(std::shared_ptr<Watch> watch);
  void act(curl_socket_t fd, int events);
  void collect_finished();

  Runtime runtime_;
  CURLM* multi_;  ///< Owned.
  TimerQueue::Handle timer_ = 0;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::map<CURL*, std::shared_ptr<Transfer>> transfers_;
};

}  // namespace relay::http
