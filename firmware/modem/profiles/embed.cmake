# cmake -DFILES=a.toml;b.toml -DOUTPUT=x.cpp -P embed.cmake: makes the profiles part of the program, so that no file can be lost.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  string(APPEND entries "    {\"${name}\", R\"PROFILE(${text})PROFILE\"},\n")
endforeach()
list(LENGTH FILES count)
file(WRITE "${OUTPUT}" "// Made of firmware/modem/profiles/*.toml by embed.cmake.
#include <array>

#include \"firmware/modem/profiles/profile_library.hpp\"

namespace modem {

std::span<const std::pair<std::string_view, std::string_view>> shipped_profile_files() {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, ${count}> files{{
${entries}  }};
  return files;
}

}  // namespace modem
")
