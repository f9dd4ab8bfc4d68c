"""--include is for ndjson: with a format that has no place for such lines it is an error, not silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.cli.watch.settings import check_include
from coinapi_idx_cli.errors import UsageError
from tests.harness import run


@pytest.mark.parametrize("arguments", [("-f", "csv"), ("-o", "ticks.csv.gz")])
def test_with_csv_it_is_an_error_and_no_file_is_made(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("watch", "--demo", "-n", "1", "--include", "gap", *arguments)
    assert (done.wait(), done.out.lines) == (2, [])
    (line,) = done.err.lines
    assert "--include adds lines to ndjson, and the output is csv; use -f ndjson, or leave --include out" in line
    assert list(tmp_path.iterdir()) == []


def test_with_the_table_it_is_an_error() -> None:
    with pytest.raises(UsageError, match="and the output is table"):
        check_include(frozenset({"gap"}), "table")


def test_what_names_no_kind_is_no_error_whatever_the_format() -> None:
    assert check_include(frozenset(), "csv") == frozenset()


@pytest.mark.parametrize("name", ["ndjson", "a-plug-in"])
def test_who_takes_such_lines_gets_them(name: str) -> None:
    assert check_include(frozenset({"gap"}), name) == {"gap"}
