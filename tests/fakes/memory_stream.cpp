#include "tests/fakes/memory_stream.hpp"

#include <algorithm>

namespace fakes {
namespace {

relay::Error closed_here() { return {relay::ErrorCode::cancelled, "The connection was closed on this side."}; }

}  // namespace

struct MemoryStream::Pipe {
  explicit Pipe(const relay::Runtime& runtime) : readable(runtime), writable(runtime) {}
  std::string bytes;
  std::size_t capacity = SIZE_MAX;
  bool writer_closed = false;
  bool reader_closed = false;
  relay::Notification readable;
  relay::Notification writable;
};

MemoryStream::MemoryStream(relay::Runtime runtime, std::string peer)
    : runtime_(std::move(runtime)), peer_(std::move(peer)) {}

MemoryStream::~MemoryStream() { MemoryStream::close(); }

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> MemoryStream::make_pair(
    relay::Runtime runtime, std::string peer_of_first, std::string peer_of_second) {
  auto first = std::make_unique<MemoryStream>(runtime, std::move(peer_of_first));
  auto second = std::make_unique<MemoryStream>(runtime, std::move(peer_of_second));
  first->incoming_ = second->outgoing_ = std::make_shared<Pipe>(runtime);
  first->outgoing_ = second->incoming_ = std::make_shared<Pipe>(runtime);
  return {std::move(first), std::move(second)};
}

relay::Task<relay::Result<std::size_t>> MemoryStream::read_some(std::span<char> buffer) {
  const auto pipe = incoming_;
  while (pipe->bytes.empty() && !pipe->writer_closed && !pipe->reader_closed) {
    const bool woken = co_await pipe->readable.wait();
    if (!woken) co_return std::unexpected(closed_here());
  }
  if (pipe->reader_closed) co_return std::unexpected(closed_here());
  std::size_t size = std::min(buffer.size(), pipe->bytes.size());
  if (max_read_ > 0) size = std::min(size, max_read_);
  std::copy_n(pipe->bytes.begin(), size, buffer.begin());
  pipe->bytes.erase(0, size);
  pipe->writable.notify();
  co_return size;
}

relay::Task<relay::Result<std::size_t>> MemoryStream::write(std::string_view bytes) {
  const auto pipe = outgoing_;
  std::size_t written = 0;
  while (written < bytes.size()) {
    if (pipe->writer_closed) co_return std::unexpected(closed_here());
    if (pipe->reader_closed) co_return relay::fail(relay::ErrorCode::io, "Writing to the peer failed: Broken pipe");
    const std::size_t room = pipe->capacity - std::min(pipe->capacity, pipe->bytes.size());
    if (room == 0) {
      const bool woken = co_await pipe->writable.wait();
      if (!woken) co_return std::unexpected(closed_here());
      continue;
    }
    const std::string_view part = bytes.substr(written, room);
    pipe->bytes += part;
    written += part.size();
    pipe->readable.notify();
  }
  co_return written;
}

void MemoryStream::close() {
  if (std::exchange(closed_, true) || !incoming_) return;
  incoming_->reader_closed = true;
  outgoing_->writer_closed = true;
  for (const auto& pipe : {incoming_, outgoing_}) {
    pipe->readable.notify();
    pipe->writable.notify();
  }
}

void MemoryStream::put(std::string_view bytes) {
  outgoing_->bytes += bytes;
  outgoing_->readable.notify();
}

std::string MemoryStream::taken() {
  incoming_->writable.notify();
  return std::exchange(incoming_->bytes, {});
}

bool MemoryStream::peer_closed() const { return incoming_->writer_closed; }

void MemoryStream::set_capacity(std::size_t bytes) { incoming_->capacity = bytes; }

MemoryListener::MemoryListener(relay::Runtime runtime) : runtime_(runtime), changed_(runtime) {}
MemoryListener::~MemoryListener() = default;

std::unique_ptr<MemoryStream> MemoryListener::connect(std::string peer) {
  auto [server, client] = MemoryStream::make_pair(runtime_, std::move(peer));
  if (closed_) {
    server->close();
  } else {
    waiting_.emplace_back(std::move(server));
    changed_.notify();
  }
  return std::move(client);
}

void MemoryListener::fail_next_accept(relay::Error error) {
  waiting_.emplace_back(std::unexpected(std::move(error)));
  changed_.notify();
}

relay::Task<relay::Result<std::unique_ptr<relay::http::ByteStream>>> MemoryListener::accept() {
  while (waiting_.empty()) {
    if (closed_) co_return std::unexpected(closed_here());
    const bool woken = co_await changed_.wait();
    if (!woken) co_return std::unexpected(closed_here());
  }
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  co_return next;
}

void MemoryListener::close() {
  closed_ = true;
  waiting_.clear();
  changed_.notify();
}

}  // namespace fakes
