"""`idxstream`, `idxstream help`, `idxstream version`."""

from __future__ import annotations

import pytest

from tests.harness import run_here


@pytest.mark.parametrize("words", [[], ["watch"], ["doctor"], ["config"], ["config", "show"], ["help"]], ids=" ".join)
def test_help_is_what_the_option_prints(words: list[str]) -> None:
    shown, by_option = run_here("help", *words), run_here(*words, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == by_option.out
    assert shown.out.startswith("Usage: " + " ".join(["idxstream", *words]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wacth"], "no such command: wacth (did you mean watch?); see idxstream --help"),
        (["config", "shwo"], "no such command: shwo (did you mean show?); see idxstream config --help"),
        (["watch", "show"], "idxstream watch has no commands below it; see idxstream watch --help"),
    ],
)
def test_a_command_that_there_is_not(words: list[str], said: str) -> None:
    done = run_here("help", *words)
    assert (done.code, done.out, done.err) == (2, "", f"idxstream: {said}\n")


def test_version_is_what_the_option_prints() -> None:
    assert run_here("version") == run_here("--version")
    assert run_here("version").code == 0


def test_the_bare_name_prints_a_short_help() -> None:
    done = run_here()
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[0] == "idxstream: Stream CoinAPI index values to a terminal, a pipe or a file."
    assert all(any(line.split()[:1] == [name] for line in lines) for name in ("watch", "indexes", "doctor", "help"))
    assert "  idxstream watch --demo                      no key and no network are needed" in lines
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 20
