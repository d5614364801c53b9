// Runs the fuzz targets over known inputs, without libFuzzer: their own seeds, and the files named or found.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/target.hpp"

namespace {

namespace fs = std::filesystem;

constexpr const char* usage =
    "Usage: fuzz_replay                      every target over its seeds and its regressions\n"
    "       fuzz_replay TARGET FILE...       one target over these files (directories: all files in them)\n"
    "       fuzz_replay --write-seeds DIR    the seeds of every target, as DIR/TARGET/seed-NNN\n";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files_in(const fs::path& place) {
  std::vector<fs::path> files;
  if (fs::is_regular_file(place)) files.push_back(place);
  if (!fs::is_directory(place)) return files;
  for (const auto& entry : fs::directory_iterator(place)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// The name goes out first: a violated property ends the process.
std::size_t run_files(const fuzz::Target& target, const fs::path& place) {
  const auto files = files_in(place);
  for (const auto& file : files) {
    std::printf("%.*s: %s\n", static_cast<int>(target.name.size()), target.name.data(), file.c_str());
    (void)std::fflush(stdout);
    target.run(read(file));
  }
  return files.size();
}

int replay_all() {
  for (const auto& target : fuzz::targets()) {
    const auto seeds = target.seeds();
    std::printf("%.*s: %zu seeds\n", static_cast<int>(target.name.size()), target.name.data(), seeds.size());
    (void)std::fflush(stdout);
    for (const auto& seed : seeds) target.run(seed);
    run_files(target, fs::path{EDGE_RELAY_FUZZ_REGRESSIONS} / target.name);
  }
  return 0;
}

int write_seeds(const fs::path& top) {
  for (const auto& target : fuzz::targets()) {
    const fs::path folder = top / target.name;
    fs::remove_all(folder);
    fs::create_directories(folder);
    int number = 0;
    for (const auto& seed : target.seeds()) {
      char name[32];
      (void)std::snprintf(name, sizeof name, "seed-%04d", number++);
      std::ofstream(folder / name, std::ios::binary).write(seed.data(), static_cast<std::streamsize>(seed.size()));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return replay_all();
  const std::string first = argv[1];
  if (first == "--write-seeds" && argc == 3) return write_seeds(argv[2]);
  const auto target = std::ranges::find(fuzz::targets(), std::string_view{first}, &fuzz::Target::name);
  if (target == fuzz::targets().end() || argc < 3) {
    (void)std::fputs(usage, stderr);
    return 2;
  }
  std::size_t runs = 0;
  for (int i = 2; i < argc; ++i) runs += run_files(*target, argv[i]);
  std::printf("%zu inputs hold\n", runs);
  return runs == 0 ? 2 : 0;
}
