#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "firmware/modem/modem_provider.hpp"
#include "relay/config/section.hpp"
#include "relay/providers/provider.hpp"

namespace modem {

struct PoolSettings {
  std::string name;  ///< Of the provider.
  std::vector<std::string> members;
  bool sticky = false;

  [[nodiscard]] static PoolSettings from(const relay::config::Section& section);
};
[[nodiscard]] const relay::config::Table& pool_settings_table();

/// Several modems as one provider of the chain. Each message goes to the member that is ready, sends to such a number
/// and has the least to do; one that certainly did not send it is followed by the next within the same attempt.
///
/// In the journal an attempt bears the pool's name; references are "MEMBER:REF", since each SIM counts its own. What a
/// member receives bears the member's name.
class ModemPool final : public relay::providers::Provider {
 public:
  ModemPool(relay::Runtime runtime, PoolSettings settings);

  /// What a member is made with: its receipts and late answers go through the pool. The pool outlives its members.
  [[nodiscard]] ModemPorts ports_for(const std::string& member, const ModemPorts& ports);
  void add(std::unique_ptr<ModemProvider> member);
  [[nodiscard]] const std::vector<std::unique_ptr<ModemProvider>>& members() const { return members_; }

  [[nodiscard]] const relay::providers::Traits& traits() const override { return traits_; }
  [[nodiscard]] int capacity() const override;
  [[nodiscard]] relay::Task<relay::providers::SendResult> send(relay::providers::SendRequest request) override;
  [[nodiscard]] std::optional<std::string> not_ready() const override;

 private:
  static constexpr std::size_t max_remembered = 4096;  ///< Recipients; one more forgets the oldest.

  [[nodiscard]] ModemProvider* choose(const relay::Message& message, const std::vector<ModemProvider*>& tried) const;
  void remember(const std::string& recipient, ModemProvider* member);

  relay::Runtime runtime_;
  PoolSettings settings_;
  relay::providers::Traits traits_;
  std::vector<std::unique_ptr<ModemProvider>> members_;
  std::unordered_map<std::string, ModemProvider*> last_member_;  ///< By recipient, with `sticky`.
  std::deque<std::string> remembered_;                           ///< Its keys, oldest first.
};

}  // namespace modem
