"""What the tests of `watch -o` share."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Running


def capture(sim: Simulator, output: Path | str, *arguments: str) -> Running:
    return Running("watch", "--all", "--url", sim.url, "-o", str(output), *arguments)


def wait_until(happened: Callable[[], bool]) -> None:
    until_s = time.monotonic() + GENEROUS_S
    while not happened():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def wait_for_lines(path: Path, count: int) -> list[str]:
    wait_until(lambda: path.exists() and path.read_bytes().count(b"\n") >= count)
    return path.read_text().splitlines()
