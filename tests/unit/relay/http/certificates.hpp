#pragma once

#include <string>

namespace fakes {

/// A directory of its own under the system's temporary directory, removed with all it holds.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A certificate authority that lasts for a test: a fresh P-256 key; its certificate in <directory>/<name>.pem.
class TestAuthority {
 public:
  TestAuthority(const TemporaryDirectory& directory, const std::string& name);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  [[nodiscard]] std::string ca_file() const { return ca_file_; }
  /// Writes <name>.pem and <name>.key for a server called `host`, valid in these years.
  void issue(const std::string& name, const std::string& host, int from_year = 2020, int to_year = 2120);
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  struct Key;
  void write_certificate(const std::string& file, Key& subject_key, const std::string& subject, const std::string& host,
                         int from_year, int to_year);
  const TemporaryDirectory& directory_;
  std::string name_;
  std::string ca_file_;
  Key* key_;
};

}  // namespace fakes
