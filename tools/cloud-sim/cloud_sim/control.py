"""The control endpoint: plain HTTP with JSON on a loopback port of its own."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from .faults import BadFault
from .listener import LoopbackListener
from .simulator import CloudSimulator
from .wire import MalformedRequest, Request, Response, json_response, read_request


class ControlServer:
    """GET /accepted /stats /queue, POST /fault /clear /down /up /set /receive /publish /queue /quit."""

    def __init__(self, simulator: CloudSimulator, quit_event: asyncio.Event) -> None:
        self._simulator = simulator
        self._quit_event = quit_event
        self.listener = LoopbackListener(self._converse)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while first := await reader.read(1):
            try:
                response = await self._answer(await read_request(reader, writer, first))
            except (BadFault, MalformedRequest, ValueError) as problem:
                response = json_response(400, {"error": str(problem)})
            writer.write(response.encode(time.time()))
            await writer.drain()

    async def _answer(self, request: Request) -> Response:
        if request.method == "GET":
            return self._read(request)
        values = json.loads(request.body or b"{}")
        if not isinstance(values, dict):
            raise BadFault("the body must be a JSON object")
        if request.path == "/receive":
            return json_response(200, {"sid": self._simulator.receive(values)})
        if await self._change(request.path, values):
            return json_response(200, {"ok": True})
        return json_response(404, {"error": f"no POST {request.path}"})

    def _read(self, request: Request) -> Response:
        if request.path == "/accepted":
            query = request.query()
            since = int(query.get("since", "0"))
            entries = self._simulator.ledger.since(since, query.get("provider", ""), query.get("to", ""))
            return json_response(200, {"accepted": entries, "next": len(self._simulator.ledger.accepted)})
        if request.path == "/stats":
            return json_response(200, self._simulator.stats())
        if request.path == "/queue":
            return json_response(200, {"left": self._simulator.queued()})
        return json_response(404, {"error": f"no GET {request.path}"})

    async def _change(self, path: str, values: dict[str, Any]) -> bool:
        provider = str(values.get("provider", "all"))
        if path == "/fault":
            self._simulator.plan_fault(values)
        elif path == "/clear":
            self._simulator.clear(provider)
        elif path == "/down":
            self._simulator.down(provider, int(values.get("duration_ms", 0)))
        elif path == "/up":
            await self._simulator.up(provider)
        elif path == "/set":
            self._simulator.set(values)
        elif path == "/publish":
            self._simulator.publish(values)
        elif path == "/queue":
            self._simulator.enqueue(values)
        elif path == "/quit":
            self._quit_event.set()
        else:
            return False
        return True
