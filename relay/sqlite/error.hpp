#pragma once

#include <string_view>

#include "relay/base/result.hpp"

struct sqlite3;

namespace relay::sqlite {

/// SQLite's result code as our error: FULL is `full`; IOERR, CANTOPEN, READONLY, PERM are `io`; CORRUPT and NOTADB are
/// `corrupt`; BUSY and LOCKED are `unavailable`; CONSTRAINT is `conflict`; NOMEM and TOOBIG are `full`; anything else
/// is our own bug (`internal`). `doing` starts the sentence: "committing", "opening /var/lib/x.db". `db` may be null.
[[nodiscard]] Error error_of(sqlite3* db, int code, std::string_view doing);

}  // namespace relay::sqlite
