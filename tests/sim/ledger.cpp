#include "tests/sim/ledger.hpp"

#include <utility>

namespace sim {

std::size_t Ledger::add(Submission submission, const std::vector<std::string>& recipients) {
  const std::size_t index = submissions.size();
  by_token_[submission.token] = index;
  for (const auto& to : recipients) {
    submission.items.push_back(items.size());
    items.push_back({.submission = index, .to = to});
  }
  submissions.push_back(std::move(submission));
  return index;
}

std::optional<std::size_t> Ledger::find(std::string_view text, std::string_view to) const {
  // What stands before the first mark and behind the last may be cut: a part of a long text.
  for (auto begin = text.find('#'); begin != std::string_view::npos; begin = text.find('#', begin + 1)) {
    const auto end = text.find('#', begin + 1);
    if (end == std::string_view::npos) break;
    const auto found = by_token_.find(text.substr(begin + 1, end - begin - 1));
    if (found == by_token_.end()) continue;
    for (const std::size_t item : submissions[found->second].items) {
      if (items[item].to == to) return item;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> Ledger::find_id(std::string_view id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

void Ledger::name(std::size_t item, const std::string& id) {
  items[item].id = id;
  by_id_[id] = item;
}

std::size_t Ledger::add_send(Send send) {
  items[send.item].sends.push_back(sends.size());
  sends.push_back(std::move(send));
  return sends.size() - 1;
}

}  // namespace sim
