"""The README's promises: every option and exit code stands there, and the recipes run as written."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from coinapi_idx_cli import __version__
from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.errors import ExitCode
from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, environment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def options(command: str) -> set[str]:
    return {
        name for param in COMMANDS[command].params for name in (*param.opts, *param.secondary_opts) if name[0] == "-"
    }


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_stands_in_the_readme(command: str) -> None:
    named = set(re.findall(r"--?[a-zA-Z][\w-]*", README))
    assert options(command) - named <= {"-h"}


def test_no_figure_is_left_to_be_filled_in() -> None:
    assert re.findall(r"BENCH_\w+|\bTBD\b|\?\?\?", README) == []


def test_every_option_of_the_readme_exists() -> None:
    tables = "\n".join(line for line in README.splitlines() if line.startswith("| `-"))
    written = {
        name for cell in re.findall(r"^\| `([^`]+)`", tables, re.MULTILINE) for name in re.findall(r"--?\w[\w-]*", cell)
    }
    assert written <= set().union(*map(options, COMMANDS))


def test_every_exit_code_stands_in_the_readme() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)
    assert sorted(int(code) for row in rows for code in row.split(",")) == sorted(ExitCode)


def test_the_changelog_names_the_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_pictures_are_there() -> None:
    paths = re.findall(r"""(?:!\[[^]]+\]\(|<img src=")([^)"]+)""", README)
    assert set(paths) == {str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.svg")}
    assert all((ROOT / path).stat().st_size > 1000 for path in paths)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which `idxstream` is the one under test, HOME is empty, and the feed a simulator."""
    script = tmp_path / "idxstream"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m coinapi_idx_cli "$@"\n')
    script.chmod(0o755)
    (tmp_path / ".coinapi-key").write_text("a-key-for-tests\n")
    (tmp_path / ".coinapi-key").chmod(0o600)
    with Simulator(rate=2000, api_key="a-key-for-tests") as sim:
        path = {"PATH": f"{tmp_path}:{environment()['PATH']}", "HOME": str(tmp_path)}
        yield environment({**path, "IDXSTREAM_URL": sim.url, "COINAPI_KEY_FILE": str(tmp_path / ".coinapi-key")})


def shell(line: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, text=True, timeout=GENEROUS_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (line, done.stderr)
    return done.stdout


def test_the_recipes_with_jq(here: dict[str, str]) -> None:
    recipes = [block for block in blocks("sh") if "jq" in block and "watch" in block]
    assert len(recipes) == 2
    plain, above = (shell(recipe, here) for recipe in recipes)
    assert all(float(line) > 0 for line in plain.splitlines())
    assert len(plain.splitlines()) == 10
    assert len(above.splitlines()) == 100
    assert '"latency_ms":' in above


def test_the_recipe_for_cron(here: dict[str, str], tmp_path: Path) -> None:
    (block,) = blocks("crontab")
    line = next(line for line in block.splitlines() if line.startswith("0 "))
    command = line.split(maxsplit=5)[5].replace(r"\%", "%")  # what cron makes of it
    assert shell(command.replace("-d 1h10s", "-d 1s"), here) == ""
    (file,) = tmp_path.glob("btc-????-??-??T??.csv")
    header, *rows = file.read_text().splitlines()
    assert header == "time_coinapi,index_id,value"
    assert rows
    assert all(row.split(",")[1] == "IDX_REFRATE_PRIMKT_BTC_USD" for row in rows)
