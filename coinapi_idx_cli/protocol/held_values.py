"""What an alignment of my feed with a stream keeps: values of which one of the two has not heard yet, and losses."""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.protocol.ledger import Entry


class OnFeed(Entry):
    """A value that was on my feed and is not in the stream yet."""

    text: bytes = b""
    time_coinapi: str = ""
    received_ns: int = 0
    at_s: float = 0.0
    origin: int = -1  # where a spool has the chunk that it came in, if it is there
    line: int = 0  # which one of that

    def let_go(self) -> None:
        super().let_go()
        self.text, self.time_coinapi = b"", ""


class InStream(Entry):
    """A value that is in the stream and was not on my feed yet."""

    at_s: float = 0.0


class Loss(Struct, frozen=True):
    """My feed was interrupted before the value at `place`. `kind` as in a record of gaps."""

    kind: str
    place: int
