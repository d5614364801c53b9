#include "bridge/tenants/directory.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/crypto/token.hpp"

namespace bridge::tenants {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;

constexpr relay::Millis code_life = std::chrono::hours{24};
constexpr std::size_t max_name = 64;
constexpr int revocation_tries = 10;  // a box changes its row twice at its enrolment and twice at a renewal
constexpr std::size_t max_boxes_per_tenant = 5'000;
constexpr std::size_t max_rows_per_tenant = 1'000;  // of credentials, routes, tokens
constexpr std::size_t max_tenants = 1'000;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::unexpected<relay::Error> bad_name() {
  return fail(ErrorCode::invalid_argument,
              "a name has 1 to 64 characters, each a lower-case letter, a digit or a hyphen");
}
std::unexpected<relay::Error> no_such(std::string_view what) {
  return fail(ErrorCode::not_found, concat("there is no such ", what));
}
std::unexpected<relay::Error> too_many(std::string_view what) {
  return fail(ErrorCode::full, concat("there are too many ", what, "; remove some first"));
}

template <class Rows>
std::size_t of_tenant(const Rows& rows, const std::string& tenant) {
  return static_cast<std::size_t>(std::ranges::count(rows, tenant, [](const auto& row) { return row.tenant; }));
}

}  // namespace

Directory::Directory(relay::Runtime runtime, store::Store& store, Vault vault)
    : runtime_(runtime), store_(store), vault_(std::move(vault)), reading_over_(runtime) {}

Task<Result<bool>> Directory::read() {
  const std::uint64_t mine = ++asked_;
  while (read_up_to_ < mine) {
    if (reading_) {
      const bool woken = co_await reading_over_.wait();
      if (!woken) co_return fail(ErrorCode::cancelled, "the bridge stops");
      continue;
    }
    reading_ = true;
    const std::uint64_t answered = asked_;
    auto loaded = co_await store_.load();
    reading_ = false;
    if (loaded) {
      all_ = std::move(*loaded);
      read_up_to_ = answered;
    }
    reading_over_.notify();
    if (!loaded) co_return std::unexpected(loaded.error());
  }
  co_return true;
}

Task<Result<bool>> Directory::load() {
  Result<bool> done = true;
  for (int attempt = 0; attempt < 3; ++attempt) {
    done = co_await read_and_rewrap();
    if (done || done.error().code != ErrorCode::conflict) break;  // else another node is doing the same
  }
  co_return done;
}

Task<Result<bool>> Directory::read_and_rewrap() {
  auto done = co_await read();
  if (!done) co_return done;
  std::vector<store::Change> rewrapped;
  for (const auto& tenant : all_.tenants) {
    const auto unwrapped = vault_.unwrap(tenant.name, tenant.wrapped_key);
    if (!unwrapped) {
      co_return fail(ErrorCode::corrupt, concat("the master key does not open the key of tenant ", tenant.name,
                                                ": set [sealing] previous_master_key to the one before"));
    }
    if (!unwrapped->by_previous) continue;
    store::Tenant anew = tenant;
    anew.wrapped_key = vault_.wrap(tenant.name, unwrapped->key, runtime_.random);
    rewrapped.emplace_back(std::move(anew));
  }
  if (rewrapped.empty()) co_return true;
  runtime_.log.info("keys_wrapped_anew", {{"tenants", rewrapped.size()}});
  co_return co_await change(std::move(rewrapped), "bridge", "", "keys.rewrap", "");
}

Task<Result<bool>> Directory::change(std::vector<store::Change> changes, Actor actor, std::string tenant,
                                     std::string action, std::string object) {
  const std::string shown = object.starts_with('+') ? relay::masked_number(object) : object;
  runtime_.log.info("changed", {{"action", action}, {"tenant", tenant}, {"object", shown}, {"by", actor}});
  auto done = co_await store_.change(std::move(changes), {.at = runtime_.clock.wall(),
                                                          .actor = std::move(actor),
                                                          .tenant = std::move(tenant),
                                                          .action = std::move(action),
                                                          .object = std::move(object)});
  // Also after a conflict: what stands here may be older than what another node has written.
  if (!done && done.error().code != ErrorCode::conflict) co_return done;
  auto anew = co_await read();
  co_return done && !anew ? anew : done;
}

/// "WRAPPED-KEY SEALED", in base64. The name of no tenant has a blank in it.
std::string Directory::seal_own(const std::string& name, const std::string& secret) const {
  const std::string wrapped = vault_.new_key("the bridge", runtime_.random);
  const auto key = vault_.unwrap("the bridge", wrapped);
  return relay::crypto::base64(wrapped) + " " +
         relay::crypto::base64(seal(key->key, {"the bridge", name, 1}, secret, runtime_.random));
}

Result<std::string> Directory::open_own(const std::string& name, const std::string& sealed) const {
  const auto blank = sealed.find(' ');
  const auto wrapped = relay::crypto::from_base64(sealed.substr(0, blank));
  const auto bytes = blank == std::string::npos ? std::nullopt : relay::crypto::from_base64(sealed.substr(blank + 1));
  const auto key = wrapped && bytes ? vault_.unwrap("the bridge", *wrapped) : std::nullopt;
  auto opened = key ? open(key->key, {"the bridge", name, 1}, *bytes) : std::nullopt;
  if (!opened) return fail(ErrorCode::corrupt, concat("the master key does not open the bridge's own ", name));
  return std::move(*opened);
}

// --- looking ---

const store::Tenant* Directory::tenant(std::string_view name) const {
  const auto found = std::ranges::find(all_.tenants, name, &store::Tenant::name);
  return found == all_.tenants.end() ? nullptr : &*found;
}

const store::Box* Directory::box(std::string_view tenant, std::string_view name) const {
  const auto found =
      std::ranges::find_if(all_.boxes, [&](const auto& box) { return box.tenant == tenant && box.name == name; });
  return found == all_.boxes.end() ? nullptr : &*found;
}

const store::Box* Directory::box_of_certificate(std::string_view fingerprint) const {
  if (fingerprint.empty()) return nullptr;
  const auto found = std::ranges::find_if(all_.boxes, [&](const auto& box) {
    return !box.revoked && (box.certificate == fingerprint || box.previous_certificate == fingerprint);
  });
  return found == all_.boxes.end() ? nullptr : &*found;
}

std::optional<relay::crypto::SealKey> Directory::key_of(const store::Tenant& tenant) const {
  const auto unwrapped = vault_.unwrap(tenant.name, tenant.wrapped_key);
  return unwrapped ? std::optional(unwrapped->key) : std::nullopt;
}

std::optional<Directory::Secret> Directory::secret(std::string_view kind, std::string_view account) const {
  const auto found = std::ranges::find_if(all_.credentials,
                                          [&](const auto& row) { return row.kind == kind && row.account == account; });
  if (found == all_.credentials.end()) return std::nullopt;
  const auto* owner = tenant(found->tenant);
  const auto key = owner != nullptr ? key_of(*owner) : std::nullopt;
  if (!key) return std::nullopt;
  auto value = open(*key, {found->tenant, concat(found->kind, "/", found->account), found->key_version}, found->sealed);
  if (!value) return std::nullopt;
  return Secret{found->tenant, std::move(*value)};
}

Result<std::string> Directory::chain(const std::string& tenant_name) const {
  const bool has_one = std::ranges::any_of(
      all_.credentials, [&](const auto& row) { return row.kind == chain_kind && row.tenant == tenant_name; });
  if (!has_one) return std::string{};
  auto opened = secret(chain_kind, tenant_name);
  if (!opened) return fail(ErrorCode::corrupt, concat("the chain of ", tenant_name, " does not open; set it again"));
  return std::move(opened->value);
}

const store::Route* Directory::topic(std::string_view arn) const {
  const auto found = std::ranges::find_if(
      all_.routes, [&](const auto& route) { return route.kind == store::Route::Kind::topic && route.value == arn; });
  return found == all_.routes.end() ? nullptr : &*found;
}

Destination Directory::destination(const std::string& tenant, std::string_view wanted, std::string_view ours) const {
  if (!wanted.empty() && box(tenant, wanted) != nullptr) return {tenant, std::string{wanted}};
  for (const auto& route : all_.routes) {
    if (route.kind == store::Route::Kind::number && route.tenant == tenant && route.value == ours)
      return {tenant, route.box};
  }
  const store::Box* only = nullptr;
  for (const auto& one : all_.boxes) {
    if (one.tenant != tenant) continue;
    if (only != nullptr) return {tenant, ""};
    only = &one;
  }
  return {tenant, only != nullptr ? only->name : ""};
}

const store::Token* Directory::token(const store::Digest& hash) const {
  const auto found = std::ranges::find(all_.tokens, hash, &store::Token::hash);
  return found == all_.tokens.end() ? nullptr : &*found;
}

const store::Box* Directory::box_of_code(std::string_view code) const {
  const auto hash = relay::crypto::sha256(code);
  const auto found = std::ranges::find_if(
      all_.boxes, [&](const auto& box) { return box.code && relay::crypto::constant_time_equal(*box.code, hash); });
  if (found == all_.boxes.end() || found->code_expires_at < runtime_.clock.wall()) return nullptr;
  return &*found;
}

// --- changing ---

Task<Result<bool>> Directory::add_tenant(std::string name, bool demo, Actor actor) {
  if (!is_name(name)) co_return bad_name();
  if (tenant(name) != nullptr) co_return fail(ErrorCode::conflict, "there is a tenant of this name");
  if (all_.tenants.size() >= max_tenants) co_return too_many("tenants");
  store::Tenant row{.name = name,
                    .demo = demo,
                    .wrapped_key = vault_.new_key(name, runtime_.random),
                    .created_at = runtime_.clock.wall()};
  std::vector<store::Change> rows{std::move(row)};
  co_return co_await change(std::move(rows), std::move(actor), name, "tenant.add", name);
}

/// A new data key, and every secret of the tenant sealed anew under it, in one commit.
Task<Result<bool>> Directory::rotate_key(std::string name, Actor actor) {
  const auto* found = tenant(name);
  if (found == nullptr) co_return no_such("tenant");
  store::Tenant row = *found;
  row.wrapped_key = vault_.new_key(name, runtime_.random);
  ++row.key_version;
  const auto key = key_of(row);
  if (!key) co_return fail(ErrorCode::internal, "the new key does not open");
  std::vector<store::Change> rows;
  for (const auto& credential : all_.credentials) {
    if (credential.tenant != name) continue;
    const auto value = secret(credential.kind, credential.account);
    if (!value)
      co_return fail(ErrorCode::corrupt, concat("the secret of ", credential.account, " does not open; set it again"));
    store::Credential anew = credential;
    anew.key_version = row.key_version;
    anew.sealed =
        seal(*key, {name, concat(anew.kind, "/", anew.account), anew.key_version}, value->value, runtime_.random);
    rows.emplace_back(std::move(anew));
  }
  rows.emplace_back(std::move(row));
  co_return co_await change(std::move(rows), std::move(actor), name, "tenant.rotate-key", name);
}

Task<Result<Directory::Enrolment>> Directory::invite(std::string tenant_name, std::string name, Actor actor) {
  if (!is_name(name)) co_return bad_name();
  if (tenant(tenant_name) == nullptr) co_return no_such("tenant");
  const auto* known = box(tenant_name, name);
  if (known == nullptr && of_tenant(all_.boxes, tenant_name) >= max_boxes_per_tenant) co_return too_many("boxes");
  store::Box row =
      known != nullptr ? *known : store::Box{.tenant = tenant_name, .name = name, .created_at = runtime_.clock.wall()};
  const Enrolment enrolment{relay::crypto::random_token(runtime_.random), runtime_.clock.wall() + code_life};
  row.code = relay::crypto::sha256(enrolment.code);
  row.code_expires_at = enrolment.expires_at;
  row.code_spent = false;
  row.revoked = false;
  std::vector<store::Change> rows{std::move(row)};
  auto done = co_await change(std::move(rows), std::move(actor), tenant_name, "box.invite", name);
  if (!done) co_return std::unexpected(done.error());
  co_return enrolment;
}

/// A box that enrols or renews at the same moment, at whichever node, is not saved by that: the row is read again.
Task<Result<bool>> Directory::revoke(std::string tenant_name, std::string name, Actor actor) {
  Result<bool> done = false;
  for (int tries = 0; tries < revocation_tries; ++tries) {
    const auto* known = box(tenant_name, name);
    if (known == nullptr) co_return no_such("box");
    store::Box row = *known;
    row.revoked = true;
    row.code.reset();
    row.code_spent = false;
    row.certificate.clear();
    row.previous_certificate.clear();
    std::vector<store::Change> rows{std::move(row)};
    done = co_await change(std::move(rows), actor, tenant_name, "box.revoke", name);
    if (done || done.error().code != ErrorCode::conflict) break;
  }
  co_return done;
}

Task<Result<bool>> Directory::remove_box(std::string tenant_name, std::string name, Actor actor) {
  if (box(tenant_name, name) == nullptr) co_return no_such("box");
  std::vector<store::Change> rows{store::DropBox{tenant_name, name}};
  co_return co_await change(std::move(rows), std::move(actor), tenant_name, "box.remove", name);
}

Task<Result<bool>> Directory::certify(std::string tenant_name, std::string name, std::string fingerprint,
                                      relay::WallTime expires_at, std::string renewed_by) {
  const auto* known = box(tenant_name, name);
  if (known == nullptr || known->revoked) co_return no_such("box");
  store::Box row = *known;
  const bool renewal = !renewed_by.empty();
  row.previous_certificate = std::move(renewed_by);
  row.certificate = std::move(fingerprint);
  row.certificate_expires_at = expires_at;
  row.code_spent = !renewal;
  if (relay::planted(relay::PlantedFault::enrolment_code_spent_at_once)) row.code.reset();
  std::vector<store::Change> rows{std::move(row)};
  co_return co_await change(std::move(rows), concat("box:", tenant_name, "/", name), tenant_name,
                            renewal ? "box.renew" : "box.enrol", name);
}

Task<Result<bool>> Directory::confirm(std::string tenant_name, std::string name) {
  const auto* known = box(tenant_name, name);
  if (known == nullptr || known->revoked) co_return no_such("box");
  store::Box row = *known;
  row.previous_certificate.clear();
  const bool enrolment = std::exchange(row.code_spent, false);
  if (enrolment) row.code.reset();
  std::vector<store::Change> rows{std::move(row)};
  co_return co_await change(std::move(rows), concat("box:", tenant_name, "/", name), tenant_name,
                            enrolment ? "box.enrolled" : "box.renewed", name);
}

Task<Result<bool>> Directory::put_credential(std::string tenant_name, std::string kind, std::string account,
                                             std::string value, Actor actor) {
  const auto* owner = tenant(tenant_name);
  if (owner == nullptr) co_return no_such("tenant");
  if (kind != "twilio") co_return fail(ErrorCode::invalid_argument, "the kind of a credential is twilio");
  if (account.size() != 34 || !account.starts_with("AC"))
    co_return fail(ErrorCode::invalid_argument, "the account is Twilio's account SID: AC and 32 digits");
  if (value.empty() || value.size() > 256)
    co_return fail(ErrorCode::invalid_argument, "the secret is the account's primary auth token");
  if (of_tenant(all_.credentials, tenant_name) >= max_rows_per_tenant) co_return too_many("credentials");
  co_return co_await put_sealed(*owner, std::move(kind), std::move(account), std::move(value), std::move(actor));
}

Task<Result<bool>> Directory::drop_credential(std::string tenant_name, std::string kind, std::string account,
                                              Actor actor) {
  std::vector<store::Change> rows{store::DropCredential{tenant_name, kind, account}};
  co_return co_await change(std::move(rows), std::move(actor), tenant_name, "credential.remove",
                            concat(kind, "/", account));
}

Task<Result<bool>> Directory::put_chain(std::string tenant_name, std::string text, Actor actor) {
  if (text.empty())
    co_return co_await drop_credential(tenant_name, std::string{chain_kind}, tenant_name, std::move(actor));
  const auto* owner = tenant(tenant_name);
  if (owner == nullptr) co_return no_such("tenant");
  co_return co_await put_sealed(*owner, std::string{chain_kind}, tenant_name, std::move(text), std::move(actor));
}

/// `kind` and `account` name the record.
Task<Result<bool>> Directory::put_sealed(store::Tenant owner, std::string kind, std::string account, std::string value,
                                         Actor actor) {
  const auto key = key_of(owner);
  if (!key) co_return fail(ErrorCode::corrupt, "the tenant's key does not open");
  store::Credential row{.tenant = owner.name, .kind = kind, .account = account, .key_version = owner.key_version};
  row.sealed = seal(*key, {owner.name, concat(kind, "/", account), row.key_version}, value, runtime_.random);
  std::vector<store::Change> rows{std::move(row)};
  co_return co_await change(std::move(rows), std::move(actor), owner.name, "credential.put",
                            concat(kind, "/", account));
}

Task<Result<bool>> Directory::put_route(store::Route route, Actor actor) {
  if (tenant(route.tenant) == nullptr) co_return no_such("tenant");
  if (route.value.empty() || route.value.size() > 256)
    co_return fail(ErrorCode::invalid_argument, "a route's value has 1 to 256 characters");
  if (!route.box.empty() && box(route.tenant, route.box) == nullptr) co_return no_such("box");
  if (route.box.empty() && route.kind == store::Route::Kind::number)
    co_return fail(ErrorCode::invalid_argument, "a number's route names its box");
  if (of_tenant(all_.routes, route.tenant) >= max_rows_per_tenant) co_return too_many("routes");
  const std::string tenant_name = route.tenant;
  std::string object = route.value;
  std::vector<store::Change> rows{std::move(route)};
  co_return co_await change(std::move(rows), std::move(actor), tenant_name, "route.put", std::move(object));
}

Task<Result<bool>> Directory::drop_route(store::DropRoute route, Actor actor) {
  const std::string tenant_name = route.tenant;
  std::string object = route.value;
  std::vector<store::Change> rows{std::move(route)};
  co_return co_await change(std::move(rows), std::move(actor), tenant_name, "route.remove", std::move(object));
}

Task<Result<std::string>> Directory::add_token(std::string tenant_name, std::string name, store::Token::Scope scope,
                                               Actor actor) {
  if (!is_name(name)) co_return bad_name();
  const bool operates = scope == store::Token::Scope::operate;
  if (operates != tenant_name.empty())
    co_return fail(ErrorCode::invalid_argument, "a token with the scope operate has no tenant, any other has one");
  if (!operates && tenant(tenant_name) == nullptr) co_return no_such("tenant");
  if (of_tenant(all_.tokens, tenant_name) >= max_rows_per_tenant) co_return too_many("tokens");
  std::string value = "eb_" + relay::crypto::random_token(runtime_.random);
  store::Token row{.name = name,
                   .tenant = tenant_name,
                   .scope = scope,
                   .hash = relay::crypto::sha256(value),
                   .created_at = runtime_.clock.wall()};
  std::vector<store::Change> rows{std::move(row)};
  auto done = co_await change(std::move(rows), std::move(actor), tenant_name, "token.add", name);
  if (!done) co_return std::unexpected(done.error());
  co_return value;
}

Task<Result<bool>> Directory::drop_token(std::string tenant_name, std::string name, Actor actor) {
  std::vector<store::Change> rows{store::DropToken{tenant_name, name}};
  co_return co_await change(std::move(rows), std::move(actor), tenant_name, "token.remove", name);
}

}  // namespace bridge::tenants
