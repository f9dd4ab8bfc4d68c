"""What a machine wants of the engine, what it is doing, and what of it is on its way."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct, field

from coinapi_idx_cli.protocol.backlog import Chunk
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.held_values import OnFeed


class AskEnd(Struct, frozen=True):
    """Ask for the last sequence of the stream: `looked` is the answer."""


class Follow(Struct, frozen=True):
    """Read the stream from that sequence on, or from half a minute before its end: `received` for each message."""

    sequence: int | None


class Rest(Struct, frozen=True):
    """Read no further."""


class Append(Struct, frozen=True):
    """If the stream ends at that sequence: `acknowledged`, or else `refused`."""

    expected: int
    block: StreamBlock


class Tell(Struct, frozen=True):
    """What somebody may want to know."""

    event: str
    fields: dict[str, object]


Action = AskEnd | Follow | Rest | Append | Tell


class Mode(Enum):
    """What the machine is doing."""

    OFFLINE = auto()
    LOOKING = auto()  # for the end of the stream
    CATCHING_UP = auto()
    RESTORING = auto()  # the stream forgot what it had acknowledged
    STANDBY = auto()
    WRITING = auto()


class Flight(Struct):
    """A message on its way. `held` are its values, or `chunks` where nothing had to be compared."""

    block: StreamBlock
    expected: int
    held: list[OnFeed] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def uncompared_values(self) -> int:
        """Those that are held nowhere else."""
        return sum(chunk.count for chunk in self.chunks)
