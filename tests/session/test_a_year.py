"""The real loop and real files through a year, by a clock that a test turns on."""

from __future__ import annotations

import gc
import gzip
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coinapi_idx_cli.formats.base import FormatContext
from coinapi_idx_cli.formats.builtin.csv import DEFAULT_FIELDS, Csv
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopRules
from coinapi_idx_cli.protocol.times import NS, moment, utc_text
from coinapi_idx_cli.session.plan import Plan
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.sinks.files.file_sink import FileSink, tell_into
from coinapi_idx_cli.sinks.files.names import FileName
from tests.harness import GENEROUS_S
from tests.session.fake_world import STARTED_NS, TARGET, Script, World
from tests.session.notebook import Notebook

HOUR_S, DAY_S, DAYS = 3600, 86_400, 365
EVERY_S = 900
OUTAGE_EVERY_S, OUTAGE_S = 31 * DAY_S, 2 * HOUR_S
COUNTED_DAYS = (60, 340)


def at(month: int, day: int, hour: int) -> float:
    """Seconds from the start of the world to that time of 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC).timestamp() - STARTED_NS / NS


NEW_YEAR_S = at(1, 1, 0)
LEAP_S = round(NEW_YEAR_S)  # the feed calls what would be the first second of the year 23:59:60

# This machine's clock: it repeats the last second of a year that has a leap second, a host's time zone is taken for
# UTC in summer, a daemon corrects it, and it is wrong by a day and a half for a while.
SET_WALL_S = (
    (NEW_YEAR_S + 0.5, -1.0),
    (at(3, 29, 1), 3600.0),
    (at(10, 25, 1), -3600.0),
    (at(5, 5, 12), -0.75),
    (at(7, 7, 7), 36 * 3600.0),
    (at(7, 20, 20), -36 * 3600.0),
)


def feed_time(time_ns: int) -> str:
    """With a leap second at the end of the year, and without it from then on."""
    second = (time_ns - STARTED_NS) // NS
    if second == LEAP_S:
        return "2025-12-31T23:59:60.0000000Z"
    return utc_text(time_ns - NS if second > LEAP_S else time_ns)


class Days(EncodedOutput):
    """A file a day. What is done by this machine's time meanwhile is left out; `counts` by day, what there was."""

    def __init__(self, folder: Path, world: World, notebook: Notebook) -> None:
        self._world = world
        self.counts: dict[int, tuple[int, int, int]] = {}
        sink = FileSink(FileName(f"{folder}/t-%Y-%m-%d.csv.gz"), tell_into(notebook), None)
        super().__init__(Csv(FormatContext(fields=("time_received", *DEFAULT_FIELDS))), sink, bytes)

    def write(self, batch: Batch) -> None:
        for thread in threading.enumerate():  # which makes yesterday's file small, in far less than a day
            if thread.name == "joining":
                thread.join(GENEROUS_S)
        super().write(batch)
        day = int(self._world.now_s // DAY_S)
        if day in COUNTED_DAYS and day not in self.counts:
            self.counts[day] = counts()

    def next_due_s(self) -> float:
        return float("inf")


def counts() -> tuple[int, int, int]:
    """Objects of ours, descriptors, threads."""
    gc.collect()
    ours = sum(type(each).__module__.startswith("coinapi_idx_cli") for each in gc.get_objects())
    return ours, len(list(Path("/dev/fd").iterdir())), threading.active_count()


def is_down(now_s: float) -> bool:
    return now_s > OUTAGE_EVERY_S and now_s % OUTAGE_EVERY_S < OUTAGE_S


@pytest.mark.slow
def test_a_year_of_restarts_outages_clocks_and_a_file_a_day(tmp_path: Path) -> None:
    script = Script(lambda chance: chance.uniform(1, 3) * DAY_S, 8.0, is_down=is_down, silent_s=EVERY_S * 2)
    world, notebook = World(script, set_wall_s=SET_WALL_S), Notebook()
    beside_midnight = range(LEAP_S - 5, LEAP_S + 6)
    world.publish(sorted({*range(0, DAYS * DAY_S, EVERY_S), *beside_midnight}), feed_time)
    output = Days(tmp_path, world, notebook)
    output.open()
    plan = Plan(TARGET, Policy(EVERY_S * 4, give_up_after_s=None), StopRules(duration_s=DAYS * DAY_S))
    with closing(Wakeup()) as wakeup:
        session = world.session(plan, output, Status("feed.example", started_s=0.0), notebook, wakeup)
        session.run()
    assert output.finish(GENEROUS_S)
    output.close()
    rows = list(written(tmp_path))
    assert len({name for name, _, _ in rows}) >= DAYS
    assert_in_the_file_of_its_day(rows)
    gaps = [json.loads(line) for line in (tmp_path / "t.gaps.ndjson").read_text().splitlines()]
    assert_missing_in_gaps_only(world, rows, gaps)
    outages = [gap for gap in gaps if float(gap["seconds"]) >= OUTAGE_S]
    assert len(outages) == len(gaps) == DAYS * DAY_S // OUTAGE_EVERY_S
    assert all(float(gap["seconds"]) < OUTAGE_S + 3 * EVERY_S for gap in gaps)
    assert all(gap["from"] <= gap["to"] for gap in gaps)
    early, late = (output.counts[day] for day in COUNTED_DAYS)
    assert late[0] <= early[0] + 50
    assert late[1:] <= early[1:]


def written(folder: Path) -> Iterator[tuple[str, str, tuple[str, str, str]]]:
    """File, time of receipt and identity of each row, in the order of the names."""
    for path in sorted(folder.glob("*.gz")):
        header, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        assert header == "time_received,time_coinapi,index_id,value"
        for line in lines:
            received, time, index_id, value = line.split(",")
            yield path.name, received, (time, index_id, value)


def assert_in_the_file_of_its_day(rows: list[tuple[str, str, tuple[str, str, str]]]) -> None:
    """But for the second that is there twice: the file of the new year is not left again for it."""
    others = [(name, received) for name, received, _ in rows if received[:10] not in name]
    assert all(received.startswith("2025-12-31T23:59:59") and "2026-01-01" in name for name, received in others)
    assert len(others) < 4


def assert_missing_in_gaps_only(
    world: World, rows: list[tuple[str, str, tuple[str, str, str]]], gaps: list[dict[str, str]]
) -> None:
    published = Counter(identity(text) for _, text in world.published)
    got = Counter(row for _, _, row in rows)
    assert not got - published  # nothing twice, nothing else
    stretches = [(moment(gap["time_coinapi_from"]), moment(gap["time_coinapi_to"])) for gap in gaps]
    first = min((moment(time) for time, _, _ in got))
    for time, _, _ in (published - got).elements():
        key = moment(time)
        assert key <= first or any(begin <= key <= end for begin, end in stretches)


def identity(text: bytes) -> tuple[str, str, str]:
    fields = json.loads(text)
    return fields["time_coinapi"], fields["index_id"], str(fields["value"])
