"""Runs that take a file over from each other, some of them killed: the file is the feed's record."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from gzip import BadGzipFile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zlib import error as ZlibError  # noqa: N812

from zstandard import ZstdError

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.cli.watch.capture.test_wait_lock import identities, published
from tests.harness import GENEROUS_S
from tests.sinks.files.files import content

NAMES = ("ticks.ndjson", "ticks.csv", "ticks.csv.gz", "ticks.ndjson.zst")
RATES = (300, 2000, 8000)
DELAYS_S = (0.0, 0.3, 1.0)
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)


def run_chain(seed: int, takeovers: int) -> int:
    """How many values were written. AssertionError if they are not the feed's own record."""
    random = Random(seed)
    name, rate = random.choice(NAMES), random.choice(RATES)
    with (
        TemporaryDirectory() as folder,
        Simulator(rate=0, record=True, max_buffered=10**9) as sim,
        ExitStack() as stack,
    ):
        path = Path(folder) / name
        current = stack.enter_context(capture(sim, path))
        sim.wait_for_peer(1, GENEROUS_S).delay_s = random.choice(DELAYS_S)
        sim.start_walk(rate)
        wait_for_values(path, 1)  # whoever writes first has the file
        for number in range(2, takeovers + 2):
            log = Path(folder) / f"events-{number}"
            following = stack.enter_context(capture(sim, path, "--wait-lock", "60s", "--event-log", str(log)))
            sim.wait_for_peer(number, GENEROUS_S).delay_s = random.choice(DELAYS_S)
            wait_for_values(path, len(sim.record) + rate // 2)  # both have received some of it
            current.interrupt(random.choice(ENDS))
            current.wait()
            wait_until(lambda log=log: '"took_over"' in log.read_text())  # type: ignore[misc]
            current = following
        sim.stop_walk()
        wait_for_values(path, len(sim.record))
        current.interrupt(signal.SIGTERM)
        assert current.wait() == 143
        assert current.err.lines == []
        assert identities(path) == published(sim), f"seed {seed}: {name} at {rate}/s"
        return len(sim.record)


def wait_for_values(path: Path, count: int) -> None:
    def are_there() -> bool:
        try:
            return path.exists() and content(path).count(b"\n") >= count
        except (EOFError, BadGzipFile, ZlibError, ZstdError):  # read in the middle of a write
            return False

    wait_until(are_there)
