"""A feed of 50 indexes in which values come twice and times go back."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

VALUES_PER_S = 2000
IDS = [f"IDX_REFRATE_SOAK_{number:02d}" for number in range(50)]
NS = 10**9


class Series:
    """Some values come twice, with the same time, and some bear an earlier time, as a correction does."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._last = dict.fromkeys(IDS, (100.0, 0))
        self._latest = dict.fromkeys(IDS, 0)
        self.texts: list[str] = []

    def next(self, time_ns: int) -> tuple[str, str]:
        """The id of an index, and the message with its next value."""
        chance = self._chance
        index_id = chance.choice(IDS)
        value, stamp_ns = self._last[index_id]
        kind = chance.random()
        if kind > 0.05 or not stamp_ns:  # else the same again
            value = round(value + chance.choice((-0.25, 0.0, 0.25)), 2)
            is_correction = kind > 0.95 and stamp_ns == self._latest[index_id]  # never five in a row
            stamp_ns = time_ns - (chance.randrange(NS) if is_correction else 0)
            self._latest[index_id] = max(self._latest[index_id], stamp_ns)
        self._last[index_id] = value, stamp_ns
        stamp = datetime.fromtimestamp(stamp_ns // NS, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        fields = {"type": "index", "index_id": index_id, "time_coinapi": f"{stamp}.{stamp_ns % NS // 100:07d}Z"}
        text = json.dumps({**fields, "value": value}, separators=(",", ":"))
        self.texts.append(text)
        return index_id, text
