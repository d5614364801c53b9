"""Where the programs under test and the simulators are."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
CLOUD_SIM = REPOSITORY / "tools" / "cloud-sim" / "cloud-sim"


def program(name: str) -> Path:
    """A built program: from EDGE_RELAY_BIN (CTest sets it), else from the dev preset's folder."""
    folder = Path(os.environ.get("EDGE_RELAY_BIN", REPOSITORY / "build" / "dev" / "bin"))
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not built; build it, or set EDGE_RELAY_BIN to the folder that has {name}")
    return path
