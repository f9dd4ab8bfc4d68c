"""To begin on a large file takes no more memory and reading than on a small one, whatever its end looks like."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.sinks.files.file import CaptureFile
from tests.harness import GENEROUS_S, environment
from tests.sinks.files.files import COMPRESSED, HEAD, KINDS, Told, check_with_the_tool, content, sink_for, written
from tests.sinks.files.test_encodings import lines, noise
from tests.sinks.files.test_joiner import in_one

GIB = 1 << 30
MIB = 1 << 20
MOST_READ_BYTES = 16 * MIB
MOST_MEMORY_BYTES = 40 * MIB
ROW = b"2026-10-21T00:00:00.0000000Z,IDX_A,1.5\n"
BEGIN_AND_SAY_WHAT_IT_TOOK = """
import resource, sys
from coinapi_idx_cli.sinks.files.file import CaptureFile
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def read():
    return int(open("/proc/self/io").readline().split()[1])
lines = []
before, read_before = peak(), read()
file = CaptureFile(sys.argv[1], b"", lambda event, line, **fields: lines.append(line))
last = file.last_lines(1)
file.write(b"more\\n")
file.close()
print(peak() - before, read() - read_before, last, *lines, sep="\\n")
"""


def begun(path: Path) -> tuple[int, int, list[str]]:
    """By how much the peak of memory grew, how much was read, and what was told."""
    command = [sys.executable, "-c", BEGIN_AND_SAY_WHAT_IT_TOOK, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    memory, read, _, *told = done.stdout.splitlines()
    return int(memory), int(read), told


@pytest.mark.parametrize("suffix", KINDS)
def test_a_gigabyte_and_a_half_of_zeros_at_the_end(suffix: str, tmp_path: Path) -> None:
    """As XFS and ext4 leave them where data was still to come when the power went."""
    path = tmp_path / f"x.csv{suffix}"
    written(path, ROW, head=HEAD)
    size = path.stat().st_size
    os.truncate(path, GIB * 3 // 2)
    memory, _, told = begun(path)
    assert memory < MOST_MEMORY_BYTES
    zeros = GIB * 3 // 2 - size
    assert told == [f"{path} ended with {zeros} zero bytes, as a power cut leaves them; they were cut off"]
    assert content(path) == HEAD + ROW + b"more\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", KINDS)
def test_nothing_but_zeros(suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x.csv{suffix}", Told()
    path.touch()
    os.truncate(path, GIB * 3 // 2)
    written(path, ROW, head=HEAD, told=told)
    assert content(path) == HEAD + ROW
    assert told.events == [("repaired", {"file": str(path), "zeros": GIB * 3 // 2})]


@pytest.mark.parametrize("suffix", KINDS)
def test_a_torn_end_with_zeros_behind_it_is_kept_without_them(suffix: str, tmp_path: Path) -> None:
    path, told = tmp_path / f"x.csv{suffix}", Told()
    written(path, ROW, head=HEAD)
    size = path.stat().st_size
    file = CaptureFile(str(path), HEAD, Told())
    file.write(b"".join(lines(3)))
    file.close()
    torn = path.read_bytes()[size:-12]
    os.truncate(path, size + len(torn))
    os.truncate(path, size + len(torn) + 8192)
    written(path, ROW, head=HEAD, told=told)
    whole = b"".join(lines(2)) if not suffix else b""
    assert content(path) == HEAD + ROW + whole + ROW
    assert Path(f"{path}.torn").read_bytes() == torn[len(whole) :]
    assert told.names == ["repaired", "repaired"]
    assert told.events[1][1] == {"file": str(path), "zeros": 8192}


@pytest.mark.parametrize("suffix", COMPRESSED)
@pytest.mark.parametrize("count", [1, 20])
def test_of_what_was_compressed_at_once_or_in_large_members_little_is_read(
    suffix: str, count: int, tmp_path: Path
) -> None:
    """Also of a file that another program made: nothing can be known of its last member when that is very large."""
    path, chance = tmp_path / f"x.csv{suffix}", random.Random(1)
    part = b"".join(noise(chance, 2000) for _ in range(1000))
    whole = HEAD + part * 20
    large = in_one(suffix, part, 1)
    path.write_bytes(in_one(suffix, whole, 1) if count == 1 else in_one(suffix, HEAD) + large * count)
    size = path.stat().st_size
    assert size > MOST_READ_BYTES or (suffix, count) == (".zst", 1)
    memory, read, told = begun(path)
    assert told == []
    assert read < MOST_READ_BYTES
    assert memory < MOST_MEMORY_BYTES
    assert path.stat().st_size < size + 100
    check_with_the_tool(path)
    assert content(path) == whole + b"more\n"


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_large_one_that_turns_out_to_be_torn_is_put_above_while_it_is_written(suffix: str, tmp_path: Path) -> None:
    path, told, chance = tmp_path / f"x.csv{suffix}", Told(), random.Random(1)
    torn = in_one(suffix, HEAD + b"".join(noise(chance, 2000) for _ in range(5000)), 1)[:-100]
    assert len(torn) > 4 * MIB
    path.write_bytes(torn)
    sink = sink_for(path, told)
    sink.open(HEAD)
    rows: list[bytes] = []
    until_s = time.monotonic() + GENEROUS_S
    while not told.events:
        assert time.monotonic() < until_s
        rows.append(b"2026-10-21T00:00:00.0000000Z,IDX_A,%d\n" % len(rows))
        sink.write(Batch(0), rows[-1])
        sink.tick(float("inf"))
    sink.write(Batch(0), ROW)
    sink.close()
    ((event, fields),) = told.events
    assert (event, fields) == ("repaired", {"file": str(path), "moved_to": f"{path}.partial"})
    assert content(path) == HEAD + b"".join(rows) + ROW
    assert Path(f"{path}.partial").read_bytes().startswith(torn)
