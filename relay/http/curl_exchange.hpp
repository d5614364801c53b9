#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "relay/http/client.hpp"
#include "relay/http/curl_multi.hpp"
#include "relay/http/libcurl.hpp"

namespace relay::http {

/// One request and its answer on one easy handle. Immovable: curl holds its address.
class Exchange {
 public:
  /// `sockets_opened` is counted up for each new socket and must outlive the exchange.
  Exchange(const ClientOptions& options, ClientRequest request, std::uint64_t& sockets_opened);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  /// Empty when the request can be given to curl, else why not (our own mistake: nothing was sent).
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] std::expected<ClientResponse, ClientFailure> outcome(TransferEnd how);

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { libcurl().easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  void set_request();
  void set_headers();
  void set_body();
  void set_route(const ClientOptions& options);
  void set_trust(const ClientOptions& options);
  void set_blob(CURLoption option, const std::string& text);
  static void append(List& list, const std::string& line);

  static int before_request(void* self, char*, char*, int, int);
  static CURLcode tls_begins(CURL*, void* context, void* self);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  [[nodiscard]] ClientFailure failure(TransferEnd how);
  [[nodiscard]] Phase phase_of(CURLcode code) const;
  [[nodiscard]] Phase phase_before_request(CURLcode code) const;
  [[nodiscard]] long request_bytes_given() const;
  [[nodiscard]] std::string describe(TransferEnd how) const;

  ClientRequest request_;
  std::size_t max_response_bytes_;
  std::uint64_t& sockets_opened_;
  ClientResponse response_;
  std::size_t header_bytes_ = 0;
  bool tls_begun_ = false;
  bool request_begun_ = false;   ///< A connection was ready and curl was let through to send.
  bool repeat_refused_ = false;  ///< curl wanted to send the request once more on another connection.
  bool response_too_large_ = false;
  std::string refusal_;
  char curl_message_[CURL_ERROR_SIZE] = {};
  List headers_;
  List connect_to_;
  std::unique_ptr<CURL, FreeEasy> easy_;  ///< Last member: freed first, while all that it points to is alive.
};

}  // namespace relay::http
