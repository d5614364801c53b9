#include "relay/program/listen.hpp"

#include <charconv>

namespace relay::program {

Result<ListenSettings> read_listen(const config::Section& section, const std::string& table) {
  ListenSettings settings{.host = {},
                          .port = 0,
                          .tls_certificate_file = section.text("tls_certificate_file"),
                          .tls_key_file = section.text("tls_key_file")};
  const std::string& address = section.text("address");
  const auto colon = address.rfind(':');
  const char* end = address.data() + address.size();
  const auto parsed = colon == std::string::npos ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                                 : std::from_chars(address.data() + colon + 1, end, settings.port);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    return fail(ErrorCode::invalid_argument,
                "[" + table + "] address: \"" + address + "\" is not ADDRESS:PORT; write for example 127.0.0.1:8080");
  }
  settings.host = address.substr(0, colon);
  if (settings.host.size() >= 2 && settings.host.front() == '[' && settings.host.back() == ']') {
    settings.host = settings.host.substr(1, settings.host.size() - 2);
  }
  if (settings.tls_certificate_file.empty() != settings.tls_key_file.empty()) {
    return fail(ErrorCode::invalid_argument,
                "[" + table + "] tls_certificate_file and tls_key_file belong together; give both or none");
  }
  return settings;
}

}  // namespace relay::program
