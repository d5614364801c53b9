#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "bridge/store/types.hpp"
#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"

namespace bridge::store::postgresql {

/// The channel, and how each payload begins: "NODE BOX", an empty BOX for the directory.
inline constexpr const char* channel = "edge_bridge";

/// Hears what other nodes announce, by a session of its own on a thread of its own. When that session is lost it says
/// so at once (News::deaf), dials again with jittered back-off, and says that it listens (News::listening): what was
/// announced in between is not told any more.
class Listener {
 public:
  /// `node`: its own announcements are passed over. `tell` runs on the loop, not after the listener's end.
  Listener(const relay::Runtime& runtime, std::string url, std::string node, std::function<void(News)> tell);
  ~Listener();  ///< Waits for the thread: at most as long as connecting takes.
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void run();
  /// Until the session is lost or the end is near. Errors: io.
  [[nodiscard]] relay::Result<void> listen();
  /// False: the end is near.
  [[nodiscard]] bool pause(int milliseconds) const;
  void post(News news);

  asio::any_io_executor loop_;
  relay::Log& log_;
  std::string url_;
  std::string node_;
  std::shared_ptr<std::function<void(News)>> tell_;  ///< Posted handlers hold it weakly.
  int wake_ = -1;                                    ///< eventfd: readable from the destructor on.
  bool listened_ = false;                            ///< Of the thread: the last session came to listen.
  std::thread thread_;                               ///< Last: starts when all else stands.
};

}  // namespace bridge::store::postgresql
