"""LAN applications that keep submitting while the box dies and returns, as real ones do: same key until answered."""

from __future__ import annotations

import http.client
import random
import threading
import time

from .api import ApiClient
from .audit import tagged

CLASSES = ("alarm", "otp", "once", "info", "bulk")
_RETRY_PAUSE_S = 0.05


class Load:
    """Some submitter threads. `promised` maps each tag to the id that a 202 gave; read it after stop()."""

    def __init__(self, seed: int, life_s: int, threads: int = 3, pause_s: float = 0.02, kind: str = "load") -> None:
        self.promised: dict[str, str] = {}
        self.refused: list[str] = []
        self._seed = seed
        self._life_s = life_s
        self._pause_s = pause_s
        self._kind = kind
        self._lock = threading.Lock()
        self._next_number = 0
        self._api: ApiClient | None = None
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), name=f"load {n}") for n in range(threads)]

    def start(self, api: ApiClient) -> None:
        """Begins submitting."""
        self.use(api)
        for thread in self._threads:
            thread.start()

    def use(self, api: ApiClient) -> None:
        """The box is back, at this address."""
        with self._lock:
            self._api = api

    def stop(self) -> None:
        """Ends once each submission under way has its answer; the box must be up."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)
            if thread.is_alive():
                raise AssertionError(f"{thread.name} got no answer within 30 s")

    def _run(self, thread_number: int) -> None:
        draws = random.Random(self._seed + thread_number)
        while not self._stopping.is_set():
            with self._lock:
                number = self._next_number
                self._next_number += 1
            self._submit(number, draws.choice(CLASSES))
            time.sleep(draws.uniform(0, 2 * self._pause_s))

    def _submit(self, number: int, class_: str) -> None:
        """Repeats the submission under its key until the box answers."""
        tag = f"{self._kind}-{number}"
        while True:
            with self._lock:
                api = self._api
            assert api is not None
            try:
                answer = api.submit(
                    idempotency_key=f"{self._kind}-{self._seed}-{number}",
                    to=f"+1555{number:07}",
                    text=tagged(self._kind, number),
                    class_=class_,
                    expires_in=self._life_s,
                )
            except (OSError, http.client.HTTPException):
                time.sleep(_RETRY_PAUSE_S)
                continue
            with self._lock:
                if answer.status == 202:
                    self.promised[tag] = str(answer.json["id"])
                else:
                    self.refused.append(f"{tag}: {answer.status} {answer.problem}")
            return
