"""Members of gzip and zstd that hold what was put in, and are valid after every write."""

from __future__ import annotations

import io
import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.sinks.files.encodings import PAGE_BYTES, TornError, decoded, packed, packing_for
from coinapi_idx_cli.sinks.files.file import CaptureFile
from tests.sinks.files.files import COMPRESSED, KINDS, Told, check_with_the_tool, content

LINE = b'{"type":"index","index_id":"IDX_REFRATE_PRIMKT_BTC_USD","time_coinapi":"2026-10-21T%02d:%02d:%02d.1234567Z",'


def lines(count: int) -> list[bytes]:
    """Such as the feed sends them."""
    return [
        LINE % (number // 3600, number // 60 % 60, number % 60) + b'"value":%d.%d}\n' % (60_000 + number % 7, number)
        for number in range(count)
    ]


def put_together(name: str, runs: list[list[bytes]]) -> bytes:
    """As `CaptureFile` does it."""
    stored, packing = b"", packing_for(name)
    for chunk in (chunk for chunks in runs for chunk in chunks):
        for piece in [chunk] if packing is None else packed(packing, chunk, len(stored)):
            stored += piece
    return stored


def read(name: str, stored: bytes) -> bytes:
    return b"".join(decoded(packing_for(name), io.BytesIO(stored)))


@given(
    name=st.sampled_from(["x", "x.gz", "x.zst"]),
    runs=st.lists(st.lists(st.binary(min_size=1, max_size=3000), max_size=5)),
)
def test_any_chunks_of_any_runs_come_out_as_they_went_in(name: str, runs: list[list[bytes]]) -> None:
    stored = put_together(name, runs)
    assert read(name, stored) == b"".join(chunk for chunks in runs for chunk in chunks)


@pytest.mark.parametrize("name", ["x.gz", "x.zst"])
def test_each_cut_is_noticed(name: str) -> None:
    stored = put_together(name, [lines(3), lines(2)])
    ends = {0, len(stored)}
    member = b""
    for size in range(1, len(stored)):
        with suppress(TornError):
            member = read(name, stored[:size])
            ends.add(size)
    assert len(ends) == 6
    assert member == b"".join([*lines(3), *lines(1)])


@pytest.mark.parametrize("name", ["x.gz", "x.zst"])
@pytest.mark.parametrize("longest", [1, 40, 3000])
def test_no_member_crosses_a_page_and_a_padding_fills_any_room(name: str, longest: int) -> None:
    """Lines that compress well, and such as do not at all, one a write or many."""
    chance, packing, offset, stored = random.Random(longest), packing_for(name), 0, b""
    assert packing is not None
    written = []
    for _ in range(1500 if longest == 1 else 300):
        written.append(b"".join(chance.choice([noise(chance), lines(1)[0]]) for _ in range(chance.randint(1, longest))))
        for member in packed(packing, written[-1], offset):
            assert offset // PAGE_BYTES == (offset + len(member) - 1) // PAGE_BYTES
            assert offset % PAGE_BYTES or member.startswith(packing.magic)
            offset += len(member)
            stored += member
        if offset > 2_000_000:
            break
    assert offset > 20 * PAGE_BYTES
    assert read(name, stored) == b"".join(written)
    for size in range(packing.least_padding, PAGE_BYTES + 1):
        padding = packing.padding(size)
        assert (len(padding), read(name, padding)) == (size, b"")


@pytest.mark.parametrize("name", ["x.gz", "x.zst"])
def test_a_line_that_no_page_can_hold_has_a_member_of_its_own(name: str) -> None:
    chance = random.Random(1)
    written = [lines(2)[0], noise(chance, 20_000), lines(2)[1], noise(chance, 5000)]
    assert read(name, put_together(name, [written])) == b"".join(written)


def noise(chance: random.Random, size: int | None = None) -> bytes:
    return chance.randbytes((size or chance.randint(10, 2000)) // 2).hex().encode() + b"\n"


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_file_is_valid_after_every_write_of_every_run(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    done = b""
    for run in range(3):
        pieces = lines(4 + run)
        file = CaptureFile(str(path), b"", Told())
        for piece in pieces:
            file.write(piece)
            file.flush()
            done += piece
            check_with_the_tool(path)
            assert content(path) == done
        file.close()


def test_a_missing_package_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UsageError, match=r"needs the package zstandard; pip install 'idxstream\[zstd\]'"):
        packing_for("x.zst")
    for suffix in KINDS[:2]:
        packing_for(f"x{suffix}")
