#include "firmware/console/file_transfer.hpp"

#include <algorithm>
#include <variant>
#include <vector>

#include <asio/experimental/awaitable_operators.hpp>

#include "firmware/console/child_process.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using asio::experimental::awaitable_operators::operator||;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis far_side_patience{120'000};  // somebody looks for the file
constexpr relay::Millis stillness{1'500};
constexpr relay::Millis end_of_dialogue{500};
constexpr relay::Millis end_patience{2'000};
constexpr char cancel = 0x18;                   // Ctrl-X
constexpr std::size_t cancels_of_a_person = 5;  // The ZMODEM Inter Application File Transfer Protocol, 8.4
constexpr std::string_view abort_sequence = "\x18\x18\x18\x18\x18\x18\x18\x18\b\b\b\b\b\b\b\b\b\b";  // its "Attn"
constexpr std::size_t framing_bytes = 64 * 1024;  // headers and repeated blocks besides the file

/// Bytes are bytes while it lives.
class Transparent {
 public:
  explicit Transparent(Terminal& terminal) : terminal_(terminal) { terminal_.take_bytes_as_they_are(true); }
  Transparent(const Transparent&) = delete;
  Transparent& operator=(const Transparent&) = delete;
  ~Transparent() { terminal_.take_bytes_as_they_are(false); }

 private:
  Terminal& terminal_;
};

/// sz or rz, and what is known of the transfer.
struct Job {
  std::vector<std::string> argv;
  std::string folder{};
  std::size_t most_bytes = SIZE_MAX;  ///< From the far side.
  bool unescaped = false;             ///< Five times Ctrl-X may be bytes of a file, once one has begun.
};

/// From the line to the program. Only an error ends it.
Task<Result<void>> feed(relay::Runtime runtime, Terminal& terminal, ChildProcess& child, const Job& job) {
  std::size_t fed = 0;
  std::size_t cancels = 0;
  bool cancels_only = true;
  while (true) {
    auto some = co_await terminal.bytes(runtime.clock.steady() + far_side_patience);
    if (!some && some.error().code == ErrorCode::timeout) {
      co_return fail(ErrorCode::timeout, concat("nothing came from the other end for ",
                                                far_side_patience.count() / 1000, " seconds; the transfer is over"));
    }
    if (!some) co_return std::unexpected(some.error());
    for (const char byte : *some) {
      cancels = byte == cancel ? cancels + 1 : 0;
      cancels_only = cancels_only && byte == cancel;
      if (cancels == cancels_of_a_person && (cancels_only || !job.unescaped))
        co_return fail(ErrorCode::cancelled, "the other end broke the transfer off");
    }
    fed += some->size();
    if (fed > job.most_bytes) co_return fail(ErrorCode::full, "the file is too large; the transfer was broken off");
    auto written = co_await child.write(*some);
    if (!written) co_await sleep_for(runtime, end_patience);  // it is about to end, and its end says how
    if (!written) co_return written;
  }
}

/// From the program to the line, until the program closes it.
Task<Result<void>> drain(Terminal& terminal, ChildProcess& child) {
  while (true) {
    auto some = co_await child.read();
    if (!some) co_return std::unexpected(some.error());
    if (some->empty()) co_return Result<void>{};
    co_await terminal.send(std::move(*some));
  }
}

Task<Result<void>> carry(relay::Runtime runtime, Terminal& terminal, const Job& job) {
  auto child = ChildProcess::start_with_line(runtime, job.argv, job.folder);
  if (!child && child.error().code == ErrorCode::not_found) {
    co_return fail(ErrorCode::not_found, concat("files travel by ", job.argv.front(),
                                                ", which is not installed here (package lrzsz); paste works "
                                                "without it"));
  }
  if (!child) co_return std::unexpected(child.error());
  auto first = co_await (drain(terminal, *child) || feed(runtime, terminal, *child, job));
  const Result<void> carried = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
  if (!carried) co_return carried;
  const int status = co_await child->wait();
  if (status == 0) co_return Result<void>{};
  co_return fail(ErrorCode::cancelled, "the transfer broke off before the file was complete");
}

Task<Result<void>> transfer(relay::Runtime runtime, Terminal& terminal, Job job) {
  const Transparent transparent(terminal);
  auto carried = co_await carry(runtime, terminal, job);
  if (!carried && carried.error().code != ErrorCode::not_found) {
    co_await terminal.send(std::string{abort_sequence});
    co_await terminal.discard_until_still(stillness);
    co_await terminal.send("\r\n");
  } else if (carried) {
    co_await terminal.discard_until_still(end_of_dialogue);  // the terminal program shows the line again
  }
  co_return carried;
}

}  // namespace

Protocol protocol_of(std::string_view word) { return word == "ymodem" ? Protocol::ymodem : Protocol::zmodem; }

std::string transfer_hint(Protocol protocol, bool sending) {
  const bool zmodem = protocol == Protocol::zmodem;
  return concat(sending ? "Receive" : "Send", " the file with your terminal program now, by ",
                zmodem ? "ZMODEM (many start by themselves)" : "YMODEM", ".\nCtrl-X five times ends this.\n");
}

Task<Result<void>> send_file(relay::Runtime runtime, Terminal& terminal, std::string path, Protocol protocol) {
  std::vector<std::string> argv{"sz", "--quiet", "--binary"};
  if (protocol == Protocol::ymodem) argv.emplace_back("--ymodem");
  argv.push_back(std::move(path));
  co_return co_await transfer(runtime, terminal, {.argv = std::move(argv)});
}

Task<Result<std::string>> receive_file(relay::Runtime runtime, Terminal& terminal, std::string folder, std::size_t most,
                                       Protocol protocol) {
  // --restricted: the far side chooses a name, but neither a path nor a file that is there already.
  std::vector<std::string> argv{"rz", "--quiet", "--binary", "--restricted"};
  if (protocol == Protocol::ymodem) argv.emplace_back("--ymodem");
  // Each byte of a file may be escaped, and becomes two.
  auto received = co_await transfer(runtime, terminal,
                                    {.argv = std::move(argv),
                                     .folder = folder,
                                     .most_bytes = 2 * most + framing_bytes,
                                     .unescaped = protocol == Protocol::ymodem});
  if (!received) co_return std::unexpected(received.error());
  const auto files = Host::files_in(folder);
  if (files.size() != 1) {
    co_return fail(ErrorCode::invalid_argument,
                   concat(files.empty() ? "no file came" : "several files came", "; send one file"));
  }
  std::string path = concat(folder, "/", files.front());
  if (Host::file_size(path).value_or(0) > static_cast<std::int64_t>(most))
    co_return fail(ErrorCode::full, concat("the file is larger than ", most, " bytes"));
  co_return path;
}

Task<Result<Answer>> send_text(Context& context, std::string name, std::string text, std::string by) {
  Terminal* terminal = context.stage.terminal();
  if (terminal == nullptr) co_return fail(ErrorCode::conflict, by + " is for the console");
  const auto folder = PrivateFolder::make(context.host.places().data);
  if (!folder) co_return std::unexpected(folder.error());
  const std::string path = concat(folder->path(), "/", name);
  if (const auto written = Host::replace_file(path, text); !written) co_return std::unexpected(written.error());
  const Protocol protocol = protocol_of(by);
  co_await context.stage.say(transfer_hint(protocol, true));
  auto sent = co_await send_file(context.runtime, *terminal, path, protocol);
  if (!sent) co_return std::unexpected(sent.error());
  co_return Answer{.text = concat(name, ", ", text.size(), " bytes, is sent.\n"),
                   .data = {{"file", name}, {"bytes", text.size()}}};
}

}  // namespace firmware::console
