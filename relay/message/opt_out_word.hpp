#pragma once

#include <cstdint>

namespace relay {

/// What a received message asks for as a whole.
enum class OptOutWord : std::uint8_t {
  none,   ///< Nothing of the kind.
  stop,   ///< Its sender wants no more messages.
  start,  ///< Its sender wants them again.
};

}  // namespace relay
