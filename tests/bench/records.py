"""How quickly a record of a day is checked, merged and replayed, and in how much memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.runs import RunFailedError

HEAD = "time_coinapi,index_id,value\n"
MB = 1_000_000
IDXSTREAM = [sys.executable, "-m", "coinapi_idx_cli"]
HOLE_LINES, FIRST_EVERY, SECOND_EVERY = 500, 50_000, 70_000  # two captures, each with holes of its own


class Records:
    """A day of some indexes: a whole capture, and two with holes."""

    def __init__(self, folder: Path, megabytes: int, indexes: int) -> None:
        self.whole, self.first, self.second = (folder / name for name in ("whole.csv", "first.csv", "second.csv"))
        names = [f"IDX_REFRATE_VWAP_ASSET{number}_USD" for number in range(indexes)]
        chance = random.Random(1)
        values = [chance.uniform(1, 1000) for _ in names]
        count = megabytes * MB // 70
        with self.whole.open("w") as whole, self.first.open("w") as first, self.second.open("w") as second:
            for file in (whole, first, second):
                file.write(HEAD)
            for number in range(count):
                index = chance.randrange(indexes)
                values[index] *= 1 + chance.uniform(-1e-4, 1e-4)
                second_of_day = number * 86_000 // count
                stamp = f"{second_of_day // 3600:02}:{second_of_day // 60 % 60:02}:{second_of_day % 60:02}"
                row = f"2026-11-26T{stamp}.{number % 10**7:07}Z,{names[index]},{values[index]:.5f}\n"
                whole.write(row)
                if number % FIRST_EVERY >= HOLE_LINES:
                    first.write(row)
                if number % SECOND_EVERY >= HOLE_LINES:
                    second.write(row)


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="idxstream-bench-")


@lru_cache(maxsize=2)
def records(megabytes: int, indexes: int) -> Records:
    """Made once; removed when the program ends."""
    return Records(Path(_folder().name), megabytes, indexes)


def check(megabytes: int, indexes: int) -> tuple[float, float]:
    """MB a second, and peak MiB."""
    path = records(megabytes, indexes).whole
    return _run(path.stat().st_size, "check", str(path))


def merge(megabytes: int, indexes: int) -> tuple[float, float]:
    """The same, of both captures together."""
    found = records(megabytes, indexes)
    output = found.whole.with_name("merged.csv")
    try:
        size = found.first.stat().st_size + found.second.stat().st_size
        return _run(size, "merge", str(found.first), str(found.second), "-o", str(output), "-q")
    finally:
        output.unlink(missing_ok=True)


def replay(megabytes: int, indexes: int) -> tuple[float, float]:
    """The same of the server, from the client's start until it has all."""
    path = records(megabytes, indexes).whole
    lines = sum(block.count(b"\n") for block in _blocks(path)) - 1
    with _replaying(path) as (server, url):
        command = [*IDXSTREAM, "watch", "--all", "--url", url, "-f", "csv", "-n", str(lines), "-q"]
        began_s = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        seconds = time.monotonic() - began_s
        if done.returncode:
            raise RunFailedError(f"the client ended with {done.returncode}")
        _, status, usage = os.wait4(server.pid, 0)  # it ends after the last value
        server.returncode = os.waitstatus_to_exitcode(status)
    return path.stat().st_size / MB / seconds, usage.ru_maxrss / 1024


@contextmanager
def _replaying(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*IDXSTREAM, "simulate", "--port", "0", "--replay", str(path), "--speed", "max"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        if "simulator at " not in line:
            raise RunFailedError(f"the simulator says {line!r}")
        yield server, line.split("simulator at ")[1].split()[0]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(MB):
            yield block


def _run(size: int, *arguments: str) -> tuple[float, float]:
    began_s = time.monotonic()
    process = subprocess.Popen([*IDXSTREAM, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RunFailedError(f"{arguments[0]} ended with {process.returncode}")
    return size / MB / seconds, usage.ru_maxrss / 1024
