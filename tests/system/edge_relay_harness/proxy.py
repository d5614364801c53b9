"""A way between two programs that loses answers on demand."""

from __future__ import annotations

import contextlib
import socket
import threading


APPLICATION_DATA = 0x17  # the first octet of a TLS record; those that set the connection up have others


class LossyProxy:
    """Forwards TLS connections to a port. While it is deaf, what the server says is lost and the connection cut after it."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._deaf = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lost = 0
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answers(self) -> None:
        """From now on no answer comes through."""
        self._deaf.set()

    def heal(self) -> None:
        """Every connection that begins now works."""
        self._deaf.clear()

    def close(self) -> None:
        """Ends it and all its connections."""
        self._listener.close()
        for one in list(self._open):
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._open |= {client, server}
        threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
        self._forward(server, client, from_server=True)

    def _forward(self, source: socket.socket, sink: socket.socket, from_server: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if from_server and self._deaf.is_set() and data[0] == APPLICATION_DATA:
                    self.lost += 1
                    break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._open.discard(one)
