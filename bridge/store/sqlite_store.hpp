#pragma once

#include <memory>

#include "bridge/store/queued_store.hpp"
#include "bridge/store/store.hpp"
#include "relay/base/runtime.hpp"
#include "relay/commit/database_file.hpp"

namespace bridge::store {

/// "ERBR": tells the bridge's files from others.
inline constexpr int bridge_application_id = 0x45524252;
[[nodiscard]] relay::commit::DatabaseKind sqlite_kind();

/// The store on one SQLite file, owned by this process alone. On the calling thread. Errors as
/// relay::commit::open_database.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(relay::Runtime runtime,
                                                         const relay::commit::DatabaseFile& file,
                                                         StoreThread thread = StoreThread::own);

}  // namespace bridge::store
