#include "relay/message/message_id.hpp"

#include <algorithm>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using relay::MessageId;
using relay::MessageIdGenerator;
using relay::TimelineTime;

namespace {
constexpr std::int64_t november_2026_ms = 1'795'000'000'000;
}

TEST_GROUP(MessageId) { fakes::SeededRandom random{1}; };

TEST(MessageId, textComesBackAndSortsAsTheNumbersDo) {
  std::vector<MessageId> ids{{1}, {31}, {32}, {INT64_MAX - 1}, {INT64_MAX}};
  for (int i = 0; i < 1000; ++i) ids.push_back({static_cast<std::int64_t>(random.next() >> 1U) | 1});
  std::ranges::sort(ids);
  std::string before;
  for (const MessageId id : ids) {
    const std::string text = id.text();
    LONGS_EQUAL(13, text.size());
    CHECK(before <= text);
    CHECK(MessageId::parse(text) == id);
    before = text;
  }
  STRCMP_EQUAL("0000000000010", MessageId{32}.text().c_str());
  STRCMP_EQUAL("7zzzzzzzzzzzz", MessageId{INT64_MAX}.text().c_str());
}

TEST(MessageId, refusesWhatIsNoId) {
  for (const char* text :
       {"", "0", "000000000001", "00000000000100", "0000000000000", "8000000000000", "zzzzzzzzzzzzz", "000000000001i",
        "000000000001l", "000000000001o", "000000000001u", "000000000001A", "000000000001 ", "-000000000001"}) {
    CHECK_FALSE(MessageId::parse(text).has_value());
  }
}

TEST(MessageId, growWithinAMillisecondAndWhenTimeStandsOrGoesBack) {
  MessageIdGenerator generator(MessageId{0}, random);
  MessageId last;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t back = i > 5'000 ? 60'000 : 0;
    const MessageId id = generator.next(relay::from_ms<TimelineTime>(november_2026_ms - back));
    CHECK(id > last);
    last = id;
  }
}

TEST(MessageId, goOnAfterTheGreatestStoredOne) {
  const MessageId stored{INT64_MAX - 5};
  MessageIdGenerator generator(stored, random);
  CHECK(generator.next(relay::from_ms<TimelineTime>(november_2026_ms)) > stored);
}

TEST(MessageId, areOrderedByTime) {
  MessageIdGenerator early(MessageId{0}, random);
  MessageIdGenerator late(MessageId{0}, random);
  CHECK(early.next(relay::from_ms<TimelineTime>(november_2026_ms)) <
        late.next(relay::from_ms<TimelineTime>(november_2026_ms + 1)));
  CHECK(MessageIdGenerator(MessageId{0}, random).next(relay::from_ms<TimelineTime>(0)).value > 0);  // before 2020
}
