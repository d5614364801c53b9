"""One provider behind TLS: requests are judged, faults strike at their stage, what is accepted goes to the ledger."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter

from .certificates import Certificates
from .clock import CloudClock
from .faults import Fault, FaultBoard, Operation, Stage
from .ledger import Submission
from .listener import LoopbackListener, abort
from .provider import SimulatedProvider
from .wire import MalformedRequest, Request, Response, read_request

_GARBAGE = b"\x00\xff<html>it works!{{{"


class ProviderServer:
    """Serves one provider on one port."""

    def __init__(
        self, provider: SimulatedProvider, board: FaultBoard, clock: CloudClock, certificates: Certificates
    ) -> None:
        self.provider = provider
        self._board = board
        self._clock = clock
        self._certificates = certificates
        self.listener = LoopbackListener(self._converse)
        self.counts: Counter[str] = Counter()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        if not await self._shake_hands(reader, writer):
            return
        try:
            while first := await reader.read(1):
                if self._board.take(self.provider.name, Stage.UNREAD):
                    await _hang(reader)
                    return
                request = await read_request(reader, writer, first)
                self.counts["requests"] += 1
                if not await self._answer(request, reader, writer):
                    return
        except (MalformedRequest, ValueError) as problem:
            self.counts["malformed"] += 1
            await self._write(writer, Response(400, str(problem).encode(), "text/plain"))

    async def _shake_hands(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        fault = self._board.take(self.provider.name, Stage.CONNECTION)
        kind = fault.kind if fault else ""
        if kind == "tls_hang":
            await _hang(reader)
            return False
        if kind == "tls_reset":
            abort(writer)
            return False
        try:
            await writer.start_tls(
                self._certificates.untrusted if kind == "bad_certificate" else self._certificates.trusted
            )
        except (ssl.SSLError, OSError):
            self.counts["failed_handshakes"] += 1
            return False
        return True

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; false when the connection is not to be used further."""
        operation = self.provider.operation(request)
        verdict = self.provider.judge(request)
        recipient = verdict.to if isinstance(verdict, Submission) else ""
        if delay := self._board.take(self.provider.name, Stage.DELAY, operation, recipient):
            await asyncio.sleep(delay.delay_ms / 1000)
        if fault := self._board.take(self.provider.name, Stage.BEFORE, operation, recipient):
            return await self._fail_before(fault, reader, writer)
        if isinstance(verdict, Response):
            self.counts["refused" if operation is Operation.SEND else "looked_up"] += 1
            await self._write(writer, verdict)
            return True
        fault = self._board.take(self.provider.name, Stage.AFTER, operation, recipient)
        response = self.provider.accept(verdict, fault.kind if fault else "")
        self.counts["accepted"] += 1
        if fault:
            return await self._fail_after(fault, response, reader, writer)
        await self._write(writer, response)
        return True

    async def _fail_before(self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if fault.kind == "hang_before":
            await _hang(reader)
            return False
        if fault.kind == "reset_before":
            abort(writer)
            return False
        await self._write(writer, self.provider.error_answer(fault))
        return True

    async def _fail_after(
        self, fault: Fault, response: Response, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if fault.kind == "hang_after":
            await _hang(reader)
        elif fault.kind == "reset_after":
            abort(writer)
        elif fault.kind == "truncated":
            whole = response.encode(self._clock.seconds())
            writer.write(whole[: len(whole) - len(response.body) // 2 - 1])
            await writer.drain()
        elif fault.kind == "garbage":
            await self._write(writer, Response(response.status, _GARBAGE, response.content_type))
            return True
        else:
            await self._write(writer, self.provider.error_answer(fault))
            return True
        return False

    async def _write(self, writer: asyncio.StreamWriter, response: Response) -> None:
        writer.write(response.encode(self._clock.seconds()))
        await writer.drain()


async def _hang(reader: asyncio.StreamReader) -> None:
    """Says nothing until the peer gives up or the provider goes down."""
    while await reader.read(65536):
        pass


async def accept_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The simulated internet: a connection comes about, and that is all an uplink probe asks."""
    await reader.read(1)
    writer.close()
