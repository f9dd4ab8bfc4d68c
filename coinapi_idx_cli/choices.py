"""The choices that options offer, apart from the code that acts on them, because --help needs nothing else."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """The values of `--reconnect`: what to do on a `reconnect` notice (the vendor's page names the first three)."""

    HANDOVER = "handover"  # a second connection beside the first, and no seam
    IMMEDIATE = "immediate"  # close, connect again
    WAIT = "wait"  # read on until the server closes, then connect again
    NEVER = "never"  # as wait, and the end of the connection is the end of the run


class Sort(StrEnum):
    """The values of `--sort`: the order of the table's rows."""

    ASKED = "asked"  # then by first arrival
    ID = "id"
    CHANGE = "change"  # since the start, in percent, up or down
    ACTIVITY = "activity"  # updates in the last minute
    QUIET = "quiet"  # what waits, what stopped against its own rhythm, then by age


class Auth(StrEnum):
    """The values of `--auth`: where the API key goes."""

    HEADER = "header"
    QUERY = "query"
    HELLO = "hello"
