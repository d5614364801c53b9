"""The calls that the clouds make: signed as the real ones sign them, and made again until they are taken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

RETRY_PAUSE_S = 0.2
MAX_TRIES = 600
CERTIFICATE_PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


class WebhookSender:
    """Posts in the order of the calls, each until it is answered 2xx; one that is refused (4xx) is given up."""

    def __init__(self) -> None:
        self.counts = {"waiting": 0, "tries": 0, "taken": 0, "refused": 0, "given_up": 0}
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, url: str, headers: dict[str, str], body: bytes, delay_s: float = 0.0) -> None:
        """Returns at once."""
        self.counts["waiting"] += 1
        task = asyncio.create_task(self._deliver(url, headers, body, delay_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Gives up what was not taken."""
        for task in self._tasks:
            task.cancel()

    async def _deliver(self, url: str, headers: dict[str, str], body: bytes, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        fate = "given_up"
        for _ in range(MAX_TRIES):
            self.counts["tries"] += 1
            status = await asyncio.to_thread(_post_once, url, headers, body)
            if 200 <= status < 500:
                fate = "taken" if status < 300 else "refused"
                break
            await asyncio.sleep(RETRY_PAUSE_S)
        self.counts["waiting"] -= 1
        self.counts[fate] += 1


def _post_once(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status; 503 when nobody answers."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 503


def twilio_call(url: str, form: dict[str, str], auth_token: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a call as Twilio makes it."""
    text = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature,
        "User-Agent": "TwilioProxy/1.1",
    }
    return headers, urlencode(form).encode()


class TopicSigner:
    """Signs as SNS does. Its key and certificate are made when they are first needed: RSA keys take a while."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def certificate(self) -> bytes:
        """PEM, as SNS serves it."""
        self._make()
        return (self._directory / "sns-signer.pem").read_bytes()

    def call(self, topic: str, message: str, version: str = "2") -> tuple[dict[str, str], bytes]:
        """Headers and body of a notification."""
        self._make()
        region = topic.split(":")[3]
        now = datetime.now(timezone.utc)
        envelope: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": secrets.token_hex(16),
            "TopicArn": topic,
            "Message": message,
            "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
            "SignatureVersion": version,
            "SigningCertURL": f"https://sns.{region}.amazonaws.com{CERTIFICATE_PATH}",
        }
        signed = "".join(
            f"{key}\n{envelope[key]}\n" for key in ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
        )
        digest = "-sha256" if version == "2" else "-sha1"
        signature = self._openssl("dgst", digest, "-sign", "sns-signer.key", text=signed.encode())
        envelope["Signature"] = base64.b64encode(signature).decode()
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": "Notification",
            "x-amz-sns-topic-arn": topic,
        }
        return headers, json.dumps(envelope).encode()

    def _make(self) -> None:
        if (self._directory / "sns-signer.pem").exists():
            return
        self._openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sns.amazonaws.com",
            "-keyout", "sns-signer.key", "-out", "sns-signer.csr",
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", "sns-signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-out", "sns-signer.pem",
        )  # fmt: skip

    def _openssl(self, *arguments: str, text: bytes = b"") -> bytes:
        result = subprocess.run(
            ["openssl", *arguments], cwd=self._directory, input=text, capture_output=True, check=False
        )
        if result.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed: {result.stderr.decode().strip()}")
        return result.stdout
