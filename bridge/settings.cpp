#include "bridge/settings.hpp"

#include <array>

#include "bridge/store/postgresql_store.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/secret.hpp"
#include "relay/log/spdlog_log.hpp"

namespace bridge {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::config::Setting;
using relay::config::Table;
using relay::config::Type;

constexpr std::size_t max_roots_file = 1 << 20;

constexpr std::array listen_settings{
    Setting{.name = "address",
            .type = Type::text,
            .default_value = "127.0.0.1:8443",
            .text = "Where webhooks, enrolment and the admin API listen: numeric address and port."},
    Setting{.name = "tls_certificate_file",
            .type = Type::text,
            .text =
                "PEM file with the certificate chain; with tls_key_file the bridge speaks HTTPS, without both plain "
                "HTTP behind a proxy. Read again at SIGHUP."},
    Setting{.name = "tls_key_file", .type = Type::text, .text = "PEM file with the private key of the certificate."},
    Setting{.name = "public_url",
            .type = Type::text,
            .text = "How providers reach the bridge, scheme and host and (if it is not the scheme's) port: "
                    "https://bridge.example.com. What Twilio signs begins so.",
            .required = true},
    Setting{.name = "max_body",
            .type = Type::bytes,
            .default_value = "512KiB",
            .text = "A larger webhook is refused (413).",
            .min = 16 << 10,
            .max = 4 << 20},
    Setting{.name = "max_connections",
            .type = Type::integer,
            .default_value = "1024",
            .text = "Connections at a time; one more is answered 503.",
            .min = 8,
            .max = 65'536},
};
constexpr Table listen_table{
    .path = "listen", .kind = {}, .text = "The public side of the bridge.", .settings = listen_settings};

constexpr std::array link_settings{
    Setting{.name = "address",
            .type = Type::text,
            .text =
                "Where boxes dial in, ADDRESS:PORT: mutual TLS, never behind a proxy that ends TLS. Empty: no boxes "
                "are served."},
    Setting{.name = "tls_certificate_file",
            .type = Type::text,
            .text = "PEM file with the certificate chain of the link's name. Read again at SIGHUP."},
    Setting{.name = "tls_key_file", .type = Type::text, .text = "PEM file with the private key of the certificate."},
    Setting{.name = "certificate_life",
            .type = Type::duration,
            .default_value = "90d",
            .text = "How long a box's certificate is valid; it is renewed at two thirds of that.",
            .min = 3'600'000,
            .max = std::int64_t{400} * 86'400'000},
    Setting{.name = "max_boxes",
            .type = Type::integer,
            .default_value = "6000",
            .text = "Links at a time; each takes about 60 KiB.",
            .min = 1,
            .max = 65'536},
};
constexpr Table link_table{
    .path = "link", .kind = {}, .text = "Where boxes get their events.", .settings = link_settings};

constexpr std::array admin_settings{
    Setting{.name = "socket",
            .type = Type::text,
            .default_value = "/run/edge-bridge/admin.sock",
            .text = "Unix socket for edge-bridgectl, open to the daemon's user and group only; whoever may connect "
                    "operates the bridge."},
};
constexpr Table admin_table{
    .path = "admin", .kind = {}, .text = "The bridge's own administration.", .settings = admin_settings};

constexpr std::array storage_settings{
    Setting{.name = "store",
            .type = Type::secret,
            .text = "postgresql://USER@HOST/DATABASE: the store of several nodes, each with this same setting and the "
                    "same master key (docs/bridge.md). Not set: SQLite, for one node.",
            .max = 2'000},
    Setting{.name = "path",
            .type = Type::text,
            .default_value = "/var/lib/edge-bridge/bridge.db",
            .text = "SQLite: the store's file, on a local file system."},
    Setting{.name = "max_size",
            .type = Type::bytes,
            .default_value = "4GiB",
            .text = "SQLite: the file grows no further; webhooks are answered 503, and the providers send them again.",
            .min = 4 << 20},
    Setting{.name = "keep_acknowledged",
            .type = Type::duration,
            .default_value = "7d",
            .text = "How long events are kept that their box has.",
            .min = 3'600'000},
    Setting{.name = "keep_unacknowledged",
            .type = Type::duration,
            .default_value = "30d",
            .text = "How long events wait for a box that does not come; then they are lost, and the log says so.",
            .min = 86'400'000},
};
constexpr Table storage_table{
    .path = "storage", .kind = {}, .text = "What the bridge keeps, and for how long.", .settings = storage_settings};

constexpr std::array sealing_settings{
    Setting{.name = "master_key",
            .type = Type::secret,
            .text =
                "32 random bytes in hexadecimal (openssl rand -hex 32), which wrap each tenant's key. Without it no "
                "stored credential opens: keep a copy in a safe place.",
            .min = 40,
            .max = 100,
            .required = true},
    Setting{.name = "previous_master_key",
            .type = Type::secret,
            .text = "The one before, while it is being replaced: at start every tenant's key is wrapped anew.",
            .max = 100},
};
constexpr Table sealing_table{
    .path = "sealing", .kind = {}, .text = "How credentials are kept.", .settings = sealing_settings};

constexpr std::array sns_settings{
    Setting{.name = "window",
            .type = Type::duration,
            .default_value = "6h",
            .text = "SNS messages that are older are refused; longer than SNS goes on trying.",
            .min = 300'000,
            .max = std::int64_t{14} * 86'400'000},
    Setting{.name = "roots_file",
            .type = Type::text,
            .text =
                "PEM file of authorities that SNS's signing certificate must lead to. Empty: its name, its dates and "
                "that it came from Amazon's host over verified TLS."},
    Setting{.name = "ca_file",
            .type = Type::text,
            .text = "PEM file of the authorities for HTTPS to Amazon; empty: the system's."},
    Setting{.name = "connect_to",
            .type = Type::list,
            .default_value = "[]",
            .text = "HOST:PORT:CONNECT-HOST:CONNECT-PORT, to reach Amazon by another way. Names are checked all the "
                    "same.",
            .max = 16},
};
constexpr Table sns_table{
    .path = "sns", .kind = {}, .text = "Messages that Amazon SNS posts.", .settings = sns_settings};

Result<void> read_files(const relay::config::Section& sns, Settings& settings) {
  const std::string& file = sns.text("roots_file");
  if (file.empty()) return {};
  const auto text = relay::config::read_file(file, max_roots_file);
  if (!text) return fail(ErrorCode::invalid_argument, concat("[sns] roots_file: ", text.error()));
  auto roots = relay::crypto::Certificate::parse(text->text);
  if (!roots) return fail(ErrorCode::invalid_argument, concat("[sns] roots_file: ", roots.error().message));
  settings.webhooks.sns_roots = std::move(*roots);
  return {};
}

Result<void> read_link(const relay::config::Document& document, Settings& settings) {
  const auto& section = document.section("link");
  settings.certificate_life = section.duration("certificate_life");
  if (section.text("address").empty()) return {};
  auto listen = relay::program::read_listen(section, "link");
  if (!listen) return std::unexpected(listen.error());
  if (listen->tls_certificate_file.empty()) {
    return fail(ErrorCode::invalid_argument,
                "[link] tls_certificate_file and tls_key_file: the link needs them, as boxes are known by their "
                "certificates");
  }
  settings.link = std::move(*listen);
  const auto boxes = static_cast<std::size_t>(section.integer("max_boxes"));
  settings.link_limits.max_connections = settings.link_limits.max_connections_per_peer = boxes;
  return {};
}

}  // namespace

relay::config::Tables settings_tables() {
  static const std::array<const Table*, 8> tables{&listen_table,
                                                  &link_table,
                                                  &admin_table,
                                                  &storage_table,
                                                  &sealing_table,
                                                  &sns_table,
                                                  &sending::settings_table(),
                                                  &relay::log::settings_table()};
  return tables;
}

Result<Settings> read_settings(const relay::config::Document& document) {
  Settings settings;
  const auto& listen = document.section("listen");
  auto front = relay::program::read_listen(listen, "listen");
  if (!front) return std::unexpected(front.error());
  settings.front = std::move(*front);
  settings.front_limits.max_body_bytes = static_cast<std::size_t>(listen.integer("max_body"));
  settings.front_limits.max_connections = static_cast<std::size_t>(listen.integer("max_connections"));
  // Behind a proxy every caller has the proxy's address.
  settings.front_limits.max_connections_per_peer = settings.front_limits.max_connections;
  std::string& url = settings.webhooks.public_url;
  url = listen.text("public_url");
  if ((!url.starts_with("https://") && !url.starts_with("http://")) || url.ends_with('/')) {
    return fail(ErrorCode::invalid_argument,
                concat("[listen] public_url: \"", url, "\" must be https://HOST without a slash at its end"));
  }
  settings.sending = sending::read_settings(document.section("sending"));
  settings.sending.public_url = url;
  if (auto link = read_link(document, settings); !link) return std::unexpected(link.error());
  settings.admin_socket = document.section("admin").text("socket");
  const auto& storage = document.section("storage");
  settings.store_url = storage.text("store");
  settings.sending.several_nodes = !settings.store_url.empty();
  if (!settings.store_url.empty()) {
    if (auto good = store::check_postgresql_url(settings.store_url); !good)
      return fail(ErrorCode::invalid_argument, concat("[storage] store: ", good.error().message));
  }
  settings.storage.path = storage.text("path");
  settings.storage.max_file_bytes = storage.integer("max_size");
  settings.storage.page_size = 4096;
  settings.storage.cache_kib = 16 * 1024;
  settings.keep_acknowledged = storage.duration("keep_acknowledged");
  settings.keep_unacknowledged = storage.duration("keep_unacknowledged");
  settings.master_key = document.section("sealing").text("master_key");
  settings.previous_master_key = document.section("sealing").text("previous_master_key");
  const auto& sns = document.section("sns");
  settings.webhooks.sns_window = sns.duration("window");
  settings.sns_client.ca_file = sns.text("ca_file");
  settings.sns_client.connect_to = sns.list("connect_to");
  settings.sns_client.max_response_bytes = 64 * 1024;
  if (auto files = read_files(sns, settings); !files) return std::unexpected(files.error());
  return settings;
}

}  // namespace bridge
