"""`simulate --replay`: captured values as a live feed, at their own pace or another, times as captured."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from coinapi_idx_cli.audit.record_reader import Portion, RecordReader
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns
from coinapi_idx_cli.simulator import Simulator, StoredValues

TOGETHER_S = 0.01  # what is due within so long is published at once
MOST_TOGETHER = 2000
WAITING_AT_MOST = 20_000  # messages on the slowest connection: a client that is slow holds the replay back
PAUSE_S = 0.002
NS_A_TICK = 100
MAX = float("inf")


class Replay:
    """Publishes the values of captured files.

    `run` publishes all values of these files, from the first hello on. `speed`: times their own pace, or `MAX`.
    """

    def __init__(self, paths: Sequence[str], speed: float) -> None:
        self._paths = paths
        self._speed = speed

    def index_ids(self) -> list[str]:
        """All that there are in the files: the simulator's list. Raises UsageError for a file that is not a record."""
        found: set[str] = set()
        for portion in self._portions():
            found.update(portion.index_ids)
        if not found:
            raise UsageError(f"there is no value in {', '.join(self._paths)}", "name files that a capture wrote")
        return sorted(found)

    def stored_values(self) -> StoredValues:
        """All that there are in the files, by index id: the simulator's past. Raises UsageError like `index_ids`."""
        found: dict[str, tuple[array[int], array[float]]] = {}
        for portion in self._portions():
            for index_id, stamp, text in zip(portion.index_ids, portion.times, portion.texts, strict=True):
                time_ns = parse_utc_ns(stamp)
                if time_ns is not None:
                    if index_id not in found:
                        found[index_id] = array("q"), array("d")
                    times, values = found[index_id]
                    times.append(time_ns // NS_A_TICK)
                    values.append(float(text))
        return found

    def run(self, simulator: Simulator, ended: Event) -> bool:
        """Whether all was published; False if `ended` was set before."""
        if not _wait(lambda: bool(simulator.greeted_peers()), ended):
            return False
        began_s, first_ns = time.monotonic(), None
        for index_ids, texts, time_ns in self._together():
            first_ns = time_ns if first_ns is None else first_ns
            due_s = began_s + (time_ns - first_ns) / NS / self._speed
            if ended.wait(max(0.0, due_s - time.monotonic())):
                return False
            waiting = simulator.publish_messages(index_ids, texts)
            if waiting > WAITING_AT_MOST and not _wait(lambda: simulator.most_waiting() < WAITING_AT_MOST // 2, ended):
                return False
        return True

    def _together(self) -> Iterator[tuple[list[str], list[str], int]]:
        """Values that are published at once, with the feed's time of the last one."""
        index_ids: list[str] = []
        texts: list[str] = []
        step_ns = 0 if self._speed == MAX else int(TOGETHER_S * NS * self._speed)
        begin_ns = last_ns = 0
        for portion in self._portions():
            for position, index_id in enumerate(portion.index_ids):
                time_ns = max(last_ns, parse_utc_ns(portion.times[position]) or 0)  # one that goes back is due at once
                is_late = step_ns and time_ns - begin_ns >= step_ns
                if index_ids and (is_late or len(index_ids) >= MOST_TOGETHER):
                    yield index_ids, texts, last_ns
                    index_ids, texts = [], []
                if not index_ids:
                    begin_ns = time_ns
                last_ns = time_ns
                index_ids.append(index_id)
                texts.append(_message(portion, position))
        if index_ids:
            yield index_ids, texts, last_ns

    def _portions(self) -> Iterator[Portion]:
        for path in self._paths:
            try:
                with Path(path).open("rb") as file:
                    yield from RecordReader(path, file)
            except OSError as error:
                raise UsageError(f"cannot read {path}: {error.strerror}", "name a file that a capture wrote") from error


def _message(portion: Portion, position: int) -> str:
    """As it came where the line is the message, else made of the row."""
    line = portion.lines[position]
    if line.startswith("{") and '"type"' in line:
        return line
    index_id, stamp = json.dumps(portion.index_ids[position]), json.dumps(portion.times[position])
    return f'{{"type":"index","index_id":{index_id},"time_coinapi":{stamp},"value":{portion.texts[position]}}}'


def _wait(arrived: Callable[[], bool], ended: Event) -> bool:
    """False if `ended` was set first."""
    while not arrived():
        if ended.wait(PAUSE_S):
            return False
    return True
