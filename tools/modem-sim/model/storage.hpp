#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace modem_sim {

/// <stat> of 3GPP TS 27.005 clause 3.1 in PDU mode.
enum class StoredState : int { received_unread = 0, received_read = 1, stored_unsent = 2, stored_sent = 3 };

struct StoredMessage {
  StoredState state = StoredState::received_unread;
  std::string pdu;      ///< hex, with the SMSC part
  int tpdu_length = 0;  ///< octets without the SMSC part
};

/// One message memory: places 1..capacity.
class MessageStore {
 public:
  MessageStore(std::string name, int capacity) : name_(std::move(name)), capacity_(capacity) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int capacity() const { return capacity_; }
  [[nodiscard]] int used() const { return static_cast<int>(places_.size()); }
  [[nodiscard]] std::map<int, StoredMessage>& messages() { return places_; }
  /// The place it got: the lowest free one; nullopt when all are taken.
  std::optional<int> add(StoredMessage message);
  [[nodiscard]] StoredMessage* find(int place);
  bool erase(int place) { return places_.erase(place) > 0; }
  void resize(int capacity) { capacity_ = capacity; }

 private:
  std::string name_;
  int capacity_;
  std::map<int, StoredMessage> places_;
};

/// "SM" and "ME", and which of them serves for reading, for writing and for receiving (+CPMS).
class Storage {
 public:
  Storage(int sim_capacity, int device_capacity) : stores_{{{"SM", sim_capacity}, {"ME", device_capacity}}} {}

  enum Role : unsigned { reading = 0, writing = 1, receiving = 2 };
  [[nodiscard]] MessageStore& serving(Role role) { return stores_[selected_[role]]; }
  [[nodiscard]] MessageStore& sim() { return stores_[0]; }
  /// Null for an unknown name.
  [[nodiscard]] MessageStore* named(std::string_view name);
  bool select(Role role, std::string_view name);

 private:
  std::array<MessageStore, 2> stores_;
  std::array<std::size_t, 3> selected_{0, 0, 0};
};

}  // namespace modem_sim
