#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

/// A folder that stands for /sys while a test lasts.
class KernelFiles {
 public:
  KernelFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "edge-relay-sys-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~KernelFiles() { std::filesystem::remove_all(root_); }
  KernelFiles(const KernelFiles&) = delete;
  KernelFiles& operator=(const KernelFiles&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::string sys() const { return root_.string(); }
  /// As the kernel writes it: with a line's end.
  void say(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << '\n';
  }
  void link(const std::string& name, const std::string& to) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::filesystem::create_directories(root_ / to);
    std::filesystem::create_symlink(root_ / to, root_ / name);
  }

 private:
  std::filesystem::path root_;
};
