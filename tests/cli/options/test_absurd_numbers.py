"""Numbers that no clock, socket or server can hold: exit 2 and a line that says so, for every option there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import typer

from coinapi_idx_cli.cli.app import app
from completions.model import context_of
from tests.harness import run_here

NINES = "9" * 400
THOUSANDS_OF_NINES = "9" * 5000  # of which Python makes no number
HUGE = {
    "DURATION": ["9999999d", f"{NINES}s", NINES, "1e400s", "99999999999999999999999"],
    "SIZE": [f"{NINES}MB", NINES, THOUSANDS_OF_NINES, "9999999TB"],
    "N": ["99999999999999999999999", NINES, THOUSANDS_OF_NINES],
}
UNBOUNDED = {"--seed"}  # which is but a text


def options_with_numbers() -> list[tuple[str, str, str]]:
    """Each command's options that take a number, with what to call its kind."""
    program: Any = typer.main.get_command(app)  # as in completions/model.py
    root = context_of(program, None)
    found = []
    for command in program.commands.values():
        context = context_of(command, root)
        for option in command.params:
            metavar = option.make_metavar(context) if option.param_type_name == "option" else ""
            if metavar in HUGE and option.opts[-1] not in UNBOUNDED:
                found.append((str(command.name), option.opts[-1], metavar))
    return found


@pytest.mark.parametrize(("command", "option", "kind"), options_with_numbers())
def test_a_number_that_nothing_can_hold_is_a_usage_error(command: str, option: str, kind: str) -> None:
    for text in HUGE[kind]:
        code, _, err = run_here(command, option, text)
        assert (code, len(err.splitlines())) == (2, 1), (text, err)
        assert option in err


def test_all_kinds_of_numbers_are_among_them() -> None:
    found = options_with_numbers()
    assert {("watch", "--count", "N"), ("watch", "--update-limit-ms", "N"), ("simulate", "--rate", "N")} <= set(found)
    assert {kind for _, _, kind in found} == set(HUGE)


@pytest.mark.parametrize("number", ["0x" + "f" * 4000, "9" * 30, "-" + "9" * 30, THOUSANDS_OF_NINES])
def test_in_a_settings_file_too(number: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"count = {number}\n")
    for command in (["watch", "--demo"], ["config", "show"]):
        code, _, err = run_here(*command, "--config", os.fspath(file))
        assert (code, len(err.splitlines())) == (2, 1), err


@pytest.mark.parametrize("option", ["--connect-timeout", "--stale-after", "--give-up-after", "--idle-timeout", "-d"])
def test_the_longest_duration_works(option: str) -> None:
    done = run_here("watch", "--demo", "-n", "1", option, "3650d")
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1)


def test_the_longest_duration_works_for_doctor() -> None:
    done = run_here("doctor", "--demo", "--connect-timeout", "3650d")
    assert (done.code, done.err) == (0, "")
