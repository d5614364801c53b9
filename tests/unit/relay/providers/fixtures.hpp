#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "relay/config/document.hpp"
#include "relay/providers/provider.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace providers_test {

/// The settings of one provider, as a file would give them: `toml` is what stands below [providers.main].
inline relay::config::Section section_of(const relay::config::Table& table, std::string_view toml) {
  const relay::config::Table* tables[] = {&table};
  const std::string file = "[providers.main]\nkind = \"" + std::string(table.kind) + "\"\n" + std::string(toml);
  auto document =
      relay::config::Document::parse(file, "test.toml", tables, [](const std::string&) { return std::nullopt; });
  if (!document) {
    std::fprintf(stderr, "%s\n", document.error().message.c_str());
    std::abort();
  }
  return *document->sections("providers").front();
}

inline relay::Message message_of(std::string text, relay::MessageClass message_class = relay::MessageClass::info) {
  relay::Message message;
  message.id = relay::MessageId{1'234'567'890'123};
  message.message_class = message_class;
  message.to = "+15551230001";
  message.content = relay::SmsContent{std::move(text)};
  message.segments = 1;
  return message;
}

/// Thirty seconds for the attempt, an hour of life.
inline relay::providers::SendRequest request_for(const relay::Message& message, const relay::Clock& clock) {
  relay::providers::SendRequest request;
  request.message = &message;
  request.deadline = clock.steady() + relay::Millis{30'000};
  request.life_left = relay::Millis{3'600'000};
  return request;
}

/// "Name: value" of the first header so named; empty when absent.
inline std::string header_of(const relay::http::ClientRequest& request, std::string_view name) {
  return std::string(relay::http::header_value(request.headers, name));
}

inline const char* text_of(relay::Outcome outcome) { return relay::name_of(outcome).data(); }

}  // namespace providers_test
