// The server over a memory stream, in virtual time: whatever a client does, it is answered rightly and let go of.
// Input: operations, each an octet (see Client::step), some with a text after it.
#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include "relay/base/ascii.hpp"
#include "relay/http/server.hpp"
#include "tests/fakes/memory_stream.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::Millis;

constexpr int max_steps = 64;

relay::Task<relay::http::ServerResponse> answer(fakes::VirtualRuntime& world, std::vector<std::string>& methods,
                                                const relay::http::ServerRequest& request) {
  methods.push_back(request.method);
  if (request.path == "/slow") co_await relay::sleep_for(world.runtime(), Millis{5000});
  if (request.path == "/none") co_return relay::http::ServerResponse{204, {{"X-Split", "a\r\nX: b"}}, "not sent"};
  co_return relay::http::ServerResponse{200, {{"Content-Type", "text/plain"}}, request.body + request.path};
}

/// Reads what the server said as a client does that trusts it: one whole answer after the other.
class AnswerReader {
 public:
  explicit AnswerReader(std::string_view said, const std::vector<std::string>& methods)
      : rest_(said), methods_(methods) {}

  void read_all() {
    while (!rest_.empty()) {
      require(!closed_, "after Connection: close nothing follows");
      read_one();
    }
  }
  [[nodiscard]] std::size_t answers() const { return answers_; }
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  std::string_view line() {
    const auto end = rest_.find("\r\n");
    require(end != std::string_view::npos, "an answer's head is whole");
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    require(!relay::has_control_character(text), "a line of the head is a line");
    return text;
  }

  void read_one() {
    const auto status_line = line();
    require(status_line.starts_with("HTTP/1.1 ") && status_line.size() > 12, "an answer has a status line");
    int status = 0;
    std::from_chars(status_line.data() + 9, status_line.data() + 12, status);
    require(status >= 100 && status <= 599, "a status is one");
    std::size_t length = 0;
    bool has_length = false;
    for (auto header = line(); !header.empty(); header = line()) {
      const auto colon = header.find(": ");
      require(colon != std::string_view::npos, "a header has a name and a value");
      const auto value = header.substr(colon + 2);
      if (header.substr(0, colon) == "Content-Length") {
        has_length = true;
        std::from_chars(value.data(), value.data() + value.size(), length);
      }
      closed_ = closed_ || (header.substr(0, colon) == "Connection" && value == "close");
    }
    if (status == 100) return;
    const std::string method = answers_ < methods_.size() ? methods_[answers_] : "";
    if (method.empty()) {
      require(!refused_ && status >= 400 && closed_, "without a request there is one refusal, and the end");
      refused_ = true;
    }
    ++answers_;
    require(has_length != (status == 204 || status == 304), "an answer tells its length");
    if (method == "HEAD" || !has_length) return;
    require(rest_.size() >= length, "an answer has the length it tells");
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
  const std::vector<std::string>& methods_;
  std::size_t answers_ = 0;
  bool closed_ = false;
  bool refused_ = false;
};

class Client {
 public:
  explicit Client(relay::http::ServerLimits limits)
      : server_(world_.runtime(), limits,
                [this](const relay::http::ServerRequest& request) { return answer(world_, methods_, request); }) {
    auto listener = std::make_unique<fakes::MemoryListener>(world_.runtime());
    auto* const connector = listener.get();
    server_.serve(std::move(listener));
    stream_ = connector->connect();
    world_.settle();
  }
  ~Client() { world_.run(server_.stop(Millis{0}), Millis{1000}); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void step(fuzz::Input& input) {
    switch (const auto operation = input.below(16); operation) {
      case 0:
        world_.run_for(Millis{input.octet() * 200});
        break;
      case 1:
        stream_->set_capacity(1 + input.octet());
        slow_ = true;
        break;
      case 2:
        put("GET /slow HTTP/1.1\r\nHost: box\r\n\r\n");
        break;
      case 3:
        put("POST /p HTTP/1.1\r\nHost: box\r\nContent-Length: 4\r\n\r\n");
        break;
      case 4:
        if (input.octet() == 0) hang_up();
        break;
      case 5:
        put(input.take(std::size_t{1} + input.octet() * 16U));
        break;
      default:
        put(input.text());
    }
    collect();
  }

  /// The client says no more. The server lets go of it by itself.
  void end() {
    for (int minutes = 0; server_.figures().connections > 0; ++minutes) {
      require(minutes < 10, "a connection ends by its time limits");
      world_.run_for(Millis{60'000});
      collect();
    }
    require(world_.handlers_run() < 100'000, "nothing spins");
    // Who reads too slowly may be cut off within an answer.
    if (hung_up_ || slow_) return;
    collect();
    AnswerReader reader(said_, methods_);
    reader.read_all();
    require(reader.answers() - (reader.refused() ? 1 : 0) == methods_.size(), "each request has its answer");
  }

 private:
  void put(std::string_view bytes) {
    if (hung_up_) return;
    stream_->put(bytes);
    world_.settle();
  }
  void hang_up() {
    hung_up_ = true;
    stream_->close();
    world_.settle();
  }
  void collect() {
    if (!hung_up_) said_ += stream_->taken();
    world_.settle();
  }

  fakes::VirtualRuntime world_;
  std::vector<std::string> methods_;  ///< Of the requests that the handler saw.
  relay::http::Server server_;
  std::unique_ptr<fakes::MemoryStream> stream_;
  std::string said_;
  bool hung_up_ = false;
  bool slow_ = false;  ///< The client's buffer is small.
};

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  relay::http::ServerLimits limits;
  if (input.below(2) == 1) {
    limits.max_header_bytes = 128;
    limits.max_body_bytes = 32;
  }
  Client client(limits);
  for (int steps = 0; steps < max_steps && !input.empty(); ++steps) client.step(input);
  client.end();
}

std::string put(const std::string& bytes) { return std::string{6} + static_cast<char>(bytes.size()) + bytes; }

fuzz::Seeds seeds() {
  const std::string host = "Host: box\r\n";
  const std::string wait{0, '\x64'};
  const std::string get = put("GET /a HTTP/1.1\r\n" + host + "\r\n");
  const std::string slow{2};
  return {'\0' + get,
          '\0' + get + get + wait + get,
          '\0' + slow + get + wait + wait,
          '\0' + put("HEAD /none HTTP/1.1\r\n" + host + "\r\nGET /none HTTP/1.1\r\n" + host + "\r\n"),
          '\0' + std::string{3} + put("ab") + wait + put("cd"),
          '\0' + std::string{3} + put("ab") + wait + wait,
          '\0' + put("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
          '\0' + put("POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") + put("ab"),
          '\1' + put("GET /" + std::string(130, 'x') + " HTTP/1.1\r\n" + host + "\r\n"),
          '\1' + put("POST / HTTP/1.1\r\n" + host + "Content-Length: 33\r\n\r\n"),
          '\0' + put("nonsense\r\n\r\n") + get,
          '\0' + std::string{1, 3} + get + wait + get,
          '\0' + slow + std::string{4, 0},
          '\0' + get + std::string{4, 0},
          '\0' + put("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") + put("GET / HTTP/1.0\r\n\r\n"),
          '\0' + put("GET / HT") + wait + wait};
}

const fuzz::Registration registration{{"http_server", &run, &seeds}};

}  // namespace
