// Another release into the system's other slot. RAUC checks the signature, writes, and falls back: see packaging and
// docs/operating.md for what marks a slot as good.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/file_transfer.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/printable.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis rauc_patience{60'000};
constexpr std::int64_t space_to_leave = std::int64_t{16} * 1024 * 1024;  // for the outbox

/// RAUC's answer; without RAUC, what to do instead.
Task<Result<Ended>> ask_rauc(Context& context, std::vector<std::string> words) {
  words.insert(words.begin(), "rauc");
  auto ended = co_await run_program(context.runtime, std::move(words), rauc_patience);
  if (!ended && ended.error().code == ErrorCode::not_found) {
    co_return fail(ErrorCode::not_found,
                   "this box has no update slots (rauc is not installed); its packages come by apt, over SSH");
  }
  co_return ended;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text.substr(text.rfind('\n') + 1));
}

Task<Result<Answer>> show_slots(Context& context, Arguments) {
  auto status = co_await ask_rauc(context, {"status"});
  if (!status) co_return std::unexpected(status.error());
  if (status->status != 0) co_return fail(ErrorCode::unavailable, "rauc: " + last_line(status->output));
  co_return Answer{.text = printable_lines(status->output), .data = {{"slots", status->output}}};
}

/// Line by line, as it says them; its last line in `last`.
Task<Result<int>> run_install(Context& context, std::string bundle, std::string& last) {
  auto child = ChildProcess::start(context.runtime, {"rauc", "install", bundle});
  if (!child) co_return std::unexpected(child.error());
  std::string rest;
  while (true) {
    auto some = co_await child->read();
    if (!some) co_return std::unexpected(some.error());
    rest += *some;
    const auto end = some->empty() ? rest.size() : rest.rfind('\n') + 1;  // none: npos + 1 is 0
    if (end > 0) {
      last = last_line(rest.substr(0, end));
      co_await context.stage.say(printable_lines(rest.substr(0, end)));
      rest.erase(0, end);
    }
    if (some->empty()) co_return co_await child->wait();
  }
}

Task<Result<Answer>> install(Context& context, std::string bundle) {
  auto info = co_await ask_rauc(context, {"info", bundle});
  if (!info) co_return std::unexpected(info.error());
  co_await context.stage.say(printable_lines(info->output));
  if (info->status != 0)
    co_return fail(ErrorCode::invalid_argument,
                   "RAUC refuses this bundle; nothing was written: " + last_line(info->output));
  const auto sure = co_await context.stage.confirm("Write it into the other slot? Messages go on meanwhile.");
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return fail(ErrorCode::cancelled, "nothing was written");
  std::string last;
  const auto status = co_await run_install(context, bundle, last);
  if (!status) co_return std::unexpected(status.error());
  if (*status != 0) co_return fail(ErrorCode::io, "the update failed, and what runs now stays: " + last);
  co_return Answer{.text =
                       "Written. reboot starts it; if it does not become good, the box falls back by itself.\n"
                       "update status tells which slot runs.\n",
                   .data = {{"bundle", bundle}}};
}

Task<Result<Answer>> install_file(Context& context, Arguments arguments) {
  const std::string bundle = arguments.text("file");
  if (!bundle.starts_with('/'))
    co_return fail(ErrorCode::invalid_argument, "write the whole path of the bundle, as /media/usb/update.raucb");
  if (!Host::file_size(bundle)) co_return fail(ErrorCode::not_found, "there is no file " + bundle);
  co_return co_await install(context, bundle);
}

Task<Result<Answer>> receive_update(Context& context, Arguments arguments) {
  Terminal* terminal = context.stage.terminal();
  if (terminal == nullptr)
    co_return fail(ErrorCode::conflict, "this is for the console; here: relayctl update install FILE");
  auto slots = co_await ask_rauc(context, {"status"});  // before somebody sends for an hour
  if (!slots) co_return std::unexpected(slots.error());
  const auto& data = context.host.places().data;
  const auto space = Host::space(data);
  if (!space || space->free <= space_to_leave) co_return fail(ErrorCode::full, "there is no space in " + data);
  const auto folder = PrivateFolder::make(data);
  if (!folder) co_return std::unexpected(folder.error());
  const Protocol protocol = protocol_of(arguments.text("by"));
  co_await context.stage.say(
      concat("Room for ", bytes_text(space->free - space_to_leave), ". ", transfer_hint(protocol, false)));
  const auto most = static_cast<std::size_t>(space->free - space_to_leave);
  auto bundle = co_await receive_file(context.runtime, *terminal, folder->path(), most, protocol);
  if (!bundle) co_return std::unexpected(bundle.error());
  co_return co_await install(context, *bundle);
}

constexpr std::array install_parameters{
    Parameter{.name = "file", .help = "The whole path of a RAUC bundle, as on a USB stick.", .required = true}};
constexpr std::array receive_parameters{
    Parameter{.name = "by", .help = "How it comes; ZMODEM by default.", .choices = "zmodem|ymodem"}};

}  // namespace

void add_update_commands(std::vector<Command>& all) {
  all.insert(all.end(), {{"update status", Role::tech, "The slots of the system, and which one runs.", {}, show_slots},
                         {"update install", Role::admin, "Write a signed bundle into the other slot.",
                          install_parameters, install_file},
                         {"update receive", Role::admin, "Receive a bundle over this line and write it.",
                          receive_parameters, receive_update}});
}

}  // namespace firmware::console
