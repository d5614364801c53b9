#include "relay/http/chunk_framing.hpp"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using relay::http::ChunkFraming;

TEST_GROUP(ChunkFraming){static bool holds(std::string_view body){const bool whole = ChunkFraming{}.accept(body);
ChunkFraming by_bytes;
bool same = true;
for (const char c : body) same = same && by_bytes.accept({&c, 1});
CHECK_EQUAL(whole, same);
return whole;
}
}
;

TEST(ChunkFraming, whatRfc9112Allows) {
  CHECK_TRUE(holds("5\r\nhello\r\n0\r\n\r\n"));
  CHECK_TRUE(holds("00A\r\n0123456789\r\n0\r\n\r\n"));
  CHECK_TRUE(holds("1;name=\"v\"\r\n\n\r\n0;x\r\nTrailer: y\r\nZ: \r\n\r\n"));
  CHECK_TRUE(holds("5\r\nhel"));
  CHECK_TRUE(holds("0\r\n\r\nGET / HTTP/1.1\n"));  // what follows is the next request's
}

TEST(ChunkFraming, whatTwoReadersCouldTakeForTwoBodies) {
  for (const char* body : {
           "5\nhello\r\n0\r\n\r\n",               // LF alone
           "5\r\rhello\r\n0\r\n\r\n",             // CR alone
           "5;a\nb\r\nhello\r\n0\r\n\r\n",        // LF in an extension
           "5;a\rb\r\nhello\r\n0\r\n\r\n",        // CR in an extension
           "4\r\nhello\r\n0\r\n\r\n",             // longer than it says
           "5\r\nhello\r0\r\n\r\n",               // CR alone behind the data
           "5\r\nhello\n0\r\n\r\n",               // LF alone behind the data
           "5\r\nhello0\r\n\r\n",                 // no line end behind the data
           "0\r\nX: y\n\r\n",                     // LF alone in the trailer
           "0\r\nX: y\rZ: y\r\n\r\n",             // CR alone in the trailer
           "0\r\n\n",                             // LF alone at the end
           "\r\n0\r\n\r\n",                       // no size
           ";x\r\n0\r\n\r\n",                     // no size but an extension
           "0x5\r\nhello\r\n0\r\n\r\n",           // C's way to write it
           " 5\r\nhello\r\n0\r\n\r\n",            // a blank before it
           "5 \r\nhello\r\n0\r\n\r\n",            // a blank behind it
           "-5\r\nhello\r\n0\r\n\r\n",            // a sign
           "10000000000000005\r\nhello\r\n0\r\n"  // 5, for who counts in 64 bits
       }) {
    CHECK_FALSE_TEXT(holds(body), body);
  }
}
