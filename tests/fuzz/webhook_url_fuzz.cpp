// Which URLs events may go to. The second parser is the one that will connect: what is allowed must lead libcurl to an
// allowed place, whatever tricks the URL plays on the first.
#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "relay/base/ascii.hpp"
#include "relay/events/webhooks.hpp"
#include "tests/fuzz/target.hpp"

namespace {

struct Place {
  std::string_view host;
  std::string_view port;  ///< Empty: any.
};
constexpr std::array<Place, 3> places{{{"app.lan", ""}, {"10.0.0.5", "8080"}, {"[fd00::1]", "8443"}}};

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out{text};
  curl_free(text);
  std::ranges::transform(out, out.begin(), relay::ascii_lower);
  return out;
}

void run(std::string_view input) {
  const std::string url{input};
  const relay::events::WebhookSettings settings{.allow = {"app.lan", "10.0.0.5:8080", "[fd00::1]:8443"}, .secret = "x"};
  if (!relay::events::is_allowed(settings, url)) return;
  fuzz::require(url.find('\0') == std::string::npos, "what is allowed has no end in its middle");
  const std::unique_ptr<CURLU, Free> parsed{curl_url()};
  // What libcurl does not understand it does not connect to.
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return;
  const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  fuzz::require(scheme == "http" || scheme == "https", "only HTTP is spoken to receivers");
  fuzz::require(part_of(parsed.get(), CURLUPART_USER).empty() && part_of(parsed.get(), CURLUPART_PASSWORD).empty(),
                "nobody is named in the URL");
  const std::string host = part_of(parsed.get(), CURLUPART_HOST);
  const std::string port = part_of(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  fuzz::require(
      std::ranges::any_of(
          places, [&](const Place& place) { return place.host == host && (place.port.empty() || place.port == port); }),
      "libcurl goes where the allow-list says");
}

fuzz::Seeds seeds() {
  return {"http://app.lan/hook",
          "https://APP.lan:8443/x?y#z",
          "http://10.0.0.5:8080/",
          "https://[fd00::1]:8443/h",
          "http://app.lan@evil.example/",
          "http://app.lan:80@evil.example/",
          "http://evil.example#@app.lan/",
          "http://evil.example\\@app.lan/",
          "http://app.lan%2eevil.example/",
          "http://app.lan:0080/",
          "http://app.lan:80:81/",
          "http:///app.lan/",
          "http://app.lan?@evil.example/",
          "http://10.0.0.5:8080.evil.example/",
          "https://[fd00::1%25eth0]:8443/",
          "http://0x0a000005:8080/"};
}

const fuzz::Registration registration{{"webhook_url", &run, &seeds}};

}  // namespace
