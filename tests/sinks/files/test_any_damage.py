"""Whatever end a crash leaves, the next run keeps every line that was whole, and throws nothing away but zeros."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from coinapi_idx_cli.sinks.files.file import CaptureFile
from tests.sinks.files.files import HEAD, KINDS, Told, content, written

NEXT = b"2026-10-22T00:00:00.0000000Z,IDX_A,1.5\n"


def of_some_runs(path: Path, chance: random.Random) -> list[tuple[int, bytes]]:
    """How long the file and its content are after each flush."""
    states, so_far, number = [], HEAD, 0
    for _ in range(chance.randint(1, 3)):
        file = CaptureFile(str(path), HEAD, Told())
        for _ in range(chance.randint(1, 30)):
            count = chance.choice([1, 1, 3, 100])
            number += count
            rows = b"".join(b"%d,IDX_%d,%d\n" % (number, row, chance.getrandbits(90)) for row in range(count))
            file.write(rows)
            file.flush()
            so_far += rows
            states.append((path.stat().st_size, so_far))
        file.close()
    assert content(path) == so_far
    return states


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_every_whole_line_stays_and_the_rest_is_kept(suffix: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(f"{seed}{suffix}")
    path, told = tmp_path / f"x.csv{suffix}", Told()
    states = of_some_runs(path, chance)
    whole = path.read_bytes()
    size = chance.choice([chance.randint(states[0][0], len(whole)), chance.choice(states)[0]])
    garbage = chance.choice([b"", b"", chance.randbytes(chance.randint(1, 5000)).replace(b"\n", b"x") + b"."])
    zeros = chance.choice([0, 0, 17, 5000, 3_000_000])
    damaged = whole[:size] + garbage + bytes(zeros)
    path.write_bytes(damaged)
    CaptureFile(str(path), HEAD, told).close()
    mended = path.read_bytes()
    torn = b"".join(kept.read_bytes() for kept in tmp_path.glob("*.torn"))
    if "had no line end" in str(told.lines):
        assert (mended.startswith(damaged), torn) == (True, b"")
    else:
        assert damaged.startswith(mended)
        assert damaged[len(mended) :].rstrip(b"\0") == torn.rstrip(b"\0")
        assert states[-1][1].startswith(content(path))
    assert content(path).startswith(max(content_ for end, content_ in states if end <= size))
    assert set(tmp_path.iterdir()) <= {path, Path(f"{path}.torn")}
    before = content(path)
    written(path, NEXT, head=HEAD, told=Told())
    assert content(path) == before + NEXT
