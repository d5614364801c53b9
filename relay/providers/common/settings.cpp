#include "relay/providers/common/settings.hpp"

#include <utility>

namespace relay::providers {
namespace {

/// "https://user@host:1/path" gives "host". Brackets of an IPv6 address stay.
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  std::string_view authority = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

}  // namespace

http::ClientOptions client_options(const config::Section& section) {
  http::ClientOptions options;
  options.ca_file = section.text("ca_file");
  options.connect_to = section.list("connect_to");
  options.connect_timeout = section.duration("connect_timeout");
  return options;
}

Traits traits_of(const config::Section& section, std::string_view kind) {
  Traits traits;
  traits.name = section.name();
  traits.kind = kind;
  traits.max_in_flight = static_cast<int>(section.integer("max_in_flight"));
  traits.rate_per_second = section.number("rate_per_second");
  traits.receipt_window = section.duration("receipt_window");
  return traits;
}

std::unexpected<Error> bad_setting(const config::Section& section, std::string_view sentence) {
  return fail(ErrorCode::invalid_argument, "[providers." + section.name() + "] " + std::string(sentence));
}

Result<std::string> base_url(const config::Section& section, std::string default_url) {
  std::string url = section.text("base_url").empty() ? std::move(default_url) : section.text("base_url");
  while (url.ends_with('/')) url.pop_back();
  const std::string_view host = host_of(url);
  if (host.empty() || url.find('@') != std::string::npos || url.find_first_of("?# ") != std::string::npos) {
    return bad_setting(section, "base_url must be https://HOST, with a port and a path if need be, and nothing else.");
  }
  if (!url.starts_with("https://") && !(url.starts_with("http://") && is_this_machine(host))) {
    return bad_setting(
        section, "base_url must begin with https:// because credentials go there; http:// is for this machine only.");
  }
  return url;
}

}  // namespace relay::providers
