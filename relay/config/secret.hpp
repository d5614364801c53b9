#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>

#include "relay/config/document.hpp"
#include "relay/config/tree.hpp"

namespace relay::config {

/// How a secret may be given besides in the clear: NAME_file, NAME_env, NAME_credential.
inline constexpr std::array<std::string_view, 3> secret_suffixes{"_file", "_env", "_credential"};

struct Secret {
  std::string value;   ///< One trailing newline (and a carriage return before it) is cut.
  std::string source;  ///< For people: "", "file /etc/...", "environment variable X", "credential X".
};

/// Reads the secret that `node` (named `name` with one of the suffixes, or without) points to. The error is "what is
/// wrong; what to do". `folder` is where relative file names start.
[[nodiscard]] std::expected<Secret, std::string> read_secret(std::string_view name, const Node& node,
                                                             const std::string& folder, const Environment& environment);

struct FileText {
  std::string text;
  bool everybody_may_read = false;
  bool everybody_may_write = false;
};
/// A regular file of at most `limit` bytes. Read once through one descriptor, so that the permissions are those of what
/// was read.
[[nodiscard]] std::expected<FileText, std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace relay::config
