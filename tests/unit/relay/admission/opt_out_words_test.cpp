#include "relay/admission/opt_out_words.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/config/document.hpp"

using namespace relay;
using admission::OptOutWords;

TEST_GROUP(OptOutWords){static OptOutWords defaults(){
    static const std::array<const config::Table*, 1> tables{&admission::opt_out_settings()};
return admission::read_opt_out_words(
    config::Document::parse("", "test", tables, config::Environment{}).value().section("opt_out"));
}
}
;

TEST(OptOutWords, aWordCountsAsTheWholeTextOnly) {
  const auto words = defaults();
  for (const char* text : {"STOP", "stop", " Stop\r\n", "STOPALL", "unsubscribe", "Cancel", "END", "quit", "revoke",
                           "OPTOUT", "opt out"}) {
    CHECK(words.word_of(text) == OptOutWord::stop);
  }
  for (const char* text : {"START", "\tunstop "}) CHECK(words.word_of(text) == OptOutWord::start);
  for (const char* text : {"", "  ", "please stop the pump", "STOP!", "STOPP", "YES", "stop stop", "ST OP"}) {
    CHECK(words.word_of(text) == OptOutWord::none);
  }
}

TEST(OptOutWords, theBoxsOwnWordsReplaceTheDefaults) {
  const OptOutWords words({" ARRET", "СТОП"}, {});
  CHECK(words.word_of("arret") == OptOutWord::stop);
  CHECK(words.word_of("СТОП") == OptOutWord::stop);
  CHECK(words.word_of("стоп") == OptOutWord::none);  // ASCII letters only
  CHECK(words.word_of("STOP") == OptOutWord::none);
  CHECK(words.word_of("START") == OptOutWord::none);
  CHECK(OptOutWords({""}, {}).word_of(" ") == OptOutWord::none);
}
