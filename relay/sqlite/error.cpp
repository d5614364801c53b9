#include "relay/sqlite/error.hpp"

#include <sqlite3.h>

#include "relay/base/concat.hpp"

namespace relay::sqlite {
namespace {

ErrorCode code_of(int extended) {
  switch (extended & 0xff) {  // the primary result code (sqlite.org/rescode.html)
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorCode::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::unavailable;
    case SQLITE_CONSTRAINT:
      return ErrorCode::conflict;
    default:
      return ErrorCode::internal;
  }
}

}  // namespace

Error error_of(sqlite3* db, int code, std::string_view doing) {
  const char* told = db != nullptr && sqlite3_extended_errcode(db) == code ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  return {code_of(code), concat(doing, ": ", told, " (SQLite code ", code, ")")};
}

}  // namespace relay::sqlite
