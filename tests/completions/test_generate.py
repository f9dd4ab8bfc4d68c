"""The files in the repository are what the generator makes of the program, and each shell can read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from completions import generate
from tests.completions.needed import installed
from tests.completions.shells import FILES

SHELL_OF = {"idxstream.bash": "bash", "_idxstream": "zsh", "idxstream.fish": "fish"}


RENDER = """
from completions import generate
from completions.model import read_program
print(generate.render(read_program(generate.app)))
"""


def test_the_files_are_up_to_date(tmp_path: Path) -> None:
    ended = python(FILES / "generate.py", "--check", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_files_do_not_depend_on_the_order_of_sets() -> None:
    ended = [python("-c", RENDER, cwd=FILES.parent, PYTHONHASHSEED=seed) for seed in "123"]
    assert [each.returncode for each in ended] == [0, 0, 0]
    assert len({each.stdout for each in ended}) == 1


def test_check_names_what_is_out_of_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    (tmp_path / "_idxstream").write_text("old")
    (tmp_path / "idxstream.fish").unlink()

    assert generate.main(["--check"], tmp_path) == 1

    assert capsys.readouterr().err.splitlines() == [
        "completions/_idxstream is out of date; make it: python completions/generate.py",
        "completions/idxstream.fish is out of date; make it: python completions/generate.py",
    ]
    assert (tmp_path / "_idxstream").read_text() == "old"


@pytest.mark.parametrize("name", SHELL_OF)
def test_the_shell_parses_the_file(name: str) -> None:
    ended = subprocess.run([installed(SHELL_OF[name]), "-n", FILES / name], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("name", SHELL_OF)
def test_the_file_says_what_made_it(name: str) -> None:
    assert "Made by completions/generate.py" in "".join((FILES / name).read_text().splitlines()[:2])


def test_zsh_knows_from_the_first_line_what_the_file_is_for() -> None:
    assert (FILES / "_idxstream").read_text().startswith("#compdef idxstream\n")


def python(*arguments: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env={**os.environ, **env}, cwd=cwd, capture_output=True, text=True
    )
