"""relay.toml for a test: the one place of the harness that knows the names of settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from .clouds import AWS, INTERNET, SNS, SOCIAL, SQS, TWILIO, CloudSim

Value: TypeAlias = str | int | float | bool | list[str]
Table: TypeAlias = dict[str, Value]

TWILIO_SENDER = "+15550001111"
AWS_SENDER = "+15550002222"
SOCIAL_SENDER = "phone-number-id-" + "0123456789abcdef" * 2
WELCOME_SID = "HX" + "0123456789abcdef" * 2


@dataclass
class BoxSettings:
    """A box: its chain in order, and whatever differs from the defaults. Providers are named in the chain's order."""

    providers: dict[str, Table] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)  # by name: "listen", "chain", "uplink"

    def with_table(self, name: str, **values: Value) -> BoxSettings:
        """The same box with some settings of one table given or replaced."""
        table = {**self.tables.get(name, {}), **values}
        return BoxSettings(dict(self.providers), {**self.tables, name: table})

    def with_provider(self, name: str, **values: Value) -> BoxSettings:
        """The same box with some settings of one provider given or replaced."""
        return BoxSettings({**self.providers, name: {**self.providers[name], **values}}, dict(self.tables))

    def render(self, directory: Path) -> str:
        """The file's text. The box keeps everything in `directory` and listens on a port that it chooses."""
        tables: dict[str, Table] = {
            "listen": {"address": "127.0.0.1:0"},
            "storage": {"path": str(directory / "outbox.db")},
            "admin": {"socket": str(directory / "admin.sock")},
            "chain": self._chain(),
        }
        for name, values in self.tables.items():
            tables[name] = {**tables.get(name, {}), **values}
        tables |= {f"providers.{name}": values for name, values in self.providers.items()}
        return "\n".join(_table_text(name, values) for name, values in tables.items())

    def _chain(self) -> Table:
        """The providers by channel, in their order."""
        of_whatsapp = [name for name, table in self.providers.items() if str(table["kind"]).endswith("-whatsapp")]
        chain: Table = {"sms": [name for name in self.providers if name not in of_whatsapp]}
        return {**chain, "whatsapp": of_whatsapp} if of_whatsapp else chain


def _table_text(name: str, values: Table) -> str:
    lines = [f"{key} = {_value_text(value)}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _value_text(value: Value) -> str:
    # JSON's strings, numbers, booleans and arrays of them are TOML too.
    return json.dumps(value, ensure_ascii=False)


def twilio(clouds: CloudSim, **more: Value) -> Table:
    """The simulated Twilio as a provider."""
    account = clouds.credentials("twilio")
    return {
        "kind": "twilio",
        "account_sid": account["account_sid"],
        "auth_token": account["auth_token"],
        "from": TWILIO_SENDER,
        **_reach(clouds, TWILIO, "api.twilio.com"),
        **more,
    }


def bridge(**more: Value) -> Table:
    """The bridge as a provider: it has the credentials, the box has none."""
    return {"kind": "bridge", **more}


def chain_of(**providers: Table) -> str:
    """A tenant's chain at the bridge, in TOML: these providers, in this order. Twilio's token is the tenant's credential."""
    tables = {"chain": {"sms": list(providers)}}
    for name, values in providers.items():
        tables[f"providers.{name}"] = {key: value for key, value in values.items() if key != "auth_token"}
    return "\n".join(_table_text(name, values) for name, values in tables.items())


def twilio_whatsapp(clouds: CloudSim, **more: Value) -> Table:
    """The simulated Twilio as a provider of WhatsApp."""
    return {**twilio(clouds), "kind": "twilio-whatsapp", "templates": [f"welcome={WELCOME_SID}"], **more}


def aws_whatsapp(clouds: CloudSim, **more: Value) -> Table:
    """The simulated End User Messaging Social as a provider of WhatsApp."""
    return {
        "kind": "aws-whatsapp",
        "phone_number_id": SOCIAL_SENDER,
        "templates": ["welcome=welcome_v2:en_US"],
        **_aws_account(clouds),
        **_reach(clouds, SOCIAL, "social-messaging.us-east-1.amazonaws.com"),
        **more,
    }


def aws(clouds: CloudSim, **more: Value) -> Table:
    """The simulated End User Messaging as a provider."""
    own: Table = {"kind": "aws-sms", "origination_identity": AWS_SENDER}
    return {**own, **_aws_account(clouds), **_reach(clouds, AWS, "sms-voice.us-east-1.amazonaws.com"), **more}


def sqs(clouds: CloudSim, **more: Value) -> Table:
    """[sqs]: the simulated queue."""
    return {
        "queue_url": "https://sqs.us-east-1.amazonaws.com/123456789012/edge-relay",
        "wait": "1s",
        **_aws_account(clouds),
        **_reach(clouds, SQS, "sqs.us-east-1.amazonaws.com"),
        **more,
    }


def sns(clouds: CloudSim, **more: Value) -> Table:
    """The simulated SNS as a provider."""
    return {"kind": "aws-sns", **_aws_account(clouds), **_reach(clouds, SNS, "sns.us-east-1.amazonaws.com"), **more}


def modem(link: Path, **more: Value) -> Table:
    """A modem at a device path."""
    return {"kind": "modem", "device": str(link), **more}


def uplink(clouds: CloudSim) -> Table:
    """A watch over the simulated internet that sees it go and come within a second."""
    return {
        "targets": [f"127.0.0.1:{clouds.port(INTERNET)}"],
        "interval": "200ms",
        "retry_interval": "100ms",
        "timeout": "500ms",
        "failures_to_down": 2,
        "successes_to_up": 2,
    }


def quick_breakers() -> dict[str, Any]:
    """Values for [chain]: a provider that heals is noticed within a second instead of a minute."""
    return {"probe_interval": "1s"}


def _aws_account(clouds: CloudSim) -> Table:
    account = clouds.credentials("aws")
    return {
        "region": "us-east-1",
        "access_key_id": account["access_key_id"],
        "secret_access_key": account["secret_access_key"],
    }


def _reach(clouds: CloudSim, cloud: str, host: str) -> Table:
    # The real host name: certificate, Host header and signature are checked as in production.
    return {"ca_file": clouds.ca_file, "connect_to": [f"{host}:443:127.0.0.1:{clouds.port(cloud)}"]}
