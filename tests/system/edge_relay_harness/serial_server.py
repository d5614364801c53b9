"""A serial server, as ser2net in its raw mode: a line of this machine as a TCP port."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from pathlib import Path


class SerialServer:
    """One line, one client at a time. Keeps its port number over stop() and start()."""

    def __init__(self, line: Path) -> None:
        self._line = line
        self.port = 0
        self._thread: threading.Thread | None = None
        self._wake = (-1, -1)
        self.start()

    @property
    def device(self) -> str:
        """For the modem's settings."""
        return f"tcp:127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, on the port of the last time."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(1)
        self.port = listener.getsockname()[1]
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Gone, with the connection that it had."""
        if self._thread is None:
            return
        os.close(self._wake[1])
        self._thread.join()
        os.close(self._wake[0])
        self._thread = None

    def _serve(self, listener: socket.socket) -> None:
        line = os.open(self._line, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        client: socket.socket | None = None
        try:
            while True:
                ready = select.select([listener, line, self._wake[0], *([client] if client else [])], [], [])[0]
                if self._wake[0] in ready:
                    return
                if listener in ready:
                    if client:
                        client.close()
                    client = listener.accept()[0]
                if line in ready:
                    heard = os.read(line, 4096)
                    if client:
                        client.sendall(heard)
                if client in ready and client is not None:
                    said = client.recv(4096)
                    if said:
                        os.write(line, said)
                    else:
                        client.close()
                        client = None
        finally:
            for end in (listener, client):
                if end:
                    end.close()
            os.close(line)
