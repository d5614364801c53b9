#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/link/link.hpp"
#include "bridge/sending/sending.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "relay/api/failure_limit.hpp"
#include "relay/http/server.hpp"

namespace bridge::api {

/// /v1/admin (docs/bridge.md): JSON over HTTP. On the Unix socket whoever may connect operates the bridge; elsewhere a
/// token is needed. A tenant's token sees its tenant and nothing else: another's is "not found", as one that is not
/// there.
class Admin {
 public:
  struct Parts {
    relay::Runtime runtime;
    tenants::Directory& directory;
    store::Store& store;
    const link::Link& link;
    sending::Sending& sending;
    std::function<void(const std::string&)> on_stored;  ///< "tenant/box" has something new.
  };
  explicit Admin(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer_socket(const relay::http::ServerRequest& request);

 private:
  using Request = relay::http::ServerRequest;
  using Response = relay::http::ServerResponse;
  using Reply = relay::Task<Response>;
  /// Who asks, and what for.
  struct Caller {
    std::string name;
    std::string tenant;  ///< Empty: all.
    store::Token::Scope scope = store::Token::Scope::read;
    [[nodiscard]] bool operates() const { return scope == store::Token::Scope::operate; }
    [[nodiscard]] bool manages() const { return scope != store::Token::Scope::read; }
  };

  [[nodiscard]] Reply route(const Request& request, Caller caller);
  [[nodiscard]] Reply of_operator(const Request& request, std::vector<std::string> path, Caller caller);
  [[nodiscard]] Reply of_tenant(const Request& request, std::string tenant, std::vector<std::string> path,
                                Caller caller);
  [[nodiscard]] Reply tenants(const Request& request, Caller caller);
  [[nodiscard]] Reply boxes(const Request& request, std::string tenant, std::vector<std::string> path, Caller caller);
  [[nodiscard]] Reply credentials(const Request& request, std::string tenant, std::vector<std::string> path,
                                  Caller caller);
  [[nodiscard]] Reply chain(const Request& request, std::string tenant, Caller caller);
  [[nodiscard]] Reply routes(const Request& request, std::string tenant, Caller caller);
  [[nodiscard]] Reply tokens(const Request& request, std::string tenant, std::vector<std::string> path, Caller caller);
  [[nodiscard]] Reply events(const Request& request, std::string tenant);
  [[nodiscard]] Reply simulate(const Request& request, std::string tenant);
  [[nodiscard]] Reply audit(const Request& request, std::string tenant);

  Parts parts_;
  relay::api::FailureLimit failures_;
};

}  // namespace bridge::api
