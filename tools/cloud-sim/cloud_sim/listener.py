"""A loopback port that can go down and come back as the same port."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

ConnectionHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Makes the next close of this connection a reset: unread data is lost, the peer is told ECONNRESET."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def abort(writer: asyncio.StreamWriter) -> None:
    """Resets the connection now."""
    reset_on_close(writer)
    writer.transport.abort()


class LoopbackListener:
    """Listens on 127.0.0.1. Owns its open connections: going down resets them, as a cut line would lose them."""

    def __init__(self, handler: ConnectionHandler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        # Bound but never listening: refuses connections, and keeps the port ours while the listening socket is closed.
        self._placeholder = _bound_socket(0)
        self.port: int = self._placeholder.getsockname()[1]

    @property
    def is_up(self) -> bool:
        """Does it accept connections?"""
        return self._server is not None

    @property
    def connections(self) -> int:
        """Open connections."""
        return len(self._open)

    async def up(self) -> None:
        """Accepts connections from now on."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=_bound_socket(self.port))

    def down(self) -> None:
        """Refuses connections from now on and resets the open ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            abort(writer)

    def close(self) -> None:
        """Gives the port back."""
        self.down()
        self._placeholder.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the peer went away, or a fault sent it away
        finally:
            self._open.discard(writer)
            writer.close()


def _bound_socket(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener
