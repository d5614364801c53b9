#include <iostream>

#include <CLI/CLI.hpp>

#include "tools/tpdu/decode_line.hpp"
#include "tools/tpdu/encode_line.hpp"
#include "tools/tpdu/json_object.hpp"
#include "tools/tpdu/line_reader.hpp"

namespace {

int answer_lines(std::string (*answer)(std::string_view)) {
  std::ios::sync_with_stdio(false);
  std::string line;
  for (;;) {
    const auto status = tpdu_tool::read_line(std::cin, line);
    if (status == tpdu_tool::LineStatus::end) break;
    std::cout << (status == tpdu_tool::LineStatus::line ? answer(line) : tpdu_tool::refusal("the line is too long"))
              << '\n';
  }
  std::cout.flush();
  return std::cout.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Decodes and encodes SMS TPDUs (3GPP TS 23.040), one a line from standard input to one JSON object a line."};
  app.require_subcommand(1);
  const auto* const decode = app.add_subcommand("decode", "lines of: HEX [mt|mo] [smsc|tpdu]");
  app.add_subcommand("encode", "lines of: {\"number\":\"+...\",\"text\":\"...\", ...}");
  CLI11_PARSE(app, argc, argv);
  return answer_lines(decode->parsed() ? tpdu_tool::decode_line : tpdu_tool::encode_line);
}
