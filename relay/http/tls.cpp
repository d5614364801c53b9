#include "relay/http/tls.hpp"

#include <utility>

#include "relay/base/task.hpp"
#include "relay/http/tls_context.hpp"
#include "relay/http/tls_stream.hpp"

namespace relay::http {

struct TlsListener::Impl {
  Runtime runtime;
  std::unique_ptr<Listener> inner;
  TlsIdentity identity;
  Millis handshake_timeout;
  std::shared_ptr<const TlsContext> context;
};

TlsListener::TlsListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsListener::~TlsListener() = default;

Result<std::unique_ptr<TlsListener>> TlsListener::make(Runtime runtime, std::unique_ptr<Listener> inner,
                                                       TlsIdentity identity, Millis handshake_timeout) {
  std::unique_ptr<Impl> impl(
      new Impl{std::move(runtime), std::move(inner), std::move(identity), handshake_timeout, nullptr});
  std::unique_ptr<TlsListener> listener(new TlsListener(std::move(impl)));
  if (auto loaded = listener->reload(); !loaded) return std::unexpected(std::move(loaded).error());
  return listener;
}

Result<void> TlsListener::reload() {
  auto context = TlsContext::server(impl_->identity);
  if (!context) return std::unexpected(std::move(context).error());
  impl_->context = std::move(*context);
  return {};
}

std::string TlsListener::fingerprint() const { return impl_->context->fingerprint(); }

Task<Result<std::unique_ptr<ByteStream>>> TlsListener::accept() {
  auto accepted = co_await impl_->inner->accept();
  if (!accepted) co_return accepted;
  auto stream = TlsStream::make(impl_->runtime, std::move(*accepted), impl_->context, "", impl_->handshake_timeout);
  co_return stream;
}

void TlsListener::close() { impl_->inner->close(); }
std::string TlsListener::address() const { return impl_->inner->address(); }

Result<std::unique_ptr<ByteStream>> tls_client(Runtime runtime, std::unique_ptr<ByteStream> inner,
                                               const std::string& ca_file, const std::string& host,
                                               Millis handshake_timeout) {
  auto context = TlsContext::client(ca_file);
  if (!context) return std::unexpected(std::move(context).error());
  return TlsStream::make(std::move(runtime), std::move(inner), std::move(*context), host, handshake_timeout);
}

}  // namespace relay::http
