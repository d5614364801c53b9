#include "firmware/reset/factory_reset.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <sstream>
#include <unistd.h>

#include "relay/base/concat.hpp"

namespace firmware::reset {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

constexpr std::string_view heading = "edge-relay factory reset 1";
constexpr std::string_view by_word = "by ";
constexpr std::string_view remove_word = "remove ";
constexpr std::string_view replace_word = "replace ";

std::unexpected<relay::Error> failed(std::string_view doing, const std::string& path) {
  const int error = errno;
  return fail(error == ENOSPC || error == EDQUOT ? ErrorCode::full : ErrorCode::io,
              concat("factory reset: ", doing, " ", path, ": ", std::strerror(error)));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// What was renamed or removed in it is so after a power cut too.
Result<void> sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("opening", folder);
  const bool synced = ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!synced) return failed("syncing", folder);
  return {};
}

Result<void> write_synced(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed("writing", path);
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    good = written > 0 || errno == EINTR;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!good) return failed("writing", path);
  return {};
}

Result<Plan> read_order(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  const auto wrong = [&] {
    return fail(ErrorCode::corrupt,
                concat(path, " is no order of a factory reset (\"", line, "\"); remove it to run without the reset"));
  };
  if (!std::getline(in, line) || line != heading) return wrong();
  Plan plan;
  while (std::getline(in, line)) {
    if (line.starts_with(by_word)) {
      plan.by = line.substr(by_word.size());
    } else if (line.starts_with(remove_word)) {
      plan.remove.push_back(line.substr(remove_word.size()));
    } else if (line.starts_with(replace_word)) {
      plan.replace.push_back(line.substr(replace_word.size()));
    } else {
      return wrong();
    }
  }
  return plan;
}

}  // namespace

std::string successor_of(const std::string& path) { return path + ".factory"; }
std::string order_of(const std::string& settings_file) { return settings_file + ".factory-reset"; }
bool is_ordered(const std::string& settings_file) { return ::access(order_of(settings_file).c_str(), F_OK) == 0; }

std::vector<std::string> out_of_reach(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto* paths : {&plan.remove, &plan.replace}) {
    for (const auto& path : *paths) {
      const bool there = ::access(path.c_str(), F_OK) == 0;
      if (there && ::access(folder_of(path).c_str(), W_OK | X_OK) != 0) out.push_back(path);
    }
  }
  return out;
}

Result<void> order(const std::string& settings_file, const Plan& plan) {
  std::ostringstream text;
  text << heading << "\n" << by_word << plan.by << "\n";
  for (const auto& path : plan.remove) text << remove_word << path << "\n";
  for (const auto& path : plan.replace) text << replace_word << path << "\n";
  for (const auto* paths : {&plan.remove, &plan.replace}) {
    for (const auto& path : *paths) {
      if (path.empty() || path.front() != '/' || path.find('\n') != std::string::npos)
        return fail(ErrorCode::invalid_argument, "a factory reset needs whole paths, not \"" + path + "\"");
    }
  }
  // The successors' names are on disk before the order that counts on them.
  for (const auto& path : plan.replace) {
    if (auto synced = sync_folder(folder_of(path)); !synced) return synced;
  }
  const std::string path = order_of(settings_file);
  const std::string fresh = path + ".new";
  if (auto written = write_synced(fresh, text.str()); !written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("writing", path);
  return sync_folder(folder_of(path));
}

Result<std::string> finish(const std::string& settings_file) {
  if (!is_ordered(settings_file)) return std::string{};
  const std::string path = order_of(settings_file);
  const auto plan = read_order(path);
  if (!plan) return std::unexpected(plan.error());
  std::set<std::string> folders;
  for (const auto& file : plan->remove) {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return failed("removing", file);
    folders.insert(folder_of(file));
  }
  for (const auto& file : plan->replace) {
    // Not there: an earlier try has put it in its place.
    if (::rename(successor_of(file).c_str(), file.c_str()) != 0 && errno != ENOENT) return failed("replacing", file);
    folders.insert(folder_of(file));
  }
  for (const auto& folder : folders) {
    if (::access(folder.c_str(), F_OK) != 0) continue;
    if (auto synced = sync_folder(folder); !synced) return std::unexpected(synced.error());
  }
  if (::unlink(path.c_str()) != 0) return failed("removing", path);
  if (auto synced = sync_folder(folder_of(path)); !synced) return std::unexpected(synced.error());
  return plan->by;
}

}  // namespace firmware::reset
