"""What a stream in an engine holds: blocks of values, and control messages in their place among them.

A block is what one read of a feed brought, or a few of them: whole NDJSON lines in the feed's own text. Its headers say
who wrote it, and which message it follows, so that whoever reads the stream can check the chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import orjson
from msgspec import Struct

from coinapi_idx_cli.protocol.times import parse_utc_ns, utc_text

BLOCK_BYTES = 512 * 1024  # of values in one message; a single longer line goes alone
ID, AFTER, COUNT, RECEIVED = "Idx-Block", "Idx-After", "Idx-Count", "Idx-Received"
NOBODY = ""
_ODD = re.compile(r"[^\w.@:+-]+", re.ASCII)


class StreamBlock(Struct, frozen=True):
    """A message of the stream, written or to be written.

    `id`: NAME/RUN/COUNTER of who wrote it. `after`: sequence and id of the message before it. `received_ns`: when its
    last value was received. `control`: no values, but a JSON object, a gap or a `yield`.
    """

    id: str
    after: tuple[int, str]
    count: int
    received_ns: int
    data: bytes
    control: bool = False

    @property
    def headers(self) -> dict[str, str]:
        sequence, before = self.after
        return {
            ID: self.id,
            AFTER: f"{sequence} {before}".rstrip(),
            COUNT: str(self.count),
            RECEIVED: utc_text(self.received_ns),
        }

    @property
    def is_yield(self) -> bool:
        """Its writer stands by from here on."""
        return self.control and control_type(self.data) == "yield"

    @property
    def is_gap(self) -> bool:
        """A record of what nobody received."""
        return self.control and control_type(self.data) == "gap"

    @property
    def writer(self) -> str:
        """NAME/RUN."""
        return self.id.rpartition("/")[0]

    @property
    def machine(self) -> str:
        """NAME."""
        return self.writer.rpartition("/")[0]

    def lines(self) -> list[bytes]:
        """One a value."""
        return [] if self.control else self.data.split(b"\n")[:-1]


def block_of(headers: Mapping[str, str], data: bytes, *, control: bool) -> StreamBlock:
    """Raises ValueError for a message that no capture machine wrote."""
    block_id = headers.get(ID, "")
    if block_id.count("/") != 2:
        raise ValueError(f"it has no {ID}")
    sequence, _, before = headers.get(AFTER, "").partition(" ")
    received_ns = parse_utc_ns(headers.get(RECEIVED, ""))
    if not sequence.isdecimal() or received_ns is None:
        raise ValueError(f"its {AFTER} or {RECEIVED} is not valid")
    count = headers.get(COUNT, "")
    if not count.isdecimal() or (not control and int(count) != data.count(b"\n")):
        raise ValueError(f"its {COUNT} is not the number of its lines")
    return StreamBlock(block_id, (int(sequence), before), int(count), received_ns, data, control)


def control_type(data: bytes) -> str:
    """Of a control message; empty for what is not one."""
    try:
        message = orjson.loads(data)
    except ValueError:
        return ""
    return str(message.get("type", "")) if isinstance(message, dict) else ""


def yield_message(reason: str) -> bytes:
    return orjson.dumps({"type": "yield", "reason": reason})


def machine_name(text: str) -> str:
    """As it stands in ids: what would disturb a header becomes a hyphen."""
    return _ODD.sub("-", text).strip("-")[:64] or "idxstream"


def pieces(data: bytes, limit_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Whole lines, each piece within the limit unless it is a single line."""
    while len(data) > limit_bytes:
        end = data.rfind(b"\n", 0, limit_bytes) + 1 or data.find(b"\n") + 1 or len(data)
        yield data[:end]
        data = data[end:]
    if data:
        yield data
