"""The state of the session: counted in one place, read by the table, `--stats` and the closing event."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """What the session is doing, in the words that are shown."""

    CONNECTING = "connecting"
    LIVE = "live"
    HANDOVER = "handing over"  # live, with the next connection open beside the current one
    WAITING = "waiting"  # for the next attempt, see Status.retry_at_s
    STOPPING = "stopping"


NO_ENGINE = "no engine"


class Status(Struct):
    """Times ending in `_s` are seconds of the monotonic clock."""

    server: str  # host and port, never the query
    started_s: float
    stale_after_s: float = 10.0  # a connection that was silent for this long is given up
    state: State = State.CONNECTING
    connected_s: float | None = None  # when the last connection after a loss was made: a handover is none
    retry_at_s: float | None = None
    values: int = 0
    bytes_received: int = 0
    heartbeats: int = 0
    connections: int = 0  # made so far
    connected_count: int = 0  # how often there was one after there was none
    wanted_connections: int = 1  # at a time
    live_connections: int = 0  # where two are wanted: those of which nothing would be lost if the others ended
    handovers: int = 0
    gaps: int = 0
    gap_seconds: float = 0.0
    malformed: int = 0
    unknown: int = 0
    waits_for: str = ""  # --wait-lock: who writes to the file, such as `process 4711`
    held_values: int = 0  # received while it waits, and not seen in the file yet
    held_bytes: int = 0
    engine: str = ""  # an output that several machines write: what this one does there
    engine_waits: int = 0  # values that are not in its stream yet
    last_warning: str = ""
    last_warning_time: str = ""  # local time of day, as `19:13:02`

    def connected(self, now: float) -> None:
        """There is a connection, after there was none."""
        self.connected_s = now
        self.connected_count += 1

    def missed(self, seconds: float) -> None:
        """There is a gap."""
        self.gaps += 1
        self.gap_seconds += seconds

    @property
    def reconnects(self) -> int:
        """Connections after there was none, but for the first."""
        return max(0, self.connected_count - 1)

    @property
    def is_connected(self) -> bool:
        return self.state in (State.LIVE, State.HANDOVER)

    @property
    def lacks_connections(self) -> bool:
        return self.wanted_connections > 1 and self.live_connections < self.wanted_connections
