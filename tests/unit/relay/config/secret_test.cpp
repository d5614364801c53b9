#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/config/example_tables.hpp"

using relay::config::Document;

TEST_GROUP(Secret) {
  std::string folder;

  void setup() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "edge-relay-secret-XXXXXX").string();
    CHECK_TRUE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  void teardown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& content, ::mode_t mode) const {
    const std::string path = folder + "/" + name;
    std::ofstream{path, std::ios::binary} << content;
    LONGS_EQUAL(0, ::chmod(path.c_str(), mode));
    return path;
  }
  static std::string provider(const std::string& line) {
    return "[providers.a]\nkind = \"twilio\"\naccount_sid = \"AC\"\n" + line + "\n";
  }
  static std::string token(const relay::Result<Document>& document) {
    return document ? document->sections("providers").at(0)->text("auth_token")
                    : "refused: " + document.error().message;
  }
};

TEST(Secret, standsInTheFileItself) {
  STRCMP_EQUAL("hush!", token(example::parse(provider("auth_token = \"hush!\""))).c_str());
}

TEST(Secret, comesFromAFileWithoutItsLineEnd) {
  const auto path = write("token", "from file\r\n", 0640);
  STRCMP_EQUAL("from file", token(example::parse(provider("auth_token_file = \"" + path + "\""))).c_str());
}

TEST(Secret, aRelativePathStartsBesideTheSettings) {
  write("token", "beside", 0600);
  const auto settings = write("relay.toml", provider("auth_token_file = \"token\""), 0644);
  STRCMP_EQUAL("beside", token(Document::load(settings, example::tables, example::environment())).c_str());
}

TEST(Secret, comesFromTheEnvironment) {
  STRCMP_EQUAL("from env",
               token(example::parse(provider("auth_token_env = \"TOKEN\""), {{"TOKEN", "from env"}})).c_str());
  STRCMP_CONTAINS("relay.toml:4: [providers.a] auth_token_env: the environment variable TOKEN is not set; ",
                  token(example::parse(provider("auth_token_env = \"TOKEN\""))).c_str());
}

TEST(Secret, comesFromASystemdCredential) {
  write("twilio", "credential\n", 0400);
  const auto text = provider("auth_token_credential = \"twilio\"");
  STRCMP_EQUAL("credential", token(example::parse(text, {{"CREDENTIALS_DIRECTORY", folder}})).c_str());
  STRCMP_CONTAINS("systemd has handed in no credentials", token(example::parse(text)).c_str());
  STRCMP_CONTAINS(
      "is not the name of a credential",
      token(example::parse(provider("auth_token_credential = \"../x\""), {{"CREDENTIALS_DIRECTORY", folder}})).c_str());
}

TEST(Secret, aFileThatEverybodyMayReadOrWriteIsRefused) {
  const auto readable = write("readable", "x", 0644);
  STRCMP_EQUAL(
      ("refused: relay.toml:4: [providers.a] auth_token_file: the file " + readable +
       " holds a secret and may be read by every user of this machine; take that away: chmod o-rwx " + readable)
          .c_str(),
      token(example::parse(provider("auth_token_file = \"" + readable + "\""))).c_str());
  const auto writable = write("writable", "x", 0602);
  STRCMP_CONTAINS("may be written by every user",
                  token(example::parse(provider("auth_token_file = \"" + writable + "\""))).c_str());
}

TEST(Secret, twoSourcesAreOneTooMany) {
  STRCMP_EQUAL(
      "refused: relay.toml:5: [providers.a] auth_token_env: the secret is given already by auth_token in line 4; keep "
      "one of the two",
      token(example::parse(provider("auth_token = \"abcd\"\nauth_token_env = \"T\""))).c_str());
}

TEST(Secret, emptyShortHugeAndStrangeOnesAreRefused) {
  STRCMP_CONTAINS("is an empty secret", token(example::parse(provider("auth_token = \"\""))).c_str());
  STRCMP_CONTAINS("a value of 3 bytes is out of range; give at least 4 bytes",
                  token(example::parse(provider("auth_token = \"abc\""))).c_str());
  STRCMP_CONTAINS("expected a string, found an integer", token(example::parse(provider("auth_token = 1234"))).c_str());
  const auto huge = write("huge", std::string(20'000, 'x'), 0600);
  STRCMP_CONTAINS("it is larger than 16384 bytes",
                  token(example::parse(provider("auth_token_file = \"" + huge + "\""))).c_str());
  STRCMP_CONTAINS("it is not a regular file",
                  token(example::parse(provider("auth_token_file = \"" + folder + "\""))).c_str());
  const std::string fifo = folder + "/fifo";
  LONGS_EQUAL(0, ::mkfifo(fifo.c_str(), 0600));
  STRCMP_CONTAINS("it is not a regular file",
                  token(example::parse(provider("auth_token_file = \"" + fifo + "\""))).c_str());
  STRCMP_CONTAINS("No such file or directory; check the path",
                  token(example::parse(provider("auth_token_file = \"/nowhere/x\""))).c_str());
}

TEST(Secret, aPublicSettingsFileWithSecretsWarns) {
  const auto open = write("open.toml", provider("auth_token = \"abcd\""), 0644);
  const auto loaded = Document::load(open, example::tables, example::environment());
  LONGS_EQUAL(1, loaded->warnings().size());
  STRCMP_CONTAINS("open.toml:4: [providers.a] auth_token: a secret stands in a file that every user",
                  loaded->warnings()[0].c_str());
  const auto closed = write("closed.toml", provider("auth_token = \"abcd\""), 0640);
  CHECK_TRUE(Document::load(closed, example::tables, example::environment())->warnings().empty());
}

TEST(Secret, aSettingsFileThatIsNotThereSaysSo) {
  const auto document = Document::load(folder + "/none.toml", example::tables, example::environment());
  CHECK_FALSE(document.has_value());
  STRCMP_CONTAINS("cannot read ", document.error().message.c_str());
  STRCMP_CONTAINS("none.toml: No such file or directory", document.error().message.c_str());
}
