#include <CppUTest/TestHarness.h>

#include "relay/admission/admission.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::admission;

TEST_GROUP(AdmissionChannels) {
  fakes::VirtualClock clock;
  Timeline timeline{clock};
  std::vector<Channel> channels{Channel::sms, Channel::whatsapp};
  Wish wish{.to = {"+358401234567"}, .text = "Water in the cellar", .channel = Channel::whatsapp};

  std::expected<std::vector<Message>, Refusal> admit() {
    Admission admission{{}};
    admission.set_channels(channels);
    return admission.admit(wish, 7, MessageClass::info, {}, timeline, clock.wall());
  }
  void refused(std::string_view type, std::string_view field) {
    const auto result = admit();
    CHECK_FALSE(result.has_value());
    LONGS_EQUAL(400, result.error().status);
    STRCMP_EQUAL(std::string{type}.c_str(), std::string{result.error().type}.c_str());
    STRCMP_EQUAL(std::string{field}.c_str(), result.error().field.c_str());
  }
};

TEST(AdmissionChannels, aChannelWithoutAProviderIsRefused) {
  channels = {Channel::sms};
  refused("channel-unavailable", "channel");
  wish.channel = Channel::email;
  refused("channel-unavailable", "channel");
}

TEST(AdmissionChannels, aTextOfWhatsAppIsOneMessageHoweverLong) {
  wish.text = std::string(4096, 'x');
  const auto result = admit();
  CHECK_TRUE(result.has_value());
  LONGS_EQUAL(1, result->front().segments);
  wish.text += 'x';
  refused("text-invalid", "text");
  wish.text = "";
  refused("text-invalid", "text");
}

TEST(AdmissionChannels, theFallbacksTextIsCountedAndChecked) {
  wish.fallback = Fallback{.channel = Channel::sms, .text = std::string(200, 'x')};
  const auto result = admit();
  CHECK_TRUE(result.has_value());
  LONGS_EQUAL(2, result->front().segments);
  CHECK(result->front().fallback == wish.fallback);
  wish.fallback->text = std::string(1601, 'x');
  refused("text-invalid", "fallback.text");
  wish.fallback = Fallback{.channel = Channel::whatsapp, .text = "x"};
  refused("fallback-invalid", "fallback");
  wish.channel = Channel::sms;
  wish.fallback = Fallback{.channel = Channel::sms, .text = "x"};
  refused("fallback-invalid", "fallback");
}

TEST(AdmissionChannels, media) {
  wish.text = "";
  wish.media = MediaContent{.kind = MediaKind::image, .url = "https://x.example/a.png", .caption = "look"};
  CHECK_TRUE(admit().has_value());
  for (const char* url :
       {"", "http://x.example/a.png", "https://", "ftp://x", "https://x.example/a b", "https://x\n/"}) {
    wish.media->url = url;
    refused("media-invalid", "media.url");
  }
  wish.media->url = "https://" + std::string(1017, 'x');
  refused("media-invalid", "media.url");
  wish.media->url = "https://x.example/";
  wish.media->caption = std::string(1025, 'x');
  refused("text-invalid", "media.caption");
  wish.media->caption = "";
  wish.media->filename = std::string(241, 'x');
  refused("media-invalid", "media.filename");
  wish.media->filename = "";
  wish.text = "and a text";
  refused("content-invalid", "text");
  wish.text = "";
  wish.channel = Channel::sms;
  refused("content-invalid", "media");
}

TEST(AdmissionChannels, templates) {
  wish.text = "";
  wish.form = TemplateContent{.name = "order_update", .variables = {"Ann"}};
  CHECK_TRUE(admit().has_value());
  for (const char* name : {"", "two words", "a.b", "ü"}) {
    wish.form->name = name;
    refused("template-invalid", "template.name");
  }
  wish.form->name = "x";
  wish.form->variables = std::vector<std::string>(101, "x");
  refused("template-invalid", "template.variables");
  wish.form->variables = {""};
  refused("text-invalid", "template.variables");
  wish.form->variables.clear();
  wish.channel = Channel::sms;
  refused("content-invalid", "template");
}
