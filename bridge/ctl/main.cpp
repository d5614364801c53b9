#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "bridge/ctl/commands.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/http/curl_client.hpp"
#include "relay/log/spdlog_log.hpp"

namespace {

constexpr relay::Millis answer_time{15'000};

struct Where {
  std::string socket = "/run/edge-bridge/admin.sock";
  std::string url;  ///< Not empty: over the network, with a token.
  std::string token_file;
  std::string ca_file;
};

/// Returns the exit status.
relay::Task<int> ask(relay::Runtime runtime, Where where, bridge::ctl::Order order) {
  std::string token;
  if (!where.token_file.empty()) {
    std::ifstream in(where.token_file);
    std::getline(in, token);
  }
  const bool remote = !where.url.empty();
  relay::http::CurlPool pool(runtime);
  const auto client =
      relay::http::make_client(pool, {.ca_file = where.ca_file, .unix_socket = remote ? "" : where.socket});
  relay::http::ClientRequest request{.method = order.method,
                                     .url = (remote ? where.url : "http://localhost") + "/v1/admin" + order.path,
                                     .headers = {},
                                     .body = order.body,
                                     .deadline = runtime.clock.steady() + answer_time};
  if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token});
  if (!order.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  const auto answer = co_await client->perform(std::move(request));
  if (!answer) {
    std::cerr << "edge-bridgectl: the bridge does not answer: " << answer.error().message << "\n";
    co_return 1;
  }
  const auto body = nlohmann::ordered_json::parse(answer->body, nullptr, false);
  if (answer->status / 100 == 2) {
    std::cout << (body.is_discarded() ? answer->body : body.dump(2)) << "\n";
    co_return 0;
  }
  std::cerr << "edge-bridgectl: "
            << (body.is_object() ? body.value("title", "refused") + ": " + body.value("detail", "") : answer->body)
            << "\n";
  co_return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Where where;
  bridge::ctl::Arguments arguments;
  bridge::ctl::Order order;
  CLI::App app{"Operates the bridge: tenants, boxes, credentials, routes, tokens.", "edge-bridgectl"};
  app.add_option("--socket", where.socket, "The bridge's admin socket")->capture_default_str();
  app.add_option("--url", where.url, "The bridge's public URL, instead of the socket");
  app.add_option("--token-file", where.token_file, "File with the token for --url");
  app.add_option("--ca-file", where.ca_file, "PEM file of the authority that --url is checked by");
  app.require_subcommand(1);
  bridge::ctl::declare_commands(app, arguments, order);
  CLI11_PARSE(app, argc, argv);

  asio::io_context loop(1);
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers(loop.get_executor(), clock);
  relay::log::SpdlogLog log(clock, {});
  const relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
  int status = 1;
  asio::co_spawn(loop, ask(runtime, where, order), [&](std::exception_ptr error, int exit_status) {
    if (error) std::rethrow_exception(error);
    status = exit_status;
    loop.stop();
  });
  loop.run();
  return status;
}
