"""The choices of --reconnect. Apart from what acts on them, because the help needs nothing else."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """What to do on a `reconnect` notice (the vendor's page names the first three)."""

    HANDOVER = "handover"  # a second connection beside the first, and no seam
    IMMEDIATE = "immediate"  # close, connect again
    WAIT = "wait"  # read on until the server closes, then connect again
    NEVER = "never"  # as wait, and the end of the connection is the end of the run
