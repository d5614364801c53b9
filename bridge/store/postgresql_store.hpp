#pragma once

#include <memory>
#include <string>

#include "bridge/store/queued_store.hpp"
#include "bridge/store/store.hpp"
#include "relay/base/runtime.hpp"

namespace bridge::store {

/// Errors: invalid_argument, what is wrong with the URL.
[[nodiscard]] Result<void> check_postgresql_url(const std::string& url);

/// The store in a PostgreSQL database (14 or newer) that several nodes share; docs/decisions/0046. On the calling
/// thread: connects and migrates. With StoreThread::loop no news of other nodes are heard. Errors: conflict (a newer
/// schema than this program knows, another program's tables), io (the server cannot be reached).
[[nodiscard]] Result<std::unique_ptr<Store>> open_postgresql(relay::Runtime runtime, const std::string& url,
                                                             StoreThread thread = StoreThread::own);

}  // namespace bridge::store
