// Files, and what the kernel tells only by system calls.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <ifaddrs.h>
#include <map>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/console/host.hpp"
#include "hal/linux/clock_trust.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

std::unexpected<relay::Error> failed(const std::string& doing, const std::string& path) {
  const int error = errno;
  const ErrorCode code = error == ENOENT                      ? ErrorCode::not_found
                         : error == ENOSPC || error == EDQUOT ? ErrorCode::full
                                                              : ErrorCode::io;
  return fail(code, doing + " " + path + ": " + std::strerror(error));
}

/// Owns a descriptor.
struct File {
  int fd = -1;
  explicit File(int opened) : fd(opened) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string address_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
  }
  return text;
}

constexpr std::string_view private_folder = "relayctl-";
constexpr std::time_t seconds_a_day = 86'400;

/// By age, seen from one that was made just now: another console may work in one that is young.
void remove_forgotten_folders(const std::string& parent, const std::string& fresh) {
  struct stat now{};
  if (::stat(fresh.c_str(), &now) != 0) return;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    struct stat found{};
    if (!entry.path().filename().string().starts_with(private_folder)) continue;
    if (::stat(entry.path().c_str(), &found) == 0 && now.st_mtime - found.st_mtime > seconds_a_day)
      std::filesystem::remove_all(entry.path(), error);
  }
}

}  // namespace

Result<std::string> Host::read_file(const std::string& path, std::size_t most, std::int64_t from) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return failed("reading", path);
  if (from > 0 && ::lseek(file.fd, from, SEEK_SET) < 0) return failed("reading", path);
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t size = ::read(file.fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("reading", path);
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > most) return fail(ErrorCode::full, path + " is larger than " + std::to_string(most) + " bytes");
  }
}

std::optional<std::int64_t> Host::file_size(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return found.st_size;
}

std::string Host::file_identity(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return "";
  return concat(found.st_dev, ":", found.st_ino);
}

void Host::remove_file(const std::string& path) { (void)::unlink(path.c_str()); }

std::vector<std::string> Host::files_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

Result<PrivateFolder> PrivateFolder::make(const std::string& parent) {
  std::string path = concat(parent, "/", private_folder, "XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) return failed("making a folder in", parent);
  remove_forgotten_folders(parent, path);
  return PrivateFolder(std::move(path));
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> Host::replace_file(const std::string& path, std::string_view text, const std::string& like) {
  struct stat old{};
  const bool was_there = ::stat((like.empty() ? path : like).c_str(), &old) == 0;
  const std::string fresh = path + ".new";
  {
    const File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.fd < 0) return failed("writing", fresh);
    if (was_there) {
      (void)::fchmod(file.fd, old.st_mode & 07777U);
      (void)::fchown(file.fd, old.st_uid, old.st_gid);  // as far as we may
    }
    if (!write_all(file.fd, text) || ::fsync(file.fd) != 0) {
      auto error = failed("writing", fresh);
      ::unlink(fresh.c_str());
      return error;
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("replacing", path);
  const auto slash = path.rfind('/');
  const File folder(
      ::open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd >= 0) (void)::fsync(folder.fd);  // the new name survives a power cut too
  return {};
}

bool Host::clock_is_synchronised(relay::WallTime now) {
  return hal::LinuxClockTrust().facts().follows_time_server(now);
}

std::vector<NetworkInterface> Host::interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  std::map<std::string, NetworkInterface> found;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if ((one->ifa_flags & unsigned{IFF_LOOPBACK}) != 0) continue;
    auto& interface = found[one->ifa_name];
    interface.name = one->ifa_name;
    if (one->ifa_addr == nullptr) continue;
    if (auto address = address_of(one->ifa_addr); !address.empty()) interface.addresses.push_back(std::move(address));
  }
  std::vector<NetworkInterface> out;
  for (auto& [name, interface] : found) {
    interface.state = read_line("/sys/class/net/" + name + "/operstate");
    interface.mac = read_line("/sys/class/net/" + name + "/address");
    out.push_back(std::move(interface));
  }
  return out;
}

std::vector<std::string> Host::name_servers() {
  std::vector<std::string> servers;
  const auto text = read_file("/etc/resolv.conf", 64 * 1024);
  if (!text) return servers;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("nameserver ")) servers.push_back(line.substr(11));
  }
  return servers;
}

/// /proc/net/route: the address in hexadecimal, least significant byte first.
std::string Host::default_gateway() {
  const auto text = read_file("/proc/net/route", 64 * 1024);
  if (!text) return "";
  std::istringstream lines(*text);
  std::string interface;
  std::string destination;
  std::string gateway;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    fields >> interface >> destination >> gateway;
    if (destination != "00000000") continue;
    in_addr address{};
    address.s_addr = static_cast<in_addr_t>(std::strtoul(gateway.c_str(), nullptr, 16));
    char out[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &address, out, sizeof out);
    return std::string{out} + " by " + interface;
  }
  return "";
}

std::optional<Host::Space> Host::space(const std::string& path) {
  struct statvfs found{};
  if (::statvfs(path.c_str(), &found) != 0) return std::nullopt;
  const auto block = static_cast<std::int64_t>(found.f_frsize);
  Space space{.total = static_cast<std::int64_t>(found.f_blocks) * block,
              .free = static_cast<std::int64_t>(found.f_bavail) * block};
  if (found.f_files > 0) space.inodes_free = static_cast<double>(found.f_favail) / static_cast<double>(found.f_files);
  return space;
}

}  // namespace firmware::console
