#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"

namespace fakes {

/// What a server will say, step by step, and what it was asked. Outlives the client that plays it.
struct HttpScript {
  struct Step {
    std::variant<relay::http::ClientResponse, relay::http::ClientFailure> result;
    relay::Millis
        after{};  ///< Time until the result. Past the request's deadline the client gives up with a timeout instead.
    bool ignores_deadline = false;  ///< A client that breaks its promise: it never ends by itself.
  };
  std::deque<Step> steps;
  std::vector<relay::http::ClientRequest> requests;

  HttpScript& answer(int status, std::string body, relay::http::Headers headers = {}, relay::Millis after = {});
  HttpScript& fail(relay::http::ClientFailure failure, relay::Millis after = {});
  HttpScript& hang();
};

/// The client of a test: no network. A request beyond the script gets a failure that says so.
class ScriptedHttpClient final : public relay::http::Client {
 public:
  ScriptedHttpClient(relay::Runtime runtime, HttpScript& script) : runtime_(std::move(runtime)), script_(script) {}
  [[nodiscard]] relay::Task<std::expected<relay::http::ClientResponse, relay::http::ClientFailure>> perform(
      relay::http::ClientRequest request) override;

 private:
  relay::Runtime runtime_;
  HttpScript& script_;
};

}  // namespace fakes
