#!/usr/bin/python3
"""What the simulated clouds make of WhatsApp messages (facts: cloud-apis.md 2 and 6), without a network."""

import base64
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cloud_sim.aws_social import SocialMessaging
from cloud_sim.clock import CloudClock
from cloud_sim.ledger import Ledger, Submission
from cloud_sim.sigv4 import Credentials, Scope, SignedRequest, canonical_request, signature
from cloud_sim.twilio import Twilio, TwilioAccount
from cloud_sim.webhooks import WebhookSender
from cloud_sim.wire import Request, Response

ACCOUNT = TwilioAccount("AC" + "0" * 32, "token")
AWS = Credentials("AKIDEXAMPLE", "secret")
TEMPLATE = "HX" + "0" * 32
PATH = "/v1/whatsapp/send"


class WithLedger(unittest.TestCase):
    """Each test has its own ledger and clock."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.ledger = Ledger(Path(directory.name) / "accepted.jsonl")
        self.addCleanup(self.ledger.close)
        self.clock = CloudClock()


class TwilioWhatsApp(WithLedger):
    """Messages.json with addresses of WhatsApp."""

    def setUp(self) -> None:
        super().setUp()
        self.twilio = Twilio(ACCOUNT, self.ledger, self.clock, WebhookSender())
        self.path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages"

    def ask(self, method: str, path: str, body: bytes = b"") -> Submission | Response:
        token = base64.b64encode(f"{ACCOUNT.sid}:token".encode()).decode()
        headers = [("Authorization", f"Basic {token}"), ("Content-Type", "application/x-www-form-urlencoded")]
        return self.twilio.judge(Request(method, path, "", headers, body))

    def create(self, **form: str) -> dict[str, Any]:
        values = {"To": "whatsapp:+15551230001", "From": "whatsapp:+15550001111"} | form
        verdict = self.ask("POST", f"{self.path}.json", urlencode(values).encode())
        answer = self.twilio.accept(verdict, "") if isinstance(verdict, Submission) else verdict
        body: dict[str, Any] = json.loads(answer.body)
        return body

    def later(self, sid: str) -> dict[str, Any]:
        self.clock.offset_s = 60
        answer = self.ask("GET", f"{self.path}/{sid}.json")
        assert isinstance(answer, Response)
        body: dict[str, Any] = json.loads(answer.body)
        return body

    def test_each_content(self) -> None:
        self.create(Body="hello")
        self.create(MediaUrl="https://x/a.png", Body="look")
        self.create(ContentSid=TEMPLATE, ContentVariables='{"1":"Ann"}')
        self.assertEqual(
            ["hello", "[media https://x/a.png] look", f'[template {TEMPLATE}] {{"1":"Ann"}}'],
            [entry.text for entry in self.ledger.accepted],
        )

    def test_refused(self) -> None:
        for form, code in (
            ({"Body": ""}, 21602),
            ({"Body": "x", "From": "+15550001111"}, 21910),
            ({"Body": "x", "To": "+15551230001"}, 21910),
            ({"MediaUrl": "http://x/"}, 21620),
            ({"ContentSid": "HX1"}, 21655),
            ({"ContentSid": TEMPLATE, "ContentVariables": "[]"}, 21656),
            ({"ContentSid": TEMPLATE, "ContentVariables": '{"1":""}'}, 21656),
            ({"ContentSid": TEMPLATE, "ContentVariables": '{"1":"a     b"}'}, 21656),
        ):
            with self.subTest(form=form):
                self.assertEqual(code, self.create(**form).get("code"))
        self.assertEqual([], self.ledger.accepted)

    def test_fails_late(self) -> None:
        self.twilio.behaviour.whatsapp_error_code = 63016
        text, template = self.create(Body="hello"), self.create(ContentSid=TEMPLATE)
        self.assertEqual(("queued", None), (text["status"], text["error_code"]))
        self.assertEqual(("failed", 63016), tuple(self.later(text["sid"])[k] for k in ("status", "error_code")))
        self.assertEqual("delivered", self.later(template["sid"])["status"])
        self.twilio.behaviour.whatsapp_error_code = 63003
        self.assertEqual(63003, self.later(template["sid"])["error_code"])


class AwsWhatsApp(WithLedger):
    """SendWhatsAppMessage."""

    def send(self, meta: object, secret: str = "secret", **parameters: object) -> tuple[int, str]:
        """The status, and the name of the error."""
        message = base64.b64encode(json.dumps(meta).encode()).decode()
        values = {
            "originationPhoneNumberId": "phone-number-id-" + "0" * 32,
            "message": message,
            "metaApiVersion": "v20.0",
        } | parameters
        body = json.dumps(values).encode()
        stamp = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
        headers = [
            ("content-type", "application/json"),
            ("host", "social-messaging.us-east-1.amazonaws.com"),
            ("x-amz-date", stamp),
        ]
        names = [name for name, _ in headers]
        scope = Scope("AKIDEXAMPLE", stamp[:8], "us-east-1", "social-messaging")
        canonical = canonical_request(SignedRequest("POST", PATH, "", headers, body), names)
        proof = signature(secret, scope, stamp, canonical)
        authorization = (
            f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={';'.join(names)}, Signature={proof}"
        )
        social = SocialMessaging(AWS, self.ledger, self.clock)
        verdict = social.judge(Request("POST", PATH, "", [*headers, ("Authorization", authorization)], body))
        answer = social.accept(verdict, "") if isinstance(verdict, Submission) else verdict
        return answer.status, answer.headers.get("x-amzn-ErrorType", "").rstrip(":")

    @staticmethod
    def meta(**members: object) -> dict[str, object]:
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+15551230001",
            "biz_opaque_callback_data": "m1",
        } | members

    def test_each_content(self) -> None:
        template = {
            "name": "w",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}],
        }
        for members, text in (
            ({"type": "text", "text": {"body": "hello"}}, "hello"),
            ({"type": "image", "image": {"link": "https://x/", "caption": "look"}}, "[image https://x/] look"),
            ({"type": "template", "template": template}, '[template w:en_US] ["Ann"]'),
        ):
            with self.subTest(text=text):
                self.assertEqual((200, ""), self.send(self.meta(**members)))
                entry = self.ledger.accepted[-1]
                self.assertEqual(("whatsapp:+15551230001", text, "m1"), (entry.to, entry.text, entry.rid))

    def test_refused(self) -> None:
        text = {"type": "text", "text": {"body": "hello"}}
        invalid = (400, "InvalidParametersException")
        self.assertEqual((403, "InvalidSignatureException"), self.send(self.meta(**text), secret="other"))
        self.assertEqual((400, "ValidationException"), self.send(self.meta(**text), originationPhoneNumberId="x"))
        self.assertEqual((400, "ValidationException"), self.send(self.meta(**text), metaApiVersion="20"))
        self.assertEqual((400, "ValidationException"), self.send(self.meta(**text), message="%"))
        self.assertEqual(invalid, self.send(self.meta(type="text", text={"body": ""})))
        self.assertEqual(invalid, self.send(self.meta(type="text", text={"body": "x"}, to="nobody")))
        self.assertEqual(invalid, self.send(self.meta(type="audio", audio={"link": "https://x/", "caption": "x"})))
        self.assertEqual(invalid, self.send(self.meta(type="image", image={"link": "http://x/"})))
        self.assertEqual(invalid, self.send(self.meta(type="template", template={"name": "x"})))
        self.assertEqual([], self.ledger.accepted)


if __name__ == "__main__":
    unittest.main()
