"""What the lines of a record of gaps leave to be filled: whole seconds, since history knows no finer ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from msgspec import Struct

from coinapi_idx_cli.protocol.stretches import Stretch, joined
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns, utc_text


class Fillable(Struct, frozen=True):
    """What can be filled, in order and apart from each other; `too_short` and `unclear` are lines for people."""

    stretches: Sequence[Stretch]
    too_short: Sequence[str]
    unclear: Sequence[str]
    gaps: int = 0


def fillable(lines: Iterable[bytes]) -> Fillable:
    """Of a `.gaps.ndjson`, by the feed's times, and where it has none by those of receipt."""
    found: list[Stretch] = []
    too_short, unclear, gaps = [], [], 0
    for number, line in enumerate(lines, 1):
        fields = _fields(line)
        if fields is None or fields.get("type") != "gap":
            if line.strip(b"\0 "):
                unclear.append(f"line {number} is not a gap")
            continue
        gaps += 1
        begin, end = (_moment(fields, side) for side in ("from", "to"))
        if begin is None or end is None:
            unclear.append(f"line {number} does not say from when to when; fill it with --since and --until")
        elif (stretch := whole_seconds(begin, end))[0] < stretch[1]:
            found.append(stretch)
        else:
            too_short.append(f"the gap from {_shown(begin)} to {_shown(end)} has no whole second in it")
    return Fillable(joined(found), too_short, unclear, gaps)


def whole_seconds(begin_ns: int, end_ns: int) -> Stretch:
    """The seconds of which nothing was received: neither that of the last value before nor that of the first after."""
    return (begin_ns // NS + 1) * NS, end_ns // NS * NS


def _fields(line: bytes) -> dict[str, Any] | None:
    try:
        fields: Any = orjson.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _moment(fields: dict[str, Any], side: str) -> int | None:
    text = fields.get(f"time_coinapi_{side}") or fields.get(side)
    return parse_utc_ns(text) if isinstance(text, str) else None


def _shown(time_ns: int) -> str:
    return f"{utc_text(time_ns)[:-7]}Z"
