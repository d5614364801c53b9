"""The port between the exchange (faults, connections) and a provider's dialect."""

from __future__ import annotations

from typing import Protocol

from .faults import Fault, Operation
from .ledger import Submission
from .wire import Request, Response


class SimulatedProvider(Protocol):
    """One provider's way of talking. `judge` changes nothing: a fault can strike between judging and accepting."""

    name: str

    def operation(self, request: Request) -> Operation:
        """What the request wants, without checking it."""

    def judge(self, request: Request) -> Submission | Response:
        """A submission to accept, or the final answer to anything else."""

    def accept(self, submission: Submission, fault: str) -> Response:
        """Takes the message into the ledger and makes the success answer."""

    def error_answer(self, fault: Fault) -> Response:
        """The provider's shape of the errors `throttle`, `server_error`, `credentials` and `error`."""
