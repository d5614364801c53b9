#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/store/store.hpp"
#include "bridge/tenants/vault.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace bridge::tenants {

using relay::Result;
using relay::Task;

/// The kind of the credential that holds a tenant's chain; its account is the tenant's name.
inline constexpr std::string_view chain_kind = "chain";

/// Whose, and for which box.
struct Destination {
  std::string tenant;
  std::string box;  ///< Empty: no route names one.
};

/// Tenants, boxes, credentials, routes and tokens: held in memory, changed through the store, each change with its
/// entry in the audit log. Every operation on a tenant's things takes the tenant's name and finds nothing of another's.
class Directory {
 public:
  Directory(relay::Runtime runtime, store::Store& store, Vault vault);

  /// At start. Wraps data keys anew that only the previous master key opens. Errors: corrupt, when no key that we have
  /// opens a tenant's.
  [[nodiscard]] Task<Result<bool>> load();
  /// Another node has changed something. What was looked up before must not be used after.
  [[nodiscard]] Task<Result<bool>> reload() { return read(); }
  /// Who changes things, for the audit log.
  using Actor = std::string;

  /// Secrets of the bridge itself, kept as a tenant's are, in text. Errors: corrupt.
  [[nodiscard]] std::string seal_own(const std::string& name, const std::string& secret) const;
  [[nodiscard]] Result<std::string> open_own(const std::string& name, const std::string& sealed) const;

  // --- looking, with each call ---
  [[nodiscard]] const store::Snapshot& all() const { return all_; }
  [[nodiscard]] const store::Tenant* tenant(std::string_view name) const;
  [[nodiscard]] const store::Box* box(std::string_view tenant, std::string_view name) const;
  [[nodiscard]] const store::Box* box_of_certificate(std::string_view fingerprint) const;
  /// The secret of a provider's account and whose it is; nothing for an account that nobody has.
  struct Secret {
    std::string tenant;
    std::string value;
  };
  [[nodiscard]] std::optional<Secret> secret(std::string_view kind, std::string_view account) const;
  /// The tenant's chain (sending/chain.hpp), empty: none. Errors: corrupt, when it does not open.
  [[nodiscard]] Result<std::string> chain(const std::string& tenant) const;
  [[nodiscard]] const store::Route* topic(std::string_view arn) const;
  /// Of an event of this tenant: the box that the caller names (checked), else that of the number, else the tenant's
  /// only one.
  [[nodiscard]] Destination destination(const std::string& tenant, std::string_view box, std::string_view ours) const;
  [[nodiscard]] const store::Token* token(const store::Digest& hash) const;

  // --- changing ---
  [[nodiscard]] Task<Result<bool>> add_tenant(std::string name, bool demo, Actor actor);
  [[nodiscard]] Task<Result<bool>> rotate_key(std::string tenant, Actor actor);
  struct Enrolment {
    std::string code;  ///< Shown once.
    relay::WallTime expires_at{};
  };
  /// A new box, or a new code for one whose certificate is lost (its old one ends with the enrolment).
  [[nodiscard]] Task<Result<Enrolment>> invite(std::string tenant, std::string box, Actor actor);
  /// Ends the box's certificate and code at once.
  [[nodiscard]] Task<Result<bool>> revoke(std::string tenant, std::string box, Actor actor);
  [[nodiscard]] Task<Result<bool>> remove_box(std::string tenant, std::string box, Actor actor);
  [[nodiscard]] Task<Result<bool>> put_credential(std::string tenant, std::string kind, std::string account,
                                                  std::string secret, Actor actor);
  [[nodiscard]] Task<Result<bool>> drop_credential(std::string tenant, std::string kind, std::string account,
                                                   Actor actor);
  /// Kept as a credential is: there are secrets in it. An empty text: none from now on.
  [[nodiscard]] Task<Result<bool>> put_chain(std::string tenant, std::string text, Actor actor);
  [[nodiscard]] Task<Result<bool>> put_route(store::Route route, Actor actor);
  [[nodiscard]] Task<Result<bool>> drop_route(store::DropRoute route, Actor actor);
  /// Returns the token itself: shown once.
  [[nodiscard]] Task<Result<std::string>> add_token(std::string tenant, std::string name, store::Token::Scope scope,
                                                    Actor actor);
  [[nodiscard]] Task<Result<bool>> drop_token(std::string tenant, std::string name, Actor actor);

  // --- the link ---
  /// Whose one-time code this is; nothing when it is nobody's, used or too old.
  [[nodiscard]] const store::Box* box_of_code(std::string_view code) const;
  /// Gives the box its (next) certificate. `renewed_by`, the one it asked with, goes on until the new one is used;
  /// empty: an enrolment, which ends all certificates before. Its code is good until the certificate is used: the
  /// answer may have been lost.
  [[nodiscard]] Task<Result<bool>> certify(std::string tenant, std::string box, std::string fingerprint,
                                           relay::WallTime expires_at, std::string renewed_by);
  /// The box uses its new certificate: the one before ends, or the code.
  [[nodiscard]] Task<Result<bool>> confirm(std::string tenant, std::string box);

 private:
  [[nodiscard]] Task<Result<bool>> put_sealed(store::Tenant owner, std::string kind, std::string account,
                                              std::string value, Actor actor);
  [[nodiscard]] Task<Result<bool>> change(std::vector<store::Change> changes, Actor actor, std::string tenant,
                                          std::string action, std::string object);
  /// Everything anew, with what was committed until now. One reading at a time, which answers all who have asked before
  /// it began: thousands of boxes may change at once, and each reading brings them all.
  [[nodiscard]] Task<Result<bool>> read();
  [[nodiscard]] Task<Result<bool>> read_and_rewrap();
  [[nodiscard]] std::optional<relay::crypto::SealKey> key_of(const store::Tenant& tenant) const;

  relay::Runtime runtime_;
  store::Store& store_;
  Vault vault_;
  store::Snapshot all_;
  std::uint64_t asked_ = 0;       ///< How often somebody wanted to have read.
  std::uint64_t read_up_to_ = 0;  ///< Of these, the last one that is answered.
  bool reading_ = false;
  relay::Notification reading_over_;
};

}  // namespace bridge::tenants
