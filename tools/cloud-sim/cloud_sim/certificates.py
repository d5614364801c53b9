"""A certificate authority of our own, so that the relay's certificate and host name checks stay on in every test."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")
HOST_NAMES = (
    ["api.twilio.com", "localhost"]
    + [f"sms-voice.{region}.amazonaws.com" for region in REGIONS]
    + [f"sns.{region}.amazonaws.com" for region in REGIONS]
    + [f"sqs.{region}.amazonaws.com" for region in REGIONS]
    + [f"social-messaging.{region}.amazonaws.com" for region in REGIONS]
)
_KEY_OPTIONS = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True)
class Certificates:
    """The authority's certificate and two server contexts: one that it vouches for, one that nobody does."""

    ca_path: Path
    trusted: ssl.SSLContext
    untrusted: ssl.SSLContext


def make_certificates(directory: Path) -> Certificates:
    """Makes authority, leaf and a self-signed impostor of the same names in `directory`."""
    names = ",".join(["IP:127.0.0.1"] + [f"DNS:{name}" for name in HOST_NAMES])
    _openssl(
        directory,
        "req",
        "-x509",
        *_KEY_OPTIONS,
        "-days",
        "30",
        "-subj",
        "/CN=Edge Relay simulated CA",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    )
    _openssl(directory, "req", *_KEY_OPTIONS, "-subj", "/CN=simulated cloud", "-keyout", "leaf.key", "-out", "leaf.csr")
    (directory / "leaf.ext").write_text(
        f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
    )
    _openssl(
        directory,
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        "leaf.ext",
        "-out",
        "leaf.pem",
    )
    _openssl(
        directory,
        "req",
        "-x509",
        *_KEY_OPTIONS,
        "-days",
        "30",
        "-subj",
        "/CN=impostor",
        "-addext",
        f"subjectAltName={names}",
        "-keyout",
        "impostor.key",
        "-out",
        "impostor.pem",
    )
    return Certificates(directory / "ca.pem", _context(directory, "leaf"), _context(directory, "impostor"))


def _context(directory: Path, stem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / f"{stem}.pem", directory / f"{stem}.key")
    return context


def _openssl(directory: Path, *arguments: str) -> None:
    result = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {result.stderr.strip()}")
