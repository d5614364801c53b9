"""What stands before several nodes: passes each connection to one that takes it."""

from __future__ import annotations

import itertools
import socket
import threading


class Balancer:
    """Connections go to the nodes in turn, past those that refuse them. It knows nothing of HTTP."""

    def __init__(self) -> None:
        self._ports: list[int] = []
        self._turn = itertools.count()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, name="balancer", daemon=True).start()

    def serve(self, *ports: int) -> None:
        """From now on these are the nodes."""
        self._ports = list(ports)

    def close(self) -> None:
        """Takes no more."""
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(caller,), daemon=True).start()

    def _pass_on(self, caller: socket.socket) -> None:
        first = next(self._turn)
        for i in range(len(self._ports)):
            try:
                node = socket.create_connection(("127.0.0.1", self._ports[(first + i) % len(self._ports)]), timeout=5)
            except OSError:
                continue
            node.settimeout(None)
            back = threading.Thread(target=_copy, args=(node, caller), daemon=True)
            back.start()
            _copy(caller, node)
            back.join()
            node.close()
            break
        caller.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
