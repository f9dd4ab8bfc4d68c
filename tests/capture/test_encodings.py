"""gzip and zstd that are valid after every write, and hold what was put in."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.capture.encodings import TornError, decoded, encoder_for, format_of
from coinapi_idx_cli.errors import UsageError
from tests.capture.files import COMPRESSED, KINDS, check_with_the_tool, content, written

LINE = b'{"type":"index","index_id":"IDX_REFRATE_PRIMKT_BTC_USD","time_coinapi":"2026-10-21T%02d:%02d:%02d.1234567Z",'


def lines(count: int) -> list[bytes]:
    """Such as the feed sends them."""
    return [
        LINE % (number // 3600, number // 60 % 60, number % 60) + b'"value":%d.%d}\n' % (60_000 + number % 7, number)
        for number in range(count)
    ]


def put_together(name: str, runs: list[list[bytes]]) -> bytes:
    """As `CaptureFile` does it: what is added takes the place of the end."""
    stored = b""
    for chunks in runs:
        encoder = encoder_for(name)
        for chunk in chunks:
            stored = stored[: len(stored) - len(encoder.end)] + encoder.add(chunk)
    return stored


@given(
    name=st.sampled_from(["x", "x.gz", "x.zst"]),
    runs=st.lists(st.lists(st.binary(min_size=1, max_size=3000), max_size=5)),
)
def test_any_chunks_of_any_runs_come_out_as_they_went_in(name: str, runs: list[list[bytes]]) -> None:
    stored = put_together(name, runs)
    assert b"".join(decoded(name, io.BytesIO(stored))) == b"".join(chunk for chunks in runs for chunk in chunks)


@pytest.mark.parametrize("name", ["x.gz", "x.zst"])
def test_each_cut_is_noticed(name: str) -> None:
    stored = put_together(name, [lines(3), lines(2)])
    first = len(put_together(name, [lines(3)]))
    for size in set(range(1, len(stored))) - {first}:
        with pytest.raises(TornError):
            list(decoded(name, io.BytesIO(stored[:size])))


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_file_is_valid_after_every_write_of_every_run(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    done = b""
    for run in range(3):
        pieces = lines(4 + run)
        for count in range(1, len(pieces) + 1):
            partial = tmp_path / f"{run}-{count}{suffix}"
            partial.write_bytes(path.read_bytes() if path.exists() else b"")
            written(partial, *pieces[:count])
            check_with_the_tool(partial)
            assert content(partial) == done + b"".join(pieces[:count])
        written(path, *pieces)
        done += b"".join(pieces)
        assert content(path) == done


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_one_message_a_write_compresses_as_one_would_wish(suffix: str, tmp_path: Path) -> None:
    for kind in ("", suffix):
        written(tmp_path / f"x{kind}", *lines(2000))
    size = (tmp_path / f"x{suffix}").stat().st_size
    plain = (tmp_path / "x").stat().st_size
    assert size < plain / 4


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.csv", "csv"),
        ("x.csv.gz", "csv"),
        ("x.ndjson.zst", "ndjson"),
        ("x.jsonl", "ndjson"),
        ("a.b/x-%Y.%m.csv", "csv"),
        ("x.txt", None),
        ("x.gz", None),
        ("x", None),
        ("a.csv/x", None),
    ],
)
def test_the_name_says_the_format(name: str, kind: str | None) -> None:
    assert format_of(name) == kind


def test_a_missing_package_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UsageError, match=r"needs the package zstandard; pip install 'idxstream\[zstd\]'"):
        encoder_for("x.zst")
    for suffix in KINDS[:2]:
        encoder_for(f"x{suffix}")
