#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/http/server.hpp"
#include "tests/fakes/memory_stream.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace http_test {

/// A server in virtual time whose handler tells what it saw; "/slow" takes 5 s, "/made" answers 204 with odd headers.
struct Site {
  explicit Site(relay::http::ServerLimits limits = {}) : server(world.runtime(), limits, handler(world, handled)) {
    auto made = std::make_unique<fakes::MemoryListener>(world.runtime());
    listener = made.get();
    server.serve(std::move(made));
    world.settle();
  }
  ~Site() { world.run(server.stop(relay::Millis{0})); }

  static relay::http::Handler handler(fakes::VirtualRuntime& world, std::vector<relay::http::ServerRequest>& handled) {
    return [&world, &handled](const relay::http::ServerRequest& request) { return answer(world, handled, request); };
  }

  static relay::Task<relay::http::ServerResponse> answer(fakes::VirtualRuntime& world,
                                                         std::vector<relay::http::ServerRequest>& handled,
                                                         const relay::http::ServerRequest& request) {
    handled.push_back(request);
    if (request.path == "/slow") co_await relay::sleep_for(world.runtime(), relay::Millis{5000});
    if (request.path == "/made") {
      co_return relay::http::ServerResponse{
          204, {{"X-Split", "a\r\nSet-Cookie: b"}, {"Date", "never"}, {"Connection", "x"}}, "not sent"};
    }
    co_return relay::http::ServerResponse{
        200, {{"Content-Type", "text/plain"}}, request.method + " " + request.path + " " + request.body};
  }

  /// Sends and returns what came back at once.
  std::string exchange(fakes::MemoryStream& client, std::string_view bytes) {
    client.put(bytes);
    world.settle();
    return client.taken();
  }

  fakes::VirtualRuntime world;
  std::vector<relay::http::ServerRequest> handled;
  relay::http::Server server;
  fakes::MemoryListener* listener = nullptr;  ///< Owned by the server.
};

inline std::string status_of(const std::string& answer) { return answer.size() < 12 ? "nothing" : answer.substr(9, 3); }

inline bool ends_with_body(const std::string& answer, std::string_view body) {
  return answer.ends_with("\r\n\r\n" + std::string(body));
}

inline std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

inline constexpr std::string_view simple_get = "GET /a HTTP/1.1\r\nHost: box\r\n\r\n";

}  // namespace http_test
