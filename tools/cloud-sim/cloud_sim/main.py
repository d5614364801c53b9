"""Command line of cloud-sim."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path

from .control import ControlServer
from .sigv4 import Credentials
from .simulator import CloudSimulator, SimulatorOptions
from .twilio import TwilioAccount


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="cloud-sim", description="Simulated Twilio and AWS for Edge Relay; see README.md."
    )
    parser.add_argument("--dir", type=Path, required=True, help="working directory: certificates and the log")
    parser.add_argument("--log", type=Path, help="JSON lines of accepted messages (default DIR/accepted.jsonl)")
    parser.add_argument("--seed", type=int, default=1, help="of faults with a probability")
    parser.add_argument("--twilio-account-sid", default="AC" + "0123456789abcdef" * 2)
    parser.add_argument("--twilio-auth-token", default="12345678901234567890123456789012")
    parser.add_argument("--twilio-api-key-sid", default="", help="accepted too, with its secret")
    parser.add_argument("--twilio-api-key-secret", default="")
    parser.add_argument("--aws-access-key-id", default="AKIAIOSFODNN7EXAMPLE")
    parser.add_argument("--aws-secret-access-key", default="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    parser.add_argument("--aws-session-token", default="")
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> SimulatorOptions:
    return SimulatorOptions(
        directory=arguments.dir,
        log=arguments.log or arguments.dir / "accepted.jsonl",
        twilio=TwilioAccount(
            arguments.twilio_account_sid,
            arguments.twilio_auth_token,
            arguments.twilio_api_key_sid,
            arguments.twilio_api_key_secret,
        ),
        aws=Credentials(arguments.aws_access_key_id, arguments.aws_secret_access_key, arguments.aws_session_token),
        seed=arguments.seed,
    )


async def _run(options: SimulatorOptions) -> None:
    quit_event = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, quit_event.set)
    simulator = CloudSimulator(options)
    control = ControlServer(simulator, quit_event)
    await simulator.start()
    await control.listener.up()
    print(json.dumps({**simulator.ready(), "control": control.listener.port}), flush=True)
    await quit_event.wait()
    control.listener.close()
    simulator.close()


def main() -> int:
    """Runs until SIGTERM, SIGINT or POST /quit."""
    options = _options(_arguments())
    options.directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(options))
    return 0
