#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "relay/base/task.hpp"
#include "relay/http/byte_stream.hpp"

namespace fakes {

/// One end of a pipe in memory. What is written at one end is read at the other, in pieces as large as the reader's
/// buffer or, with max_read set, smaller. One loop thread only.
class MemoryStream final : public relay::http::ByteStream {
 public:
  MemoryStream(relay::Runtime runtime, std::string peer);

  /// Two connected ends; `peer_of_first` is what the first end says its peer is.
  [[nodiscard]] static std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> make_pair(
      relay::Runtime runtime, std::string peer_of_first, std::string peer_of_second = "memory");

  [[nodiscard]] relay::Task<relay::Result<std::size_t>> read_some(std::span<char> buffer) override;
  [[nodiscard]] relay::Task<relay::Result<std::size_t>> write(std::string_view bytes) override;
  void close() override;
  [[nodiscard]] std::string peer() const override { return peer_; }

  // For tests, at their end of the pipe.
  void put(std::string_view bytes);        ///< Sends without waiting.
  [[nodiscard]] std::string taken();       ///< All that has arrived and was not read yet.
  [[nodiscard]] bool peer_closed() const;  ///< The other end closed (what arrived before can still be taken).
  void set_max_read(std::size_t bytes) { max_read_ = bytes; }
  /// The other end's write() waits while this many bytes are unread here.
  void set_capacity(std::size_t bytes);

  ~MemoryStream() override;

 private:
  struct Pipe;  ///< One direction.
  relay::Runtime runtime_;
  std::string peer_;
  std::size_t max_read_ = 0;
  bool closed_ = false;
  std::shared_ptr<Pipe> incoming_;
  std::shared_ptr<Pipe> outgoing_;
};

/// Accepts what connect() makes.
class MemoryListener final : public relay::http::Listener {
 public:
  explicit MemoryListener(relay::Runtime runtime);
  ~MemoryListener() override;

  /// The client's end of a new connection. `peer` is who the server thinks it is.
  [[nodiscard]] std::unique_ptr<MemoryStream> connect(std::string peer = "192.0.2.1");
  /// The next accept() fails with this error.
  void fail_next_accept(relay::Error error);
  [[nodiscard]] bool closed() const { return closed_; }

  [[nodiscard]] relay::Task<relay::Result<std::unique_ptr<relay::http::ByteStream>>> accept() override;
  void close() override;
  [[nodiscard]] std::string address() const override { return "memory:1"; }

 private:
  relay::Runtime runtime_;
  relay::Notification changed_;
  std::deque<relay::Result<std::unique_ptr<relay::http::ByteStream>>> waiting_;
  bool closed_ = false;
};

}  // namespace fakes
