#include "relay/message/message.hpp"

namespace relay {

Message in_channel(Message message, Channel channel) {
  if (channel == message.channel || !message.fallback || message.fallback->channel != channel) return message;
  message.channel = channel;
  message.content = SmsContent{std::move(message.fallback->text)};
  message.fallback.reset();
  message.from.clear();  // a wished sender is one of the first channel
  return message;
}

}  // namespace relay
