"""--include is for ndjson: with a format that has no place for such lines it is an error, not silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.cli.watch.destinations import Destination, check_include
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
        check_include(frozenset({"gap"}), [Destination("table")])


def test_nothing_to_include_is_right_for_every_format() -> None:
    assert check_include(frozenset(), [Destination("csv")]) == frozenset()


def test_one_of_several_outputs_has_lines_for_it() -> None:
    kinds = frozenset({"gap"})
    assert check_include(kinds, [Destination("table"), Destination("ndjson", "a.ndjson")]) == kinds
    with pytest.raises(UsageError, match="and the output is csv and table"):
        check_include(kinds, [Destination("table"), Destination("csv", "a.csv")])
