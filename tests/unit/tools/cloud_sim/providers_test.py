#!/usr/bin/python3
"""The providers' answers as documented (facts: cloud-apis.md 2, 4, 5), without a network."""

import base64
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cloud_sim.aws import EndUserMessaging, SimpleNotificationService
from cloud_sim.clock import CloudClock
from cloud_sim.faults import Fault
from cloud_sim.ledger import Ledger, Submission
from cloud_sim.sigv4 import Credentials, Scope, SignedRequest, canonical_request, signature
from cloud_sim.twilio import Twilio, TwilioAccount
from cloud_sim.webhooks import TopicSigner, WebhookSender
from cloud_sim.wire import Request, Response

ACCOUNT = TwilioAccount("AC" + "0" * 32, "token", "SK" + "1" * 32, "secret")
AWS = Credentials("AKIDEXAMPLE", "secret")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages"


class WithLedger(unittest.TestCase):
    """Each test has its own ledger and clock."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = Path(directory.name) / "accepted.jsonl"
        self.ledger = Ledger(self.log)
        self.addCleanup(self.ledger.close)
        self.clock = CloudClock()


class TwilioAnswers(WithLedger):
    """Messages.json."""

    def setUp(self) -> None:
        super().setUp()
        self.twilio = Twilio(ACCOUNT, self.ledger, self.clock, WebhookSender())

    def request(
        self, method: str, path: str, query: str = "", user: str = f"{ACCOUNT.sid}:token", **form: str
    ) -> Request:
        headers = [("Authorization", "Basic " + base64.b64encode(user.encode()).decode())]
        if form:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return Request(method, path, query, headers, urlencode(form).encode())

    def create(self, **form: str) -> tuple[int, dict[str, Any]]:
        values = {"To": "+15551230001", "From": "+15550001111", "Body": "hello"} | form
        verdict = self.twilio.judge(self.request("POST", f"{MESSAGES}.json", **values))
        answer = self.twilio.accept(verdict, "") if isinstance(verdict, Submission) else verdict
        return answer.status, json.loads(answer.body)

    def get(self, path: str, query: str = "") -> dict[str, Any]:
        answer = self.twilio.judge(self.request("GET", path, query))
        assert isinstance(answer, Response)
        body: dict[str, Any] = json.loads(answer.body)
        return body

    def test_created(self) -> None:
        status, body = self.create(StatusCallback="https://bridge/status?rid=m1")
        self.assertEqual((201, "queued", None), (status, body["status"], body["date_sent"]))
        self.assertRegex(str(body["sid"]), "^SM[0-9a-f]{32}$")
        logged = json.loads(self.log.read_text())
        self.assertEqual(
            ("twilio", "+15551230001", "hello", "m1"), tuple(logged[k] for k in ("provider", "to", "text", "rid"))
        )

    def test_refused(self) -> None:
        for form, code in (
            ({"To": ""}, 21604),
            ({"From": ""}, 21603),
            ({"Body": ""}, 21602),
            ({"Body": "x" * 1601}, 21617),
            ({"To": "+1"}, 21211),
            ({"To": "+15005550004"}, 21610),
            ({"From": "+15005550007"}, 21606),
            ({"ValidityPeriod": "0"}, 20001),
        ):
            with self.subTest(form=form):
                status, body = self.create(**form)
                self.assertEqual((400, code, 400), (status, body["code"], body["status"]))
        self.assertEqual([], self.ledger.accepted)

    def test_authentication(self) -> None:
        for user, expected in (
            (f"{ACCOUNT.sid}:token", 200),
            (f"{ACCOUNT.api_key_sid}:secret", 200),
            (f"{ACCOUNT.sid}:no", 401),
        ):
            with self.subTest(user=user):
                answer = self.twilio.judge(self.request("GET", f"{MESSAGES}.json", user=user))
                assert isinstance(answer, Response)
                self.assertEqual(expected, answer.status)

    def test_status_follows_age(self) -> None:
        _, body = self.create()
        self.twilio.behaviour.status_delay_ms = 1000
        for age_s, status in ((0.0, "queued"), (1.5, "sent"), (2.5, "delivered")):
            self.clock.offset_s = age_s
            self.assertEqual(status, self.get(f"{MESSAGES}/{body['sid']}.json")["status"])
        self.twilio.behaviour.final_status = "undelivered"
        self.assertEqual(30005, self.get(f"{MESSAGES}/{body['sid']}.json")["error_code"])

    def test_list_filters_and_pages(self) -> None:
        for number in ("+15551230001", "+15551230002", "+15551230001", "+15551230001"):
            self.create(To=number)
        day = self.clock.now().date().isoformat()
        first = self.get(f"{MESSAGES}.json", f"To=%2B15551230001&DateSent%3E={day}&PageSize=2")
        second = self.get(*str(first["next_page_uri"]).split("?"))
        self.assertEqual(2, len(first["messages"]))
        self.assertEqual((1, None), (len(second["messages"]), second["next_page_uri"]))
        self.assertEqual([], self.get(f"{MESSAGES}.json", "DateSent%3E=2999-01-01")["messages"])

    def test_unknown_message(self) -> None:
        self.assertEqual(20404, self.get(f"{MESSAGES}/SM{'f' * 32}.json")["code"])


class AwsAnswers(WithLedger):
    """SendTextMessage and Publish."""

    def signed(self, service: str, content_type: str, body: bytes, **headers: str) -> Request:
        stamp = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
        every = [("host", f"{service}.us-east-1.amazonaws.com"), ("x-amz-date", stamp), ("content-type", content_type)]
        every += [(name.replace("_", "-"), value) for name, value in headers.items()]
        names = sorted(name for name, _ in every)
        scope = Scope("AKIDEXAMPLE", stamp[:8], "us-east-1", service)
        proof = signature("secret", scope, stamp, canonical_request(SignedRequest("POST", "/", "", every, body), names))
        authorization = (
            f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={';'.join(names)}, Signature={proof}"
        )
        return Request("POST", "/", "", [*every, ("Authorization", authorization)], body)

    def send_text(self, **parameters: object) -> tuple[int, dict[str, Any]]:
        eum = EndUserMessaging(AWS, self.ledger, self.clock)
        values = {"DestinationPhoneNumber": "+15551230001", "MessageBody": "hello"} | parameters
        request = self.signed(
            "sms-voice",
            "application/x-amz-json-1.0",
            json.dumps(values).encode(),
            x_amz_target="PinpointSMSVoiceV2.SendTextMessage",
        )
        verdict = eum.judge(request)
        answer = eum.accept(verdict, "") if isinstance(verdict, Submission) else verdict
        return answer.status, json.loads(answer.body)

    def test_send_text_message(self) -> None:
        status, body = self.send_text(Context={"rid": "m2"})
        self.assertEqual((200, ["MessageId"]), (status, list(body)))
        self.assertEqual("m2", self.ledger.accepted[0].rid)

    def test_dry_run_is_not_a_message(self) -> None:
        self.assertEqual(200, self.send_text(DryRun=True)[0])
        self.assertEqual([], self.ledger.accepted)

    def test_validation(self) -> None:
        cases: list[tuple[dict[str, Any], str]] = [
            ({"DestinationPhoneNumber": "abc"}, "DestinationPhoneNumber"),
            ({"MessageBody": "  "}, "MessageBody"),
            ({"TimeToLive": 4}, "TimeToLive"),
            ({"Context": {"a b": "x"}}, "Context"),
        ]
        for parameters, field in cases:
            with self.subTest(parameters=parameters):
                status, body = self.send_text(**parameters)
                self.assertEqual((400, "ValidationException"), (status, body["__type"]))
                self.assertEqual(field, body["Fields"][0]["Name"])

    def test_publish(self) -> None:
        sns = SimpleNotificationService(AWS, self.ledger, self.clock, TopicSigner(Path()))
        form = {"Action": "Publish", "Version": "2010-03-31", "PhoneNumber": "+15551230001", "Message": "Grüße"}
        verdict = sns.judge(self.signed("sns", "application/x-www-form-urlencoded", urlencode(form).encode()))
        assert isinstance(verdict, Submission)
        self.assertIn(b"<PublishResult><MessageId>", sns.accept(verdict, "").body)
        form["PhoneNumber"] = "0123"
        verdict = sns.judge(self.signed("sns", "application/x-www-form-urlencoded", urlencode(form).encode()))
        assert isinstance(verdict, Response)
        self.assertIn(b"<Code>InvalidParameter</Code>", verdict.body)

    def test_throttling_shapes_differ(self) -> None:
        fault = Fault(provider="all", kind="throttle")
        eum = EndUserMessaging(AWS, self.ledger, self.clock).error_answer(fault)
        sns = SimpleNotificationService(AWS, self.ledger, self.clock, TopicSigner(Path())).error_answer(fault)
        self.assertEqual((400, "ThrottlingException"), (eum.status, json.loads(eum.body)["__type"]))
        self.assertEqual(429, sns.status)
        self.assertIn(b"<Code>Throttled</Code>", sns.body)


if __name__ == "__main__":
    unittest.main()
