"""`make soak`: hours of a capture with all that can go wrong on a schedule, a line a minute, and a verdict at the end.

The feed is a simulator in this process that publishes consecutive numbers, announces a restart each minute and cuts all
connections each five. `idxstream watch` captures it with two connections into compressed files that rotate by the
minute. At the end every number has to be in the files, but for the gaps that the run reported; and memory,
descriptors and threads have to be in the last quarter what they were in the first. Needs Linux: figures are from /proc.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, environment

INDEXES = tuple(f"IDX_SOAK_{number:03}" for number in range(100))
PORTION_S = 0.02
LEVEL_MIB = 3.0  # that memory may grow from the first quarter to the last: what an allocator wavers by
LEVEL_SHARE = 0.05
TO_START_S = TO_END_S = 30.0


@dataclass(frozen=True)
class Sizes:
    """`minute_s`: how long a minute is; less than 60 for a quick look. `name`: of the files, rotated by its fields."""

    minutes: int
    rate: float = 1000.0
    minute_s: float = 60.0
    cut_every: int = 5  # minutes
    name: str = "ticks-%Y-%m-%dT%H-%M.csv.gz"


@dataclass(frozen=True)
class Minute:
    """The figures at the end of a minute: of the process, and from its metrics."""

    values: int
    rss_mib: float
    descriptors: int
    threads: int
    gaps: int
    gap_s: float
    reconnects: int
    handovers: int
    malformed: int
    delay_ms: float
    cpu_s: float

    @property
    def line(self) -> str:
        return (
            f"{self.values:>12,} values {self.rss_mib:7.1f} MiB {self.descriptors:3} fds {self.threads:3} threads "
            f"{self.gaps:4} gaps {self.gap_s:8.2f} s {self.reconnects:4} reconnects {self.handovers:5} handovers "
            f"{self.malformed} malformed, p99 {self.delay_ms:.2f} ms, {self.cpu_s:,.1f} s of CPU"
        )


@dataclass(frozen=True)
class Found:
    """What the files have: how many numbers, how many holes in their order, how many are not in it."""

    values: int
    holes: int
    missing: int
    misplaced: int


@dataclass(frozen=True)
class Judgement:
    """One thing that had to hold."""

    text: str
    holds: bool


class Publisher:
    """Publishes consecutive numbers at a rate, each of the next index, until it is stopped."""

    def __init__(self, simulator: Simulator, rate: float) -> None:
        self.published = 0
        self._simulator = simulator
        self._rate = rate
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        began_s = time.monotonic()
        while not self._is_over.wait(PORTION_S):
            due = int((time.monotonic() - began_s) * self._rate)
            numbers = range(self.published, due)
            now = utc_text(time.time_ns())
            ids = [INDEXES[number % len(INDEXES)] for number in numbers]
            texts = [
                f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{now}","value":{number}}}'
                for index_id, number in zip(ids, numbers, strict=True)
            ]
            self._simulator.publish_messages(ids, texts)
            self.published = due


class Soak:
    """One soak in a folder, which is empty at the start."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self._sizes = sizes
        self._output = folder / sizes.name
        self._metrics = folder / "soak.prom"
        self._errors = folder / "stderr"
        self._cuts = 0

    def run(self) -> bool:
        """Prints. Returns whether all held."""
        with ExitStack() as stack:
            simulator = stack.enter_context(Simulator(rate=0, index_ids=INDEXES, forget_closed=True))
            process = self._start(simulator, stack)
            simulator.wait_for_peer(2, TO_START_S)
            publisher = Publisher(simulator, self._sizes.rate)
            publisher.start()
            stack.callback(publisher.stop)
            minutes = [self._minute(number, simulator, process) for number in range(1, self._sizes.minutes + 1)]
            publisher.stop()
            time.sleep(2.0)  # what a handover holds is decided by then
            process.send_signal(signal.SIGTERM)
            code = process.wait(TO_END_S)
        return tell_verdict([*self._whole(code, publisher.published), *level(minutes)])

    def _start(self, simulator: Simulator, stack: ExitStack) -> subprocess.Popen[bytes]:
        words = ["watch", "--all", "--url", simulator.url, "--redundant", "--give-up-after", "never"]
        words += ["-o", str(self._output), "--metrics", str(self._metrics), "--event-log", f"{self._errors}.ndjson"]
        stderr = stack.enter_context(self._errors.open("wb"))
        process = subprocess.Popen(
            [*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, env=environment()
        )
        stack.callback(process.kill)
        return process

    def _minute(self, number: int, simulator: Simulator, process: subprocess.Popen[bytes]) -> Minute:
        """A restart at its beginning, every five a cut in its middle, and a look at its end."""
        minute_s = self._sizes.minute_s
        simulator.restart(minute_s / 12)
        time.sleep(minute_s / 2)
        if number % self._sizes.cut_every == 0:
            simulator.drop()
            self._cuts += 1
        time.sleep(minute_s / 2)
        if process.poll() is not None:
            raise SystemExit(f"it ended with {process.returncode}: {self._errors.read_text()}")
        minute = look(process.pid, self._metrics)
        print(f"{number:5} {minute.line}", flush=True)
        return minute

    def _whole(self, code: int, published: int) -> list[Judgement]:
        """What the files hold, by `check` and by the numbers in them."""
        check = subprocess.run(
            [*COMMAND, "check", str(self._output), "--allow", "gap", "-f", "ndjson"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
        found = found_in(sorted(self._output.parent.glob("*.csv.gz")))
        totals = figures(self._metrics)
        written, gaps = int(totals["values_total"]), recorded_gaps(self._output.parent)
        after = found.values + found.missing
        return [
            Judgement(f"SIGTERM ended it: exit code {code}", code == 143),
            Judgement(f"check finds nothing but gaps: {check.returncode}{check.stderr}", not check.returncode),
            Judgement(f"{found.values:,} values in the files, {written:,} by the metrics", found.values == written),
            Judgement(f"{after:,} of {published:,} published are there or before the last one", after == published),
            Judgement(f"{found.misplaced} values are doubled or out of order", not found.misplaced),
            Judgement(
                f"{found.missing:,} are missing in {found.holes} holes, all of them among {gaps} recorded gaps, "
                f"{int(totals['gaps_total'])} by the metrics, after {self._cuts} cuts",
                found.holes <= gaps == int(totals["gaps_total"]) <= self._cuts,
            ),
            Judgement(f"{int(totals['malformed_total'])} messages did not decode", not totals["malformed_total"]),
        ]


def look(pid: int, metrics: Path) -> Minute:
    """At a process and its metrics, which may be 15 seconds old."""
    status = dict(re.findall(r"^(\w+):\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    known = figures(metrics)
    return Minute(
        values=int(known["values_total"]),
        rss_mib=int(status["VmRSS"]) / 1024,
        descriptors=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        threads=int(status["Threads"]),
        gaps=int(known["gaps_total"]),
        gap_s=known["gap_seconds_total"],
        reconnects=int(known["reconnects_total"]),
        handovers=int(known["handovers_total"]),
        malformed=int(known["malformed_total"]),
        delay_ms=known["delay_seconds 0.99"] * 1000,
        cpu_s=(int(user) + int(system)) / 100,
    )


def figures(metrics: Path) -> dict[str, float]:
    """By name, and quantile if there is one."""
    lines = re.findall(r'^idxstream_(\w+)\{[^}]*?(?:quantile="([\d.]+)")?\} (\S+)$', metrics.read_text(), re.MULTILINE)
    return {f"{name} {quantile}".rstrip(): float(number) for name, quantile, number in lines}


def found_in(files: Sequence[Path]) -> Found:
    values = holes = missing = misplaced = 0
    expected = 0
    for path in files:
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.DictReader(file):
                number = int(row["value"])
                values += 1
                if number < expected or row["index_id"] != INDEXES[number % len(INDEXES)]:
                    misplaced += 1
                    continue
                holes += number > expected
                missing += number - expected
                expected = number + 1
    return Found(values, holes, missing, misplaced)


def recorded_gaps(folder: Path) -> int:
    lines = [line for path in folder.glob("*.gaps.ndjson") for line in path.read_text().splitlines()]
    return sum(json.loads(line)["type"] == "gap" for line in lines)


def level(minutes: Sequence[Minute]) -> list[Judgement]:
    """The last quarter compared with the first. Medians: a handover may be under way at any moment."""
    quarter = max(1, len(minutes) // 4)
    first, last = minutes[:quarter], minutes[-quarter:]
    rss = [median(each.rss_mib for each in part) for part in (first, last)]
    fds, threads = ([median(look(each) for each in part) for part in (first, last)] for look in (_fds, _threads))
    grown = rss[1] - rss[0]
    return [
        Judgement(f"memory: {rss[0]:.1f} MiB, then {rss[1]:.1f}", grown <= max(LEVEL_MIB, rss[0] * LEVEL_SHARE)),
        Judgement(f"descriptors: {fds[0]:g}, then {fds[1]:g}", fds[1] <= fds[0] + 1),
        Judgement(f"threads: {threads[0]:g}, then {threads[1]:g}", threads[1] <= threads[0] + 1),
    ]


def _fds(minute: Minute) -> int:
    return minute.descriptors


def _threads(minute: Minute) -> int:
    return minute.threads


def tell_verdict(judgements: Sequence[Judgement]) -> bool:
    for each in judgements:
        print(f"{'ok    ' if each.holds else 'FAILED'} {each.text}", flush=True)
    return all(each.holds for each in judgements)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak ARGS=", description="A capture for hours, and a verdict.")
    add = parser.add_argument
    add("--hours", type=float, default=1.0, help="%(default)s")
    add("--rate", type=float, default=1000.0, help="values a second; %(default)s")
    add("--folder", type=Path, help="an empty folder for the files, which stay there; else a temporary one")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    sizes = Sizes(max(1, round(asked.hours * 60)), asked.rate)
    with ExitStack() as stack:
        folder = asked.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idxstream-soak-")))
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            sys.exit(f"{folder} is not empty")
        if not Soak(sizes, folder).run():
            sys.exit(1)


if __name__ == "__main__":
    main()
