"""What goes wrong, how often and for how long."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any


class Stage(Enum):
    """Where in an exchange a fault strikes: it decides whether anything can have been sent."""

    CONNECTION = "connection"  # before or during the TLS handshake
    UNREAD = "unread"  # a first byte of the request is there; the rest is never looked at
    BEFORE = "before"  # the request was read, nothing was accepted
    AFTER = "after"  # the message was accepted, the answer suffers
    DELAY = "delay"  # nothing goes wrong, it only takes time


STAGE_OF_KIND: dict[str, Stage] = {
    "tls_hang": Stage.CONNECTION,
    "tls_reset": Stage.CONNECTION,
    "bad_certificate": Stage.CONNECTION,
    "hang_unread": Stage.UNREAD,
    "hang_before": Stage.BEFORE,
    "reset_before": Stage.BEFORE,
    "throttle": Stage.BEFORE,
    "server_error": Stage.BEFORE,
    "error": Stage.BEFORE,
    "credentials": Stage.BEFORE,
    "hang_after": Stage.AFTER,
    "reset_after": Stage.AFTER,
    "garbage": Stage.AFTER,
    "truncated": Stage.AFTER,
    "server_error_after": Stage.AFTER,
    "latency": Stage.DELAY,
}


class Operation(Enum):
    """What a request wants."""

    SEND = "send"
    LOOK_UP = "look_up"


class BadFault(Exception):
    """A fault that cannot be planned; the message says why."""


@dataclass
class Fault:
    """One planned fault. With neither count, probability nor duration it strikes once."""

    provider: str
    kind: str
    operation: str = "send"  # "send", "look_up" or "any"
    to: str = ""  # only messages to this number; empty: any
    count: int = 0  # 0: as often as probability and duration allow
    probability: float = 1.0
    duration_ms: int = 0  # 0: until the count is used up or all faults are cleared
    status: int = 0  # server_error: HTTP status
    code: str = ""  # error: the provider's code
    reason: str = ""  # error, AWS: the Reason member
    message: str = ""  # error: the provider's sentence
    retry_after_s: int = 0  # throttle, server_error: the Retry-After header; 0: none
    delay_ms: int = 0  # latency
    ends_at: float = 0.0  # set by the board, on the monotonic clock

    @property
    def stage(self) -> Stage:
        """Where it strikes."""
        return STAGE_OF_KIND[self.kind]

    def concerns(self, provider: str, stage: Stage, operation: Operation | None, recipient: str) -> bool:
        """Does it strike this exchange? Connection faults know neither operation nor recipient."""
        if self.provider not in (provider, "all") or self.stage is not stage:
            return False
        if operation is not None and self.operation not in (operation.value, "any"):
            return False
        return not self.to or self.to == recipient


def fault_from(values: dict[str, Any]) -> Fault:
    """A fault from a control request, checked."""
    known = {field.name for field in fields(Fault)} - {"ends_at"}
    if unknown := set(values) - known:
        raise BadFault(f"unknown member {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
    if values.get("kind") not in STAGE_OF_KIND:
        raise BadFault(f"unknown kind {values.get('kind')!r}; known are {', '.join(STAGE_OF_KIND)}")
    if values.get("operation", "send") not in ("send", "look_up", "any"):
        raise BadFault("operation is send, look_up or any")
    fault = Fault(provider=values.get("provider", "all"), **{k: v for k, v in values.items() if k != "provider"})
    if fault.count == 0 and fault.probability == 1.0 and fault.duration_ms == 0:
        fault.count = 1
    if fault.duration_ms:
        fault.ends_at = time.monotonic() + fault.duration_ms / 1000
    return fault


class FaultBoard:
    """All planned faults. Draws come from a seeded generator, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._faults: list[Fault] = []
        self.struck: Counter[tuple[str, str]] = Counter()

    def plan(self, fault: Fault) -> None:
        """Adds a fault behind those planned before."""
        self._faults.append(fault)

    def clear(self, provider: str = "all") -> None:
        """Forgets the faults of one provider, or all."""
        self._faults = [fault for fault in self._faults if provider != "all" and fault.provider != provider]

    def take(
        self, provider: str, stage: Stage, operation: Operation | None = None, recipient: str = ""
    ) -> Fault | None:
        """The first fault that strikes here and now, used up by one."""
        now = time.monotonic()
        self._faults = [fault for fault in self._faults if not fault.ends_at or now < fault.ends_at]
        for fault in self._faults:
            if fault.concerns(provider, stage, operation, recipient) and self._random.random() < fault.probability:
                self._use(fault, provider)
                return fault
        return None

    def _use(self, fault: Fault, provider: str) -> None:
        self.struck[(provider, fault.kind)] += 1
        if fault.count:
            fault.count -= 1
            if fault.count == 0:
                self._faults.remove(fault)
