#include "relay/events/event_body.hpp"

#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace relay::events {

std::string body_of(const outbox::Event& event) {
  return concat(R"({"type":")", event.type, R"(","timestamp":")", format_rfc3339(event.at), R"(","data":)", event.data,
                "}");
}

}  // namespace relay::events
