#!/usr/bin/python3
"""The verifier against requests signed by AWS's own @smithy/signature-v4 (facts: cloud-apis.md 3.4)."""

import hashlib
import unittest
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from cloud_sim.sigv4 import Credentials, Flaw, SignatureVerifier, SignedRequest, canonical_request

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE=="
SIGNED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def signed(service: str, path: str, body: str, signature: str, headers: list[tuple[str, str]]) -> SignedRequest:
    """A request of 2026-01-02T03:04:05Z with its Authorization header."""
    headers = [("Host", f"{service}.us-east-1.amazonaws.com"), ("X-Amz-Date", "20260102T030405Z"), *headers]
    names = ";".join(sorted(name.lower() for name, _ in headers))
    credential = f"AKIDEXAMPLE/20260102/us-east-1/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return SignedRequest("POST", path, "", [*headers, ("Authorization", authorization)], body.encode())


SNS = signed(
    "sns",
    "/",
    "Action=Publish&Version=2010-03-31&PhoneNumber=%2B15551230001&Message=Gr%C3%BC%C3%9Fe%20%E2%82%AC",
    "eb9b5a19098fe54dae9d6c2f209679bd2edede0032b04277ed5331d9fe855b02",
    [("Content-Type", "application/x-www-form-urlencoded")],
)
EUM = signed(
    "sms-voice",
    "/",
    '{"DestinationPhoneNumber":"+15551230001","MessageBody":"Grüße"}',
    "2b3211b33ef2b7710913cf3b94888f50f0ef0e20fa904b4f23a2c304ba10e677",
    [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("X-Amz-Security-Token", TOKEN),
        ("X-Amz-Target", "PinpointSMSVoiceV2.SendTextMessage"),
    ],
)
SOCIAL = signed(
    "social-messaging",
    "/v1/whatsapp/send",
    '{"originationPhoneNumberId":"phone-number-id-0123","message":"e30=","metaApiVersion":"v20.0"}',
    "4783f5c992691e1b25e34ef640d00d5946fc706f04a5f0a4e6990255e062cd95",
    [("Content-Type", "application/json")],
)


def flaw(
    request: SignedRequest, service: str = "sns", now: datetime = SIGNED_AT, credentials: Credentials = CREDENTIALS
) -> Flaw | None:
    """What the verifier says of a request."""
    refusal = SignatureVerifier(credentials, service).refusal(request, now)
    return refusal.flaw if refusal else None


class Vectors(unittest.TestCase):
    """Requests that AWS's own library signed."""

    def test_canonical_hashes(self) -> None:
        for request, headers, expected in (
            (SNS, "content-type;host;x-amz-date", "40119158a4333c1cce2a8332ecfe3f440e6260a4c2f37178689581b64f4225b1"),
            (
                EUM,
                "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
                "a4af8363fc8f3bf52d8507003808ea8f28fb4b84540c0dd40ee1cb552aff8e32",
            ),
            (
                SOCIAL,
                "content-type;host;x-amz-date",
                "a1dced1701ad395e9b43fb97c89ddf470c1152ba4e0c919e52fa1874941cc591",
            ),
        ):
            with self.subTest(host=request.value("host")):
                canonical = canonical_request(request, headers.split(";"))
                self.assertEqual(expected, hashlib.sha256(canonical.encode()).hexdigest())

    def test_signatures_are_believed(self) -> None:
        self.assertIsNone(flaw(SNS))
        self.assertIsNone(flaw(EUM, "sms-voice", credentials=replace(CREDENTIALS, session_token=TOKEN)))
        self.assertIsNone(flaw(SOCIAL, "social-messaging"))

    def test_header_blanks_and_case_do_not_matter(self) -> None:
        headers = [(name.upper(), f"  {value} ") for name, value in SNS.headers]
        self.assertIsNone(flaw(replace(SNS, headers=headers)))


class Forgeries(unittest.TestCase):
    """One thing wrong at a time."""

    def test_one_changed_body_byte(self) -> None:
        self.assertEqual(Flaw.MISMATCH, flaw(replace(SNS, body=SNS.body.replace(b"0001", b"0002"))))

    def test_other_secret(self) -> None:
        self.assertEqual(Flaw.MISMATCH, flaw(SNS, credentials=Credentials("AKIDEXAMPLE", "other")))

    def test_other_key(self) -> None:
        self.assertEqual(
            Flaw.UNKNOWN_KEY, flaw(SNS, credentials=Credentials("AKIDOTHER", CREDENTIALS.secret_access_key))
        )

    def test_token_missing_or_surplus(self) -> None:
        self.assertEqual(Flaw.UNKNOWN_KEY, flaw(SNS, credentials=replace(CREDENTIALS, session_token=TOKEN)))
        self.assertEqual(Flaw.UNKNOWN_KEY, flaw(EUM, "sms-voice"))

    def test_other_service(self) -> None:
        self.assertEqual(Flaw.MISMATCH, flaw(SNS, "sms-voice"))

    def test_other_region_than_the_host(self) -> None:
        headers = [(name, value.replace("us-east-1.", "eu-west-1.")) for name, value in SNS.headers]
        self.assertEqual(Flaw.MISMATCH, flaw(replace(SNS, headers=headers)))

    def test_unsigned_amz_header(self) -> None:
        self.assertEqual(Flaw.MISMATCH, flaw(replace(SNS, headers=[*SNS.headers, ("X-Amz-Extra", "1")])))

    def test_untrue_content_hash(self) -> None:
        headers = [
            (name, value.replace("x-amz-date,", "x-amz-content-sha256;x-amz-date,")) for name, value in SNS.headers
        ]
        headers = [
            (name, value.replace("host;x-amz-date", "host;x-amz-content-sha256;x-amz-date")) for name, value in headers
        ]
        request = replace(SNS, headers=[*headers, ("X-Amz-Content-Sha256", "0" * 64)])
        refusal = SignatureVerifier(CREDENTIALS, "sns").refusal(request, SIGNED_AT)
        assert refusal is not None
        self.assertIn("x-amz-content-sha256", refusal.message)

    def test_missing_and_mangled_authorization(self) -> None:
        without = [header for header in SNS.headers if header[0] != "Authorization"]
        self.assertEqual(Flaw.MISSING, flaw(replace(SNS, headers=without)))
        self.assertEqual(
            Flaw.INCOMPLETE, flaw(replace(SNS, headers=[*without, ("Authorization", "AWS4-HMAC-SHA256 nonsense")]))
        )

    def test_clock(self) -> None:
        self.assertIsNone(flaw(SNS, now=SIGNED_AT + timedelta(minutes=5)))
        self.assertEqual(Flaw.EXPIRED, flaw(SNS, now=SIGNED_AT + timedelta(minutes=5, seconds=1)))
        self.assertEqual(Flaw.EXPIRED, flaw(SNS, now=SIGNED_AT - timedelta(minutes=5, seconds=1)))


if __name__ == "__main__":
    unittest.main()
