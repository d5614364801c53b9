#include "firmware/reset/factory_reset.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

using namespace firmware;
namespace files = std::filesystem;

TEST_GROUP(FactoryReset) {
  std::string folder;
  std::string settings;

  void setup() override {
    std::string name = (files::temp_directory_path() / "relay-reset-XXXXXX").string();
    folder = mkdtemp(name.data());
    settings = folder + "/relay.toml";
  }
  void teardown() override { files::remove_all(folder); }

  [[nodiscard]] std::string at(const std::string& name) const { return folder + "/" + name; }
  void write(const std::string& path, const std::string& text) const { std::ofstream(path) << text; }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// A box with its past and the order to forget it.
  void order_reset() const {
    write(settings, "of the site");
    write(at("outbox.db"), "messages");
    write(at("outbox.db-wal"), "more");
    write(at("console.db"), "people");
    write(reset::successor_of(settings), "of the factory");
    write(reset::successor_of(at("console.db")), "the label");
    const reset::Plan plan{.by = "anna (admin) at /dev/ttyS0",
                           .remove = {at("outbox.db"), at("outbox.db-wal"), at("never-there")},
                           .replace = {settings, at("console.db")}};
    CHECK_TRUE(reset::order(settings, plan).has_value());
  }
  void is_as_new() const {
    STRCMP_EQUAL("of the factory", read(settings).c_str());
    STRCMP_EQUAL("the label", read(at("console.db")).c_str());
    CHECK_FALSE(files::exists(at("outbox.db")));
    CHECK_FALSE(files::exists(at("outbox.db-wal")));
    CHECK_FALSE(files::exists(reset::successor_of(settings)));
    CHECK_FALSE(reset::is_ordered(settings));
  }
};

TEST(FactoryReset, nothingHappensWithoutAnOrder) {
  write(settings, "of the site");
  write(reset::successor_of(settings), "of the factory");
  const auto by = reset::finish(settings);
  CHECK_TRUE(by && by->empty());
  STRCMP_EQUAL("of the site", read(settings).c_str());
}

TEST(FactoryReset, whatIsOrderedIsDoneOnce) {
  order_reset();
  CHECK_TRUE(reset::is_ordered(settings));
  STRCMP_EQUAL("of the site", read(settings).c_str());
  STRCMP_EQUAL("anna (admin) at /dev/ttyS0", reset::finish(settings).value_or("").c_str());
  is_as_new();
  write(at("outbox.db"), "new messages");
  STRCMP_EQUAL("", reset::finish(settings).value_or("failed").c_str());
  CHECK_TRUE(files::exists(at("outbox.db")));
}

TEST(FactoryReset, goesOnFromWhereverItCameTo) {
  for (int done = 0; done <= 4; ++done) {
    order_reset();
    if (done >= 1) files::remove(at("outbox.db"));
    if (done >= 2) files::remove(at("outbox.db-wal"));
    if (done >= 3) files::rename(reset::successor_of(settings), settings);
    if (done >= 4) files::rename(reset::successor_of(at("console.db")), at("console.db"));
    CHECK_TRUE(reset::finish(settings).has_value());
    is_as_new();
  }
}

TEST(FactoryReset, whatCannotBeRemovedKeepsTheOrder) {
  order_reset();
  files::remove(at("outbox.db-wal"));
  files::create_directory(at("outbox.db-wal"));  // no unlink(2) takes that away
  const auto by = reset::finish(settings);
  CHECK_FALSE(by.has_value());
  STRCMP_CONTAINS("outbox.db-wal", by.error().message.c_str());
  CHECK_TRUE(reset::is_ordered(settings));
  files::remove(at("outbox.db-wal"));
  CHECK_TRUE(reset::finish(settings).has_value());
  is_as_new();
}

TEST(FactoryReset, anOrderIsUnderstoodWholeOrNotAtAll) {
  write(settings, "of the site");
  write(at("outbox.db"), "messages");
  write(reset::order_of(settings), "edge-relay factory reset 1\nby anna\nremove " + at("outbox.db") + "\nnonsense\n");
  const auto by = reset::finish(settings);
  CHECK_TRUE(!by && by.error().code == relay::ErrorCode::corrupt);
  CHECK_TRUE(files::exists(at("outbox.db")));
}

TEST(FactoryReset, onlyWholePathsAreOrdered) {
  for (const std::string& path : {std::string{"outbox.db"}, std::string{""}, at("a\nremove /etc")}) {
    const auto ordered = reset::order(settings, {.by = "anna", .remove = {path}, .replace = {}});
    CHECK_TRUE(!ordered && ordered.error().code == relay::ErrorCode::invalid_argument);
    CHECK_FALSE(reset::is_ordered(settings));
  }
}
