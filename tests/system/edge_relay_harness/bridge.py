"""The bridge: the real edge-bridged with its own folder, settings and store."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import subprocess
from pathlib import Path
from typing import Any

from . import paths
from .clouds import CloudSim
from .process import Program
from .waiting import eventually

ACCOUNT_TENANT = "acme"


class Bridge:
    """One bridge, or one node of it, over all its restarts, at ports that stay. Not started until start().

    Nodes have the store's URL, the public URL and the master key in common.
    """

    def __init__(
        self, directory: Path, clouds: CloudSim, store: str = "", public_url: str = "", master_key: str = ""
    ) -> None:
        self.directory = directory
        self.port, self.link_port = free_port(), free_port()
        self.runs: list[Program] = []
        self._clouds = clouds
        self._public_url = public_url
        sns_port = clouds.port("aws-sns")
        clouds_folder = Path(clouds.ca_file).parent
        (directory / "bridge.toml").touch(mode=0o600)
        (directory / "bridge.toml").write_text(
            f"""
[listen]
address = "127.0.0.1:{self.port}"
public_url = "{self.url}"
[link]
address = "127.0.0.1:{self.link_port}"
tls_certificate_file = "{clouds_folder}/leaf.pem"
tls_key_file = "{clouds_folder}/leaf.key"
[admin]
socket = "{directory}/admin.sock"
[storage]
path = "{directory}/bridge.db"
{f'store = "{store}"' if store else ""}
[sending]
directory = "{directory}"
hold = "3s"
hold_urgent = "2s"
[sealing]
master_key = "{master_key or secrets.token_hex(32)}"
[sns]
ca_file = "{clouds.ca_file}"
roots_file = "{clouds.ca_file}"
connect_to = ["sns.eu-west-1.amazonaws.com:443:127.0.0.1:{sns_port}"]
""",
            encoding="utf-8",
        )

    @property
    def url(self) -> str:
        """The public URL."""
        return self._public_url or f"http://127.0.0.1:{self.port}"

    @property
    def link_url(self) -> str:
        """Where boxes dial in."""
        return f"https://localhost:{self.link_port}"

    def webhook(self, name: str) -> str:
        """The URL that a provider calls."""
        return f"{self.url}/api/webhooks/{name}"

    def start(self) -> Bridge:
        """Starts it and waits until it listens."""
        self.launch()
        return self.wait_until_it_listens()

    def launch(self) -> None:
        """Starts it."""
        command: list[str | Path] = [paths.program("edge-bridged"), "--config", self.directory / "bridge.toml"]
        self.runs.append(Program("edge-bridged", command))

    def wait_until_it_listens(self) -> Bridge:
        """After launch()."""
        self.runs[-1].wait_for_line(r"\blistening\b", timeout_s=30)
        return self

    def kill9(self) -> None:
        """SIGKILL."""
        self.runs[-1].kill()

    def stop(self) -> None:
        """SIGTERM; an unclean end is an error."""
        status = self.runs[-1].terminate()
        if status != 0:
            raise AssertionError(f"edge-bridged ended with status {status} after SIGTERM\n{self.runs[-1].tail()}")

    def end(self) -> None:
        """Ends whatever still runs."""
        for run in self.runs:
            if run.is_running():
                run.kill()

    def control(self, *arguments: str, text: str = "") -> Any:
        """Runs edge-bridgectl; what it printed, parsed."""
        command = [str(paths.program("edge-bridgectl")), "--socket", f"{self.directory}/admin.sock", *arguments]
        result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20, check=False)
        if result.returncode != 0:
            raise AssertionError(f"edge-bridgectl {' '.join(arguments)}: {result.stderr}{result.stdout}")
        return json.loads(result.stdout)

    def make_tenant(self, box: str, *numbers: str) -> dict[str, str]:
        """A tenant with the simulated Twilio account and a box; the settings of that box's table "bridge"."""
        account = self._clouds.credentials("twilio")
        self.control("tenant", "add", ACCOUNT_TENANT)
        code = self.control("box", "invite", ACCOUNT_TENANT, box)["code"]
        self.control(
            *("credential", "put", ACCOUNT_TENANT, "twilio", account["account_sid"], "--secret-file", "-"),
            text=account["auth_token"],
        )
        for number in numbers:
            self.control("route", "put", ACCOUNT_TENANT, "number", number, box)
        return {
            "url": self.link_url,
            "enrol_url": self.url,
            "enrolment_code": code,
            "ca_file": self._clouds.ca_file,
        }

    def send_by(self, chain: str, tenant: str = ACCOUNT_TENANT) -> None:
        """Gives the tenant a chain: from now on the bridge sends for its boxes."""
        self.control("chain", "put", tenant, "--file", "-", text=chain)

    def events(self) -> list[dict[str, Any]]:
        """The tenant's events, oldest first."""
        events: list[dict[str, Any]] = self.control("events", ACCOUNT_TENANT)["events"]
        return events[::-1]

    def log(self, word: str) -> list[str]:
        """What all runs said with this word in it."""
        return [line for run in self.runs for line in run.lines if word in line]

    def wait_for_enrolment(self, box: str) -> None:
        """Until the box has its certificate and asked once."""

        def is_here() -> bool:
            boxes = self.control("box", "list", ACCOUNT_TENANT)["boxes"]
            return any(one["name"] == box and one["seen_at"] for one in boxes)

        eventually("the box to be enrolled", is_here, timeout_s=30)

    def call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
        """A request to the public side; its status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().status
        finally:
            connection.close()


def free_port() -> int:
    """One of loopback's that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
