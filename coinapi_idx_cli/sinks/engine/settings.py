"""What a sink of an engine is told: how to get there, and how it takes part."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.protocol.turns import TAKEOVER_S

SETTINGS = "engine"  # the name of these among the settings of a sink


class EngineSettings(Struct, frozen=True):
    """How one machine takes part. `spool`: a folder for what the engine does not take; None: in memory."""

    target: EngineTarget
    name: str
    takeover_s: float = TAKEOVER_S
    give_up_after_s: float | None = 300.0
    spool: Path | None = None
