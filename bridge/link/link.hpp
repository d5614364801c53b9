#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "relay/base/task.hpp"
#include "relay/http/server.hpp"

namespace bridge::link {

/// The authority of the boxes' certificates: our own, made at first start.
struct Authority {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

/// How a box gets its events (docs/bridge.md): it dials out over mutual TLS and asks for what comes after a number; the
/// answer waits until there is something, or for half a minute. With each question it acknowledges everything up to
/// that number. Also enrolment and renewal of the boxes' certificates, and who is silent.
class Link {
 public:
  struct Parts {
    relay::Runtime runtime;
    tenants::Directory& directory;
    store::Store& store;
    /// Requests about messages that are handed over (sending/sending.hpp).
    std::function<relay::Task<relay::http::ServerResponse>(const relay::http::ServerRequest&, store::Box)> messages;
  };
  Link(Parts parts, Authority authority, std::string epoch, relay::Millis certificate_life);

  /// POST /v1/link/enrol, on the public server: whoever has the one-time code gets a certificate.
  [[nodiscard]] relay::Task<relay::http::ServerResponse> enrol(const relay::http::ServerRequest& request);
  /// On the server that lets only certified boxes in.
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);

  /// "tenant/box" has something new.
  void poke(const std::string& box);
  /// Anything may have changed: every question that waits looks again.
  void poke_all();
  void start();
  /// Ends all waiting questions.
  void finish();
  [[nodiscard]] relay::Task<> stop();

  /// When each box of the tenant was last heard, by whichever node.
  [[nodiscard]] relay::Task<relay::Result<std::vector<store::Presence>>> presence(std::string tenant) const;

 private:
  using Request = relay::http::ServerRequest;
  using Response = relay::http::ServerResponse;
  struct Visitor {
    explicit Visitor(relay::Runtime runtime) : news(runtime) {}
    relay::Notification news;
    relay::WallTime heard_at{};  ///< By this node.
    relay::WallTime noted_at{};  ///< What the store knows of that.
    std::int64_t acknowledged = 0;
  };

  [[nodiscard]] relay::Task<Response> events(const Request& request, store::Box box);
  [[nodiscard]] relay::Task<Response> renew(const Request& request, store::Box box);
  [[nodiscard]] relay::Task<Response> certify(std::string request_pem, store::Box box, std::string renewed_by);
  [[nodiscard]] Visitor& visitor(const store::Box& box);
  relay::Task<> watch();
  [[nodiscard]] std::vector<store::Heard> heard_since() const;

  Parts parts_;
  Authority authority_;
  std::string epoch_;  ///< Of the store: numbers of another one mean nothing.
  relay::Millis certificate_life_;
  std::map<std::string, std::unique_ptr<Visitor>> visitors_;  ///< By "tenant/box"; never removed, bounded by the boxes.
  bool finishing_ = false;
  relay::TaskGroup tasks_;
};

}  // namespace bridge::link
