"""The simulated clouds (tools/cloud-sim) as a test sees them."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

from . import paths
from .process import Program

TWILIO = "twilio"
AWS = "aws-sms"
SNS = "aws-sns"
SOCIAL = "aws-whatsapp"
SQS = "aws-sqs"
INTERNET = "internet"


class CloudSim:
    """One run of cloud-sim."""

    def __init__(self, directory: Path, seed: int = 1) -> None:
        command: list[str | Path] = [paths.CLOUD_SIM, "--dir", directory, "--seed", str(seed)]
        self.program = Program("cloud-sim", command)
        ready = self.program.wait_for_line(r"^\{.*\}$")
        self._ready: dict[str, Any] = json.loads(ready[0])

    @property
    def ca_file(self) -> str:
        """Certificate authority that the clouds' certificates come from."""
        return str(self._ready["ca"])

    @property
    def log_path(self) -> Path:
        """JSON lines of all accepted messages."""
        return Path(self._ready["log"])

    @property
    def control_port(self) -> int:
        """Loopback port of the control endpoint."""
        return int(self._ready["control"])

    def port(self, cloud: str) -> int:
        """Loopback port of a cloud; it stays the same when the cloud goes down and comes back."""
        return int(self._ready["ports"][cloud])

    def credentials(self, owner: str) -> dict[str, str]:
        """What the simulated account of "twilio" or "aws" believes."""
        return dict(self._ready[owner])

    def accepted(self, provider: str = "", to: str = "") -> list[dict[str, Any]]:
        """Accepted messages in order, narrowed by provider and recipient when given."""
        query = f"/accepted?provider={provider}&to={to.replace('+', '%2B')}"
        entries: list[dict[str, Any]] = self._call("GET", query)["accepted"]
        return entries

    def stats(self, cloud: str) -> dict[str, Any]:
        """Counters of one cloud."""
        counters: dict[str, Any] = self._call("GET", "/stats")[cloud]
        return counters

    def fault(self, provider: str, kind: str, **details: Any) -> None:
        """Plans a fault (tools/cloud-sim/README.md)."""
        self._call("POST", "/fault", {"provider": provider, "kind": kind, **details})

    def clear(self, provider: str = "all") -> None:
        """Forgets planned faults."""
        self._call("POST", "/clear", {"provider": provider})

    def down(self, provider: str = "all") -> None:
        """Refuses connections and resets the open ones."""
        self._call("POST", "/down", {"provider": provider})

    def up(self, provider: str = "all") -> None:
        """Accepts connections again."""
        self._call("POST", "/up", {"provider": provider})

    def set(self, **values: Any) -> None:
        """Changes behaviour: clock_offset_s, status_delay_ms, final_status, final_error_code."""
        self._call("POST", "/set", values)

    def receive(self, webhook: str, sender: str, recipient: str, text: str) -> None:
        """Somebody writes to a number of the Twilio account: Twilio calls the webhook."""
        self._call("POST", "/receive", {"url": webhook, "from": sender, "to": recipient, "text": text})

    def enqueue(self, *messages: Any, raw: bool = False, visibility_ms: int = 500) -> None:
        """Puts messages into the SQS queue, as an SNS topic would."""
        self._call("POST", "/queue", {"messages": list(messages), "raw": raw, "visibility_ms": visibility_ms})

    def queued(self) -> int:
        """Messages of the SQS queue that are not deleted."""
        return int(self._call("GET", "/queue")["left"])

    def stop(self) -> None:
        """Ends it."""
        self.program.terminate()

    def _call(self, method: str, path: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=10)
        try:
            connection.request(method, path, json.dumps(values) if values is not None else None)
            response = connection.getresponse()
            body: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"cloud-sim refused {method} {path}: {body['error']}")
        return body
