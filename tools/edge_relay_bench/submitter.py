"""LAN applications on kept connections."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

from edge_relay_harness.box import Box

TEXT = "Pump 3 in hall B has stopped: pressure 0.4 bar, temperature 81 C. Acknowledge at the panel or answer STOP3."


def recipient(number: int) -> str:
    """The number-th recipient; none of them has a meaning to the provider `demo` (its magic endings begin with 00)."""
    return f"+1555{number // 8000:03}{1000 + number % 8000:04}"


class Connection:
    """One kept connection of an application."""

    def __init__(self, box: Box, key: str = "") -> None:
        self._key = key or box.api.key
        self._connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=30)
        self._connection.connect()

    def post(self, to: str | Sequence[str], text: str = TEXT, **fields: str) -> list[str]:
        """Submits; the messages' ids."""
        body = json.dumps({"to": to, "text": text, **fields})
        self._connection.request("POST", "/v1/messages", body, {"Authorization": f"Bearer {self._key}"})
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 202:
            raise AssertionError(f"submission refused: {response.status} {answer}")
        return [str(message["id"]) for message in answer["messages"]]

    def state(self, message_id: str) -> str:
        """The message's state now."""
        self._connection.request("GET", f"/v1/messages/{message_id}", headers={"Authorization": f"Bearer {self._key}"})
        return str(json.loads(self._connection.getresponse().read())["state"])


def fill(box: Box, count: int, batch: int = 1000) -> None:
    """Submits `count` messages, many in a submission."""
    connection = Connection(box)
    for first in range(0, count, batch):
        connection.post([recipient(number) for number in range(first, min(first + batch, count))])


def submit_singly(box: Box, count: int, per_second: float = 0, threads: int = 4) -> float:
    """`count` submissions of one message each, at a rate (0: as fast as they are answered); the seconds that it took."""
    key = box.api.key  # made at the first use: not by several threads at once
    began = time.monotonic()
    lock = threading.Lock()
    numbers = iter(range(count))
    failures: list[BaseException] = []

    def run() -> None:
        connection = Connection(box, key)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None or failures:
                return
            if per_second:
                time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            connection.post(recipient(number))

    def guarded() -> None:
        try:
            run()
        except (AssertionError, OSError, http.client.HTTPException) as failure:
            failures.append(failure)

    workers = [threading.Thread(target=guarded) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]
    return time.monotonic() - began
