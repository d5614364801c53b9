#include "bridge/api/admin.hpp"

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using bridge_test::account;
using nlohmann::json;
using relay::http::ServerRequest;
using relay::http::ServerResponse;
using store::Token;

namespace {

struct Call {
  const char* method;
  const char* path;  ///< Behind /v1/admin/tenants/TENANT
  const char* body;
  bool reads;
};

// Every route of a tenant.
const Call calls[]{
    {"GET", "/boxes", "", true},
    {"POST", "/boxes", R"({"name":"b9"})", false},
    {"POST", "/boxes/b1/revoke", "", false},
    {"DELETE", "/boxes/b1", "", false},
    {"GET", "/credentials", "", true},
    {"PUT", "/credentials", R"({"kind":"twilio","account":"AC00000000000000000000000000000000","secret":"s"})", false},
    {"DELETE", "/credentials/twilio/AC0123456789abcdef0123456789abcdef", "", false},
    {"GET", "/chain", "", true},
    {"PUT", "/chain", "[chain]\nsms = [\"d\"]\n[providers.d]\nkind = \"demo\"\n", false},
    {"DELETE", "/chain", "", false},
    {"GET", "/routes", "", true},
    {"PUT", "/routes", R"({"kind":"number","value":"+15550009999","box":"b1"})", false},
    {"DELETE", "/routes?kind=number&value=%2B15550001111", "", false},
    {"GET", "/tokens", "", true},
    {"POST", "/tokens", R"({"name":"t9","scope":"read"})", false},
    {"DELETE", "/tokens/reader", "", false},
    {"GET", "/events", "", true},
    {"GET", "/events?box=b1&limit=5", "", true},
    {"GET", "/audit", "", true},
    {"POST", "/rotate-key", "", false},
    {"POST", "/simulate",
     R"({"kind":"inbound","provider":"demo","channel":"sms","fingerprint":"f","at":"2026-11-21T10:00:00Z","from":"+1"})",
     false},
};

}  // namespace

TEST_GROUP(Admin) {
  bridge_test::BridgeWorld w;
  std::unique_ptr<link::Link> link;
  std::unique_ptr<sending::Sending> sending;
  std::unique_ptr<api::Admin> admin;
  std::string peer = "192.0.2.7";
  std::string acme_manages, acme_reads, other_manages, operates;

  void setup() override {
    w.open();
    for (const char* tenant : {"acme", "other"}) {
      CHECK(w.run(w.directory->add_tenant(tenant, true, "test")).has_value());
      CHECK(w.run(w.directory->invite(tenant, "b1", "test")).has_value());
      CHECK(w.run(w.directory->put_route({store::Route::Kind::number, "+15550001111", tenant, "b1"}, "t")).has_value());
      w.keep(w.event(std::string{"secret-of-"} + tenant, tenant, "b1"));
    }
    CHECK(w.run(w.directory->put_credential("acme", "twilio", account, "the-auth-token", "test")).has_value());
    acme_manages = w.run(w.directory->add_token("acme", "manager", Token::Scope::manage, "test")).value();
    acme_reads = w.run(w.directory->add_token("acme", "reader", Token::Scope::read, "test")).value();
    other_manages = w.run(w.directory->add_token("other", "manager", Token::Scope::manage, "test")).value();
    operates = w.run(w.directory->add_token("", "ops", Token::Scope::operate, "test")).value();
    link = std::make_unique<link::Link>(
        link::Link::Parts{.runtime = w.world.runtime(), .directory = *w.directory, .store = *w.store, .messages = {}},
        link::Authority{}, "epoch", relay::Millis{1});
    sending = std::make_unique<sending::Sending>(
        sending::Sending::Parts{.runtime = w.world.runtime(),
                                .store = *w.store,
                                .directory = *w.directory,
                                .make_client = [](relay::http::ClientOptions) { return nullptr; },
                                .on_stored = [](const std::string&) {},
                                .thread = relay::outbox::StoreThread::loop},
        sending::SendingSettings{.directory = w.folder, .public_url = "https://bridge.example.com"});
    admin = std::make_unique<api::Admin>(api::Admin::Parts{.runtime = w.world.runtime(),
                                                           .directory = *w.directory,
                                                           .store = *w.store,
                                                           .link = *link,
                                                           .sending = *sending,
                                                           .on_stored = [](const std::string&) {}});
  }
  void teardown() override { w.world.run(sending->stop()); }
  ServerResponse ask(const std::string& token, const char* method, const std::string& target, const char* body = "") {
    const auto mark = target.find('?');
    const ServerRequest request{.method = method,
                                .path = target.substr(0, mark),
                                .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                                .headers = {{"Authorization", "Bearer " + token}},
                                .body = body,
                                .peer = peer};
    return w.run(admin->answer(request));
  }
  static std::string path(const char* tenant, const Call& call) {
    return std::string{"/v1/admin/tenants/"} + tenant + call.path;
  }
};

TEST(Admin, noRouteOfOneTenantIsOpenToAnother) {
  for (const auto& call : calls) {
    const auto answer = ask(other_manages, call.method, path("acme", call), call.body);
    CHECK_EQUAL_TEXT(404, answer.status, call.path);
    CHECK_TEXT(answer.body.find("acme") == std::string::npos, call.path);
    // As of a tenant that is not there: who asks cannot tell which.
    STRCMP_EQUAL(ask(other_manages, call.method, path("nobody", call), call.body).body.c_str(), answer.body.c_str());
  }
  // Nothing was changed by any of them, and the routes are there for those they belong to.
  CHECK(w.directory->secret("twilio", account).has_value());
  CHECK_FALSE(w.directory->box("acme", "b1")->revoked);
  CHECK_EQUAL(1, w.waiting("acme").size());
  for (const auto& call : calls) {
    CHECK_TEXT(ask(acme_manages, call.method, path("acme", call), call.body).status != 404 ||
                   std::string_view{call.method} == "DELETE",
               call.path);
  }
}

TEST(Admin, whatATenantReadsIsItsOwn) {
  for (const auto& call : calls) {
    if (!call.reads) continue;
    const auto answer = ask(acme_reads, call.method, path("acme", call));
    CHECK_EQUAL_TEXT(200, answer.status, call.path);
    CHECK_TEXT(answer.body.find("secret-of-other") == std::string::npos, call.path);
    CHECK_TEXT(answer.body.find("\"other\"") == std::string::npos, call.path);
    CHECK_TEXT(answer.body.find("the-auth-token") == std::string::npos, call.path);
  }
}

TEST(Admin, aReaderChangesNothing) {
  for (const auto& call : calls) {
    if (call.reads) continue;
    CHECK_EQUAL_TEXT(403, ask(acme_reads, call.method, path("acme", call), call.body).status, call.path);
  }
}

TEST(Admin, theBridgeItselfIsItsOperatorsAlone) {
  for (const char* target : {"/v1/admin/tenants", "/v1/admin/audit", "/v1/admin/tokens"}) {
    CHECK_EQUAL_TEXT(404, ask(acme_manages, "GET", target).status, target);
    CHECK_EQUAL_TEXT(200, ask(operates, "GET", target).status, target);
  }
  CHECK_EQUAL(404, ask(acme_manages, "POST", "/v1/admin/tenants", R"({"name":"mine"})").status);
  CHECK_EQUAL(201, ask(operates, "POST", "/v1/admin/tenants", R"({"name":"third"})").status);
  CHECK_EQUAL(409, ask(operates, "POST", "/v1/admin/tenants", R"({"name":"third"})").status);
  // A tenant's manager cannot make an operator.
  CHECK_EQUAL(400,
              ask(acme_manages, "POST", "/v1/admin/tenants/acme/tokens", R"({"name":"x","scope":"operate"})").status);
}

TEST(Admin, withoutATokenThereIsNothing) {
  CHECK_EQUAL(401, ask("", "GET", "/v1/admin/tenants").status);
  CHECK_EQUAL(401, ask("eb_wrong", "GET", "/v1/admin/tenants/acme/boxes").status);
  CHECK(w.run(w.directory->drop_token("acme", "manager", "test")).has_value());
  CHECK_EQUAL(401, ask(acme_manages, "GET", "/v1/admin/tenants/acme/boxes").status);
  for (int i = 0; i < 10; ++i) (void)ask("eb_wrong", "GET", "/v1/admin/tenants");
  CHECK_EQUAL(429, ask(operates, "GET", "/v1/admin/tenants").status);
  peer = "192.0.2.8";
  CHECK_EQUAL(200, ask(operates, "GET", "/v1/admin/tenants").status);
}

TEST(Admin, whoChangedWhatIsToldAndSecretsAreNot) {
  CHECK_EQUAL(200, ask(acme_manages, "POST", "/v1/admin/tenants/acme/boxes/b1/revoke").status);
  const auto entries = json::parse(ask(acme_manages, "GET", "/v1/admin/tenants/acme/audit").body)["audit"];
  STRCMP_EQUAL("box.revoke", entries[0]["action"].get<std::string>().c_str());
  STRCMP_EQUAL("token:acme/manager", entries[0]["actor"].get<std::string>().c_str());
  CHECK(entries.dump().find("the-auth-token") == std::string::npos);
  CHECK(entries.dump().find("eb_") == std::string::npos);
  CHECK_FALSE(w.world.log.contains("the-auth-token"));
  CHECK_FALSE(w.world.log.contains(acme_manages));
}
