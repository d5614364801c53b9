#include "relay/http/libcurl.hpp"

#include <dlfcn.h>
#include <optional>
#include <string>

namespace relay::http {
namespace {

constexpr const char* library_name = "libcurl.so.4";

/// Looks one function up; the first that is missing is remembered.
class Finder {
 public:
  explicit Finder(void* library) : library_(library) {}

  template <class Function>
  void operator()(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

Result<LibCurl> load() {
  void* library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return fail(ErrorCode::unavailable, std::string{library_name} + " cannot be loaded (" +
                                            (reason != nullptr ? reason : "no reason given") +
                                            "); install the package libcurl4");
  }
  LibCurl curl{};
  Finder find(library);
  find("curl_global_init", curl.global_init);
  find("curl_easy_init", curl.easy_init);
  find("curl_easy_cleanup", curl.easy_cleanup);
  find("curl_easy_setopt", curl.easy_setopt);
  find("curl_easy_getinfo", curl.easy_getinfo);
  find("curl_easy_strerror", curl.easy_strerror);
  find("curl_slist_append", curl.slist_append);
  find("curl_slist_free_all", curl.slist_free_all);
  find("curl_multi_init", curl.multi_init);
  find("curl_multi_cleanup", curl.multi_cleanup);
  find("curl_multi_setopt", curl.multi_setopt);
  find("curl_multi_add_handle", curl.multi_add_handle);
  find("curl_multi_remove_handle", curl.multi_remove_handle);
  find("curl_multi_socket_action", curl.multi_socket_action);
  find("curl_multi_info_read", curl.multi_info_read);
  if (!find.missing().empty()) {
    return fail(ErrorCode::unavailable,
                std::string{library_name} + " lacks " + find.missing() + "; libcurl 7.88 or later is needed");
  }
  if (const CURLcode code = curl.global_init(CURL_GLOBAL_SSL); code != CURLE_OK) {
    return fail(ErrorCode::unavailable, std::string{"libcurl cannot start: "} + curl.easy_strerror(code));
  }
  return curl;
}

const Result<LibCurl>& loaded() {
  static const Result<LibCurl> result = load();
  return result;
}

}  // namespace

Result<void> load_libcurl() {
  if (!loaded()) return std::unexpected(loaded().error());
  return {};
}

const LibCurl& libcurl() { return *loaded(); }

}  // namespace relay::http
