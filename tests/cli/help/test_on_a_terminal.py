"""What a person at a terminal gets: bold headings in the help, and of an error what to do on a line of its own."""

from __future__ import annotations

import pytest

from tests.cli.help.terminals import shown_on_a_terminal

BOLD = "\x1b[1m"


def test_headings_and_names_of_options_are_bold() -> None:
    page = shown_on_a_terminal("watch", "--help")
    for text in ("Usage:", "Staying connected:", "--stale-after DURATION", "Examples:"):
        assert f"{BOLD}{text}\x1b[0m" in page


@pytest.mark.parametrize("arguments", [("--help",), ()])
def test_a_dumb_terminal_gets_plain_text(arguments: tuple[str, ...]) -> None:
    assert "\x1b" not in shown_on_a_terminal(*arguments, TERM="dumb")


def test_the_bare_name_has_bold_headings_too() -> None:
    assert f"{BOLD}Commands:\x1b[0m" in shown_on_a_terminal()


def test_an_error_says_what_to_do_on_a_line_of_its_own() -> None:
    lines = shown_on_a_terminal("watch").splitlines()
    assert lines == [
        "idxstream: no index ids given, and the feed is metered: every message costs money",
        "→ name some (idxstream watch IDX_REFRATE_PRIMKT_BTC_USD), here or as ids in the settings, or use --all",
    ]


def test_a_wrong_command_line_as_well() -> None:
    lines = shown_on_a_terminal("watch", "--cout", "3").splitlines()
    assert lines == ["idxstream: no such option: --cout (did you mean --count?)", "→ see idxstream watch --help"]


def test_without_utf8_the_arrow_is_of_ascii() -> None:
    lines = shown_on_a_terminal("watch", PYTHONIOENCODING="ascii").splitlines()
    assert lines[1].startswith("-> name some")
