"""The composition root: clouds, faults, ledger and what the control endpoint may do with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .aws import EndUserMessaging, SimpleNotificationService
from .aws_social import SocialMessaging
from .aws_sqs import SimpleQueueService
from .certificates import make_certificates
from .clock import CloudClock
from .exchange import ProviderServer, accept_and_close
from .faults import BadFault, FaultBoard, fault_from
from .ledger import Ledger
from .listener import LoopbackListener
from .provider import SimulatedProvider
from .sigv4 import Credentials
from .twilio import Twilio, TwilioAccount
from .webhooks import TopicSigner, WebhookSender

INTERNET = "internet"


@dataclass(frozen=True)
class SimulatorOptions:
    """What is fixed at start."""

    directory: Path
    log: Path
    twilio: TwilioAccount
    aws: Credentials
    seed: int


class CloudSimulator:
    """All simulated clouds, each on its own loopback port."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._certificates = make_certificates(options.directory)
        self._clock = CloudClock()
        self._board = FaultBoard(options.seed)
        self.ledger = Ledger(options.log)
        self.webhooks = WebhookSender()
        self._signer = TopicSigner(options.directory)
        self._twilio = Twilio(options.twilio, self.ledger, self._clock, self.webhooks)
        self._sqs = SimpleQueueService(options.aws, self._clock)
        providers: list[SimulatedProvider] = [
            self._twilio,
            EndUserMessaging(options.aws, self.ledger, self._clock),
            SimpleNotificationService(options.aws, self.ledger, self._clock, self._signer),
            SocialMessaging(options.aws, self.ledger, self._clock),
            self._sqs,
        ]
        self._servers = {p.name: ProviderServer(p, self._board, self._clock, self._certificates) for p in providers}
        self._listeners = {name: server.listener for name, server in self._servers.items()}
        self._listeners[INTERNET] = LoopbackListener(accept_and_close)
        self._returns: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """All clouds up."""
        for listener in self._listeners.values():
            await listener.up()

    def close(self) -> None:
        """Ends everything."""
        self.webhooks.close()
        for task in self._returns:
            task.cancel()
        for listener in self._listeners.values():
            listener.close()
        self.ledger.close()

    def ready(self) -> dict[str, Any]:
        """What a test needs to know to use it."""
        return {
            "ports": {name: listener.port for name, listener in self._listeners.items()},
            "ca": str(self._certificates.ca_path),
            "log": str(self._options.log),
            "twilio": {"account_sid": self._options.twilio.sid, "auth_token": self._options.twilio.auth_token},
            "aws": {
                "access_key_id": self._options.aws.access_key_id,
                "secret_access_key": self._options.aws.secret_access_key,
                "session_token": self._options.aws.session_token,
            },
        }

    def plan_fault(self, values: dict[str, Any]) -> None:
        """`refuse` closes the port for a while; everything else goes to the board."""
        if values.get("kind") == "refuse":
            self.down(str(values.get("provider", "all")), int(values.get("duration_ms", 0)))
            return
        try:
            fault = fault_from(values)
        except TypeError as problem:
            raise BadFault(str(problem)) from problem
        if fault.provider != "all" and fault.provider not in self._servers:
            raise BadFault(f"unknown provider {fault.provider!r}; known are {', '.join(self._servers)}")
        self._board.plan(fault)

    def clear(self, provider: str) -> None:
        """Forgets planned faults. Hanging connections hang on: their peers gave them up or will."""
        self._board.clear(provider)

    def down(self, provider: str, duration_ms: int) -> None:
        """Refuses connections, for a while or until `up`."""
        for listener in self._chosen(provider):
            listener.down()
        if duration_ms:
            task = asyncio.create_task(self._return_after(provider, duration_ms))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def up(self, provider: str) -> None:
        """Accepts connections again, at the same ports."""
        for listener in self._chosen(provider):
            await listener.up()

    def set(self, values: dict[str, Any]) -> None:
        """Changes `clock_offset_s` or one of Twilio's behaviours."""
        known = {field.name for field in fields(self._twilio.behaviour)}
        if unknown := set(values) - known - {"clock_offset_s"}:
            raise BadFault(
                f"unknown setting {sorted(unknown)[0]!r}; known are clock_offset_s, {', '.join(sorted(known))}"
            )
        for name, value in values.items():
            if name == "clock_offset_s":
                self._clock.offset_s = float(value)
            else:
                setattr(self._twilio.behaviour, name, value)

    def receive(self, values: dict[str, Any]) -> str:
        """An inbound message by Twilio's webhook; its SID."""
        return self._twilio.receive(str(values["url"]), str(values["from"]), str(values["to"]), str(values["text"]))

    def publish(self, values: dict[str, Any]) -> None:
        """An SNS notification to a webhook."""
        headers, body = self._signer.call(
            str(values["topic"]), str(values["message"]), str(values.get("version", "2"))
        )
        self.webhooks.post(str(values["url"]), headers, body)

    def enqueue(self, values: dict[str, Any]) -> None:
        """Messages into the SQS queue, as a topic delivers them."""
        self._sqs.visibility_ms = int(values.get("visibility_ms", 0))
        for message in values["messages"]:
            self._sqs.put(message, bool(values.get("raw", False)))

    def queued(self) -> int:
        """Messages of the SQS queue that were not deleted."""
        return self._sqs.left()

    def stats(self) -> dict[str, Any]:
        """Counters per cloud."""
        struck = self._board.struck
        figures: dict[str, Any] = {
            name: {
                "up": listener.is_up,
                "open_connections": listener.connections,
                **self._counts(name),
                "faults": {kind: count for (provider, kind), count in struck.items() if provider == name},
            }
            for name, listener in self._listeners.items()
        }
        return figures | {"webhooks": dict(self.webhooks.counts)}

    def _counts(self, name: str) -> dict[str, int]:
        return dict(self._servers[name].counts) if name in self._servers else {}

    async def _return_after(self, provider: str, duration_ms: int) -> None:
        await asyncio.sleep(duration_ms / 1000)
        await self.up(provider)

    def _chosen(self, provider: str) -> list[LoopbackListener]:
        if provider == "all":
            return list(self._listeners.values())
        if provider not in self._listeners:
            raise BadFault(f"unknown provider {provider!r}; known are all, {', '.join(self._listeners)}")
        return [self._listeners[provider]]
