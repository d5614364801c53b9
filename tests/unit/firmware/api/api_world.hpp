#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "firmware/api/api.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/unit/firmware/api/api_fakes.hpp"

namespace api_test {

using namespace relay;
using firmware::api::Api;
using firmware::api::KeyRing;
using firmware::api::Metrics;
using http::ServerRequest;
using http::ServerResponse;
using nlohmann::json;

inline constexpr const char* number = "+358401234567";
inline constexpr const char* body = R"({"to":"+358401234567","text":"Water in the cellar"})";

/// The API over the real outbox on a file of its own, with one application, "alarms".
class ApiWorld : public Utest {
 public:
  fakes::VirtualRuntime world;
  std::string folder;
  std::unique_ptr<outbox::SqliteOutbox> outbox;
  admission::Admission admission{{}};
  std::unique_ptr<KeyRing> keys;
  Metrics metrics;
  FakeHealth health;
  std::unique_ptr<Api> api;
  std::unique_ptr<events::EventStreams> streams;
  FakeMaintenance maintenance;
  std::string key;
  int keys_changes = 0;
  int pokes = 0;

  void setup() override {
    std::string name = (std::filesystem::temp_directory_path() / "relay-api-XXXXXX").string();
    folder = mkdtemp(name.data());
    auto opened = outbox::SqliteOutbox::open(world.runtime(),
                                             {.path = folder + "/outbox.db", .thread = outbox::StoreThread::loop});
    if (!opened) FAIL(opened.error().message.c_str());
    outbox = std::move(*opened);
    keys = std::make_unique<KeyRing>(world.runtime(), *outbox);
    health.report.providers.push_back({.name = "cloud", .kind = "twilio", .usable = true});
    streams = std::make_unique<events::EventStreams>(world.runtime(), *outbox,
                                                     [this](AppId app) { return keys->in_use(app); });
    outbox->on_events([this](const std::vector<AppId>& apps) { streams->wake(apps); });
    api = std::make_unique<Api>(
        Api::Parts{.runtime = world.runtime(),
                   .outbox = *outbox,
                   .admission = admission,
                   .keys = *keys,
                   .metrics = metrics,
                   .health = health,
                   .server_figures = [] { return http::Server::Figures{}; },
                   .keys_changed = [this] { ++keys_changes; },
                   .callback_allowed = [](std::string_view url) { return url.starts_with("http://app.lan/"); },
                   .events_added = [this] { ++pokes; },
                   .maintenance = maintenance,
                   .streams = *streams});
    key = new_key("alarms");
  }
  void teardown() override {
    api.reset(), streams.reset(), keys.reset(), outbox.reset();
    std::filesystem::remove_all(folder);
  }

  std::string new_key(const std::string& name) { return world.run(keys->add(name, MessageClass::info, 1)).value().key; }
  ServerResponse ask(std::string method, std::string path, std::string content = "", http::Headers headers = {},
                     std::string query = "") {
    if (http::header_value(headers, "Authorization").empty()) headers.push_back({"Authorization", "Bearer " + key});
    const ServerRequest request{std::move(method),  std::move(path),    std::move(query),
                                std::move(headers), std::move(content), "192.0.2.7"};
    return world.run(api->answer(request));
  }
  ServerResponse submit(std::string content = body, http::Headers headers = {}) {
    return ask("POST", "/v1/messages", std::move(content), std::move(headers));
  }
  ServerResponse operate(std::string method, std::string path, std::string content = "", std::string query = "") {
    const ServerRequest request{std::move(method),  std::move(path), std::move(query), {},
                                std::move(content), "unix:uid=0"};
    return world.run(api->answer_admin(request));
  }
  static void problem(const ServerResponse& response, int status, const std::string& type) {
    CHECK_EQUAL(status, response.status);
    STRCMP_EQUAL("application/problem+json", std::string{http::header_value(response.headers, "Content-Type")}.c_str());
    const json document = json::parse(response.body);
    STRCMP_EQUAL(("/problems/" + type).c_str(), document["type"].get<std::string>().c_str());
    CHECK_EQUAL(status, document["status"].get<int>());
    CHECK_FALSE(document["detail"].get<std::string>().empty());
  }
  std::int64_t stored() { return outbox->counters().stored_rows; }
};

}  // namespace api_test
