#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/lan.hpp"

namespace sim {

class World;

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

/// What follows the host in a URL; "/" when nothing does.
[[nodiscard]] std::string target_of(const std::string& url);

/// The caller's side of one request on a connection of its own. Whoever begins it sends the request's bytes.
class HttpCall : public std::enable_shared_from_this<HttpCall> {
 public:
  /// Gets nothing when no whole answer came. Called once, never from inside a handler of the process.
  using Done = std::function<void(std::optional<HttpAnswer>)>;

  [[nodiscard]] static std::shared_ptr<HttpCall> begin(World& world, std::shared_ptr<LanConnection> connection,
                                                       Done done);
  void send(std::string_view bytes);
  [[nodiscard]] bool over() const { return over_; }
  /// The caller waits no longer.
  void give_up() { end(std::nullopt); }

 private:
  HttpCall(World& world, std::shared_ptr<LanConnection> connection, Done done);
  void end(std::optional<HttpAnswer> answer);

  World& world_;
  std::shared_ptr<LanConnection> connection_;
  Done done_;
  std::string received_;
  bool over_ = false;
};

}  // namespace sim
