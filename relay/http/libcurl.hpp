#pragma once

// The calls go through the table below; the macros that check option types at compile time name the functions directly.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "relay/base/result.hpp"

namespace relay::http {

/// libcurl's functions, found at first use instead of at the start of the process: linking it costs 6 MiB of memory on
/// a box that may never need more than its modem (docs/decisions/0006-outgoing-http.md).
struct LibCurl {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_setopt) multi_setopt;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_socket_action) multi_socket_action;
  decltype(&::curl_multi_info_read) multi_info_read;
};

/// Loads and initialises the library, once a process; it is never unloaded. Errors: unavailable, with what is missing.
[[nodiscard]] Result<void> load_libcurl();
/// After load_libcurl() has succeeded.
[[nodiscard]] const LibCurl& libcurl();

}  // namespace relay::http
