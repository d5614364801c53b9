#pragma once

#include <expected>
#include <string>
#include <utility>

namespace relay {

/// What kind of trouble an operation met. Callers decide by the code; people read the message.
enum class ErrorCode {
  invalid_argument,  ///< The caller's input is wrong; repeating it cannot help.
  not_found,
  conflict,     ///< The thing exists, but not in a state that allows this.
  unavailable,  ///< Not now; later may work.
  full,         ///< A bound was reached (queue, disk, memory).
  io,           ///< The operating system or a device refused.
  timeout,
  cancelled,
  corrupt,   ///< Stored or received data breaks its own rules.
  internal,  ///< Our own bug.
};

/// An error as a value: a code for the caller, a whole sentence with the cause for a person.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace relay
