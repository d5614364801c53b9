#include "relay/outbox/disk_space.hpp"

#include <sys/statvfs.h>
#include <system_error>

#include "relay/base/concat.hpp"

namespace relay::outbox {

Result<std::int64_t> free_disk_bytes(const std::string& path) {
  struct statvfs facts{};
  if (statvfs(path.c_str(), &facts) != 0) {
    return fail(ErrorCode::io,
                concat("the free space under ", path, " cannot be read: ", std::generic_category().message(errno)));
  }
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

}  // namespace relay::outbox
