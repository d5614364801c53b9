#include "relay/config/secret.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "relay/base/concat.hpp"

namespace relay::config {
namespace {

constexpr std::size_t max_secret_bytes = 16U << 10U;

using Read = std::expected<Secret, std::string>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

void cut_line_end(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

Read from_file(const std::string& path, std::string source) {
  auto file = read_file(path, max_secret_bytes);
  if (!file) return std::unexpected(std::move(file.error()));
  if (file->everybody_may_read || file->everybody_may_write) {
    return std::unexpected(concat("the file ", path, " holds a secret and may be ",
                                  file->everybody_may_read ? "read" : "written",
                                  " by every user of this machine; take that away: chmod o-rwx ", path));
  }
  cut_line_end(file->text);
  return Secret{std::move(file->text), std::move(source)};
}

Read from_environment(const std::string& variable, const Environment& environment) {
  auto value = environment(variable);
  if (!value)
    return std::unexpected(
        concat("the environment variable ", variable, " is not set; set it in the unit (Environment=) or use _file"));
  cut_line_end(*value);
  return Secret{*std::move(value), concat("environment variable ", variable)};
}

Read from_credential(const std::string& name, const Environment& environment) {
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    return std::unexpected(concat(
        "\"", name, "\" is not the name of a credential; give the name that LoadCredential= has, without a path"));
  }
  const auto folder = environment("CREDENTIALS_DIRECTORY");
  if (!folder) {
    return std::unexpected(concat("systemd has handed in no credentials; start by the unit, with LoadCredential=", name,
                                  ":/path/to/the/secret"));
  }
  return from_file(concat(*folder, "/", name), concat("credential ", name));
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::expected<FileText, std::string> read_file(const std::string& path, std::size_t limit) {
  const auto trouble = [&path](const std::string& what) {
    return std::unexpected(concat("cannot read ", path, ": ", what));
  };
  // O_NONBLOCK: a FIFO in the file's place must not hold up the start.
  const Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (fd.get() < 0) return trouble(concat(reason(), "; check the path and its permissions"));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return trouble(reason());
  if (!S_ISREG(status.st_mode)) return trouble("it is not a regular file; name a file");
  FileText file;
  file.everybody_may_read = (status.st_mode & S_IROTH) != 0;
  file.everybody_may_write = (status.st_mode & S_IWOTH) != 0;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return trouble(reason());
    if (count == 0) return file;
    file.text.append(buffer.data(), static_cast<std::size_t>(count));
    if (file.text.size() > limit) return trouble(concat("it is larger than ", limit, " bytes; name the right file"));
  }
}

std::expected<Secret, std::string> read_secret(std::string_view name, const Node& node, const std::string& folder,
                                               const Environment& environment) {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr)
    return std::unexpected(concat("expected a string, found ", kind_of(node), "; correct the value"));
  const std::string_view suffix = std::string_view{node.name}.substr(name.size());
  Read secret = Secret{*text, ""};
  if (suffix == "_file") {
    const std::string path = text->starts_with('/') || folder.empty() ? *text : concat(folder, "/", *text);
    secret = from_file(path, concat("file ", path));
  } else if (suffix == "_env") {
    secret = from_environment(*text, environment);
  } else if (suffix == "_credential") {
    secret = from_credential(*text, environment);
  }
  if (secret && secret->value.empty())
    return std::unexpected("is an empty secret; give the secret, or leave the setting out");
  if (secret && secret->value.size() > max_secret_bytes)
    return std::unexpected(concat("is longer than ", max_secret_bytes, " bytes; give the secret itself"));
  return secret;
}

}  // namespace relay::config
