"""Kills `watch -o FILE` again and again, and looks at what is left after each time."""

from __future__ import annotations

import gzip
import random
import subprocess
import time
from pathlib import Path

import zstandard

from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S, environment

VALUES_PER_S = 20_000  # many a write, so that they are longer than a page of the system's cache
MOST_GROWTH_BYTES = {".csv": 300_000, ".gz": 50_000, ".zst": 50_000}
READERS = {".csv": ["cat"], ".gz": ["gzip", "-dcq"], ".zst": ["zstd", "-dcq"]}
TESTERS = {".csv": ["true"], ".gz": ["gzip", "-t"], ".zst": ["zstd", "-qt"]}


def start(sim: Simulator, path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [*COMMAND, "watch", "--all", "--url", sim.url, "-o", str(path), *arguments]
    return subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE)


def whole_lines(path: Path) -> bytes:
    """Of a file that may be written at this moment: as far as it can be read."""
    if not path.exists():
        return b""
    content = subprocess.run(READERS[path.suffix] + [str(path)], capture_output=True, check=False).stdout
    return content[: content.rfind(b"\n") + 1]


def strictly(path: Path) -> list[str]:
    """The lines, by the standard tools, which complain about anything that is not whole."""
    subprocess.run([*TESTERS[path.suffix], str(path)], check=True, capture_output=True, timeout=GENEROUS_S)
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            data = reader.read()
    text = data.decode()
    assert text.endswith("\n")
    return text.splitlines()


def kill_at_a_random_moment(sim: Simulator, path: Path, chance: random.Random) -> None:
    """When so much was written, and not one line that was seen before may be missing after."""
    size = path.stat().st_size if path.exists() else 0
    more = chance.randint(1, MOST_GROWTH_BYTES[path.suffix])
    process = start(sim, path)
    try:
        until_s = time.monotonic() + GENEROUS_S
        while not path.exists() or path.stat().st_size < size + more:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until_s
            time.sleep(0.001)
        seen = whole_lines(path)
    finally:
        process.kill()
        process.communicate()
    assert whole_lines(path).startswith(seen)
