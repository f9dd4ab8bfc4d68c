"""The columns of --fields: taken from the message, or worked out from the time of receipt."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.times import parse_utc_ns, utc_text

FEED_FIELDS = ("type", "index_id", "time_coinapi", "value")
ADDED_FIELDS = ("time_received", "latency_ms")
KNOWN_FIELDS = FEED_FIELDS + ADDED_FIELDS
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_fields(text: str) -> tuple[str, ...]:
    """`A,B` as names. Raises UsageError for an empty or repeated one, and for a slip of the pen in a known one."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        near = difflib.get_close_matches(name, KNOWN_FIELDS, n=1, cutoff=0.75)
        if not _NAME.fullmatch(name) or (near and name not in KNOWN_FIELDS):
            hint = (
                f"did you mean {near[0]}?" if near else f"there are {', '.join(KNOWN_FIELDS)}, and what the feed adds"
            )
            raise UsageError(f"unknown field {name!r} in --fields", hint)
    if len(set(names)) < len(names):
        raise UsageError(f"--fields {text} names a field twice", "name each once")
    return names


class FieldPicker:
    """Batch -> one list of cells a value, in the order of `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._checked = not set(names) - set(KNOWN_FIELDS)

    def rows(self, batch: Batch) -> list[list[Any]]:
        """A field that a value lacks is None. Raises UsageError when the first values all lack one."""
        if not self._checked and batch.values:
            self._check(batch)
        getters = [self._getter(name, batch) for name in self.names]
        return [[get(value) for get in getters] for value in batch.values]

    def _check(self, batch: Batch) -> None:
        sent = {name for value in batch.values for name in value}
        missing = [name for name in self.names if name not in sent and name not in ADDED_FIELDS]
        if missing:
            raise UsageError(f"unknown field {missing[0]!r} in --fields", f"the feed sends {', '.join(sorted(sent))}")
        self._checked = True

    @staticmethod
    def _getter(name: str, batch: Batch) -> Callable[[IndexValue], Any]:
        if name == "time_received":
            text = utc_text(batch.time_received_ns)
            return lambda _: text
        if name == "latency_ms":
            return lambda value: _latency_ms(value, batch.time_received_ns)
        return lambda value: value.get(name)


def _latency_ms(value: IndexValue, time_received_ns: int) -> float | None:
    """Receipt minus `time_coinapi`; milliseconds, to the 100 ns that the feed's times have."""
    sent_ns = parse_utc_ns(value["time_coinapi"])
    return None if sent_ns is None else (time_received_ns - sent_ns) // 100 / 10_000
