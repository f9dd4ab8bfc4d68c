"""How long values travel: receipt minus `time_coinapi`. Pure.

Sampled at the painting, from the last value of each row on the screen: reading the time of every value would cost the
table several times what everything else does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from coinapi_idx_cli.protocol.messages import json_fields, read_text
from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.table.rows import Row


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds; below zero where clocks disagree."""

    p50: float
    p99: float


class Delays:
    """The last samples."""

    def __init__(self, kept: int) -> None:
        self._samples_ms: deque[float] = deque(maxlen=kept)

    def note(self, sample_ms: float) -> None:
        self._samples_ms.append(sample_ms)

    def tell(self) -> Delay | None:
        """None while there is no sample."""
        ordered = sorted(self._samples_ms)
        if not ordered:
            return None
        return Delay(ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100])


def delay_ms(row: Row) -> float | None:
    """Of the row's last value. None when its time is none."""
    sent_ns = parse_utc_ns(read_text(json_fields(row.message)["time_coinapi"]))
    return None if sent_ns is None else (row.received_ns - sent_ns) / 1e6
