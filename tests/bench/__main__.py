"""`make bench`: how many messages a second go from a local socket to the output. Prints medians; asserts nothing."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.blaster import Feed, blasting


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, ", end="")
    print(f"Python {platform.python_version()}; {asked.messages} messages of about 130 bytes, {asked.rounds} rounds")
    runs = {
        "ndjson into a pipe": ("ndjson", False),
        "ndjson into /dev/null": ("ndjson", True),
        "csv into a pipe": ("csv", False),
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(asked.rounds):
        for name, (form, to_null) in runs.items():  # interleaved, so that the machine's moods hit all alike
            rates[name].append(rate(form, asked.messages, to_null=to_null))
    print(f"\n{'into':<24}{'messages/s, median':>20}{'least':>12}{'most':>12}")
    for name, measured in rates.items():
        print(f"{name:<24}{statistics.median(measured):>20,.0f}{min(measured):>12,.0f}{max(measured):>12,.0f}")


def rate(form: str, messages: int, *, to_null: bool) -> float:
    """Messages a second of one run, from the process's start to its end, less what an empty run takes."""
    with blasting(Feed(messages)) as source:
        whole_s = _run(form, source.url, messages, to_null=to_null)
        start_s = _run(form, source.url, 1, to_null=to_null)
    return messages / (whole_s - start_s)


def _run(form: str, url: str, messages: int, *, to_null: bool) -> float:
    command = [sys.executable, "-m", "coinapi_idx_cli", "watch", "--all", "-f", form, "-n", str(messages)]
    started = time.perf_counter()
    with Path(os.devnull).open("wb") as null:
        process = subprocess.Popen(
            [*command, "--url", url], stdout=null if to_null else subprocess.PIPE
        )
        if process.stdout is not None:
            while os.read(process.stdout.fileno(), 1 << 20):
                pass
            process.stdout.close()
        if process.wait() != 0:
            raise SystemExit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
