#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/console/context.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// How a file travels on the console's own line. lrzsz's sz and rz speak the protocol as child processes; their bytes
/// pass through the terminal as they are. When a transfer breaks off, the far side is told (ZMODEM's abort) and what it
/// still sends is thrown away until the line is still, so that no piece of a file is read as a command.
enum class Protocol : std::uint8_t { zmodem, ymodem };
/// "zmodem" or "ymodem".
[[nodiscard]] Protocol protocol_of(std::string_view word);

/// What to do at the other end, a line for the person.
[[nodiscard]] std::string transfer_hint(Protocol protocol, bool sending);

/// Sends the file at `path` under its own name. Errors: not_found (lrzsz is not installed), timeout (nothing came from
/// the far side for two minutes), cancelled (the far side, or five times Ctrl-X), io (the line is gone).
[[nodiscard]] relay::Task<relay::Result<void>> send_file(relay::Runtime runtime, Terminal& terminal, std::string path,
                                                         Protocol protocol);

/// Receives one file of at most `most` bytes into `folder`, which must be empty, and returns its path. Errors: as
/// send_file; full (too large), invalid_argument (several files, or none).
[[nodiscard]] relay::Task<relay::Result<std::string>> receive_file(relay::Runtime runtime, Terminal& terminal,
                                                                   std::string folder, std::size_t most,
                                                                   Protocol protocol);

/// A command's text as a file that is called `name`, with its hint before it; `by` is the protocol's word. Errors: as
/// send_file; conflict (at the command line there is no such line).
[[nodiscard]] relay::Task<relay::Result<Answer>> send_text(Context& context, std::string name, std::string text,
                                                           std::string by);

}  // namespace firmware::console
