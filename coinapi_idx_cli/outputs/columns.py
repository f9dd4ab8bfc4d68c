"""The columns of --fields: taken from the message, or worked out from the time of receipt."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.outputs.fields import ADDED_FIELDS, FEED_FIELDS, KNOWN_FIELDS
from coinapi_idx_cli.protocol.batch import Batch, IndexValue
from coinapi_idx_cli.protocol.messages import all_fields
from coinapi_idx_cli.protocol.times import parse_utc_ns, utc_text


class FieldPicker:
    """Batch -> columns: one list of cells a name, in the order of `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._checked = not set(names) - set(KNOWN_FIELDS)

    def columns(self, batch: Batch) -> list[list[Any]]:
        """A field that a value lacks is None. Raises UsageError when the first values all lack one."""
        if not self._checked and batch.values:
            self._check(batch)
        return [self._column(name, batch) for name in self.names]

    def _check(self, batch: Batch) -> None:
        sent = {name for text in batch.texts for name in all_fields(text)}
        missing = [name for name in self.names if name not in sent and name not in ADDED_FIELDS]
        if missing:
            raise UsageError(f"unknown field {missing[0]!r} in --fields", f"the feed sends {', '.join(sorted(sent))}")
        self._checked = True

    @staticmethod
    def _column(name: str, batch: Batch) -> list[Any]:
        if name in FEED_FIELDS:
            return list(map(attrgetter(name), batch.values))
        if name == "time_received":
            return [utc_text(batch.time_received_ns)] * len(batch.values)
        if name == "latency_ms":
            return [_latency_ms(value, batch.time_received_ns) for value in batch.values]
        return [all_fields(text).get(name) for text in batch.texts]


def check_identity(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names`, if they tell which value a line is. Raises UsageError."""
    missing = {"index_id", "time_coinapi", "value"} - set(names)
    if missing:
        raise UsageError(
            f"--wait-lock needs {' and '.join(sorted(missing))} in each line",
            "name them in --fields",
        )
    return names


def _latency_ms(value: IndexValue, time_received_ns: int) -> float | None:
    """Receipt minus `time_coinapi`; milliseconds, to the 100 ns that the feed's times have."""
    sent_ns = parse_utc_ns(value.time_coinapi)
    return None if sent_ns is None else (time_received_ns - sent_ns) // 100 / 10_000
