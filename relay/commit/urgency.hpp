#pragma once

#include <cstdint>

namespace relay::commit {

/// When the commit of an operation may wait for company (docs/decisions/0004-commit-pacing.md).
enum class Urgency : std::uint8_t {
  now,      ///< Somebody waits: commit as soon as the one in flight is done (alarms; the journal before a first byte).
  paced,    ///< Somebody waits, but under sustained load commits are grouped to spare the flash (other submissions).
  relaxed,  ///< Nobody waits: goes with the next commit, or alone after Settings::relaxed_delay (outcomes, receipts).
};

}  // namespace relay::commit
