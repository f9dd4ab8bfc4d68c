"""The recipes for DuckDB and pandas, run as written, against files that mislead who guesses types."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import blocks

RECIPES = blocks("python")
HEAD = "time_coinapi,index_id,value\n"
WHOLE_VALUES = 21_000  # more than DuckDB looks at to guess a type
DE_PEG = "0.87654321"


def rows(day: int, *values: str) -> str:
    return "".join(
        f"2026-11-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.1234567Z,IDX_A_USD,{value}\n"
        for second, value in enumerate(values)
    )


def recipe(word: str) -> str:
    return next(block for block in RECIPES if word in block)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The first file has only its header, as earlier versions left it; the values of the second are whole for long."""
    contents = [HEAD, HEAD + rows(2, *["1"] * WHOLE_VALUES, DE_PEG), HEAD + rows(3, "1.5")]
    for day, content in enumerate(contents, 1):
        (tmp_path / f"ticks-2026-11-0{day}.csv").write_text(content)
        (tmp_path / f"ticks-2026-11-0{day}.csv.gz").write_bytes(gzip.compress(content.encode()))
    return tmp_path


def printed(code: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_duckdb_rounds_nothing(suffix: str, folder: Path) -> None:
    code = (
        recipe("read_csv('").replace(".csv", suffix) + "print(ticks.types, ticks.aggregate('min(time_coinapi::text)'))"
    )
    shown = printed(code, folder)
    assert re.search(rf"IDX_A_USD\s*│\s*{WHOLE_VALUES + 2}\s*│\s*{DE_PEG}\s*│\s*1\.5", shown)
    assert "[TIMESTAMP_NS, VARCHAR, DOUBLE]" in shown
    assert "2026-11-02 00:00:00.1234567" in shown
    for day in (1, 3):
        (folder / f"ticks-2026-11-0{day}{suffix}").unlink()
    assert re.search(rf"IDX_A_USD\s*│\s*{WHOLE_VALUES + 1}\s*│\s*{DE_PEG}\s*│\s*1\.0", printed(code, folder))


def test_pandas_keeps_the_types(folder: Path) -> None:
    code = recipe("pd.read_csv") + "print(*ticks.dtypes, ticks['value'].min(), ticks['time_coinapi'].min())"
    shown = printed(code, folder)
    assert f"{WHOLE_VALUES + 2}" in shown.replace(".0", "")
    assert re.search(rf"datetime64\[\w+, UTC\] \w+ float64 {DE_PEG} 2026-11-02 00:00:00\.1234567\d*\+00:00", shown)
