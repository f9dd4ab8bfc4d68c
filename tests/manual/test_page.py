"""The manual page in the repository is the program's own help, and readers of manual pages find no fault in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.cli.help import page
from coinapi_idx_cli.cli.help.typer_classes import CommandLine
from coinapi_idx_cli.errors import WHEN
from completions.model import context_of
from manual import roff
from manual.page import render
from tests.completions.test_any_program import ODD_HELP

FOLDER = Path(__file__).parent.parent.parent / "manual"
PAGE = FOLDER / "idxstream.1"
PROGRAM: Any = typer.main.get_command(app)


def mandoc(*options: str, text: str) -> str:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", *options], input=text, capture_output=True, text=True, check=False)
    return re.sub(r".\x08", "", done.stdout)


def shown(text: str, width: int = 80) -> str:
    return mandoc("-Tutf8", f"-Owidth={width}", text=text)


def python(*arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env={**os.environ, **env}, capture_output=True, text=True)


def test_it_is_up_to_date_whatever_the_order_of_sets() -> None:
    for seed in "12":
        ended = python(FOLDER / "generate.py", "--check", PYTHONHASHSEED=seed)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_mandoc_finds_no_fault() -> None:
    said = mandoc("-Tlint", "-Wwarning", text=PAGE.read_text()).splitlines()
    assert [line for line in said if "missing date" not in line] == []  # which would make every day's page another


def test_it_has_the_sections_of_a_manual_page_in_their_order() -> None:
    assert re.findall("^[A-Z].*", shown(PAGE.read_text()), re.MULTILINE)[1:] == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SIGNALS",
        "EXAMPLES", "SEE ALSO",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [each.name for each in page.below(PROGRAM)])
def test_it_has_each_option_with_what_help_says_of_it(name: str) -> None:
    command = PROGRAM.commands[name]
    context = context_of(command, context_of(PROGRAM, None))
    text = shown(PAGE.read_text(), 500)
    of_command = text[text.index(f"\n   idxstream {name}\n") :].partition("\nEXIT STATUS")[0]
    everywhere = text[text.index("\nOPTIONS\n") : text.index("\nCOMMANDS\n")]
    for topic, parameters in page.topics(command, context).items():
        assert f"{topic}:" in of_command or topic in ("Options", "Other options")
        for each in parameters:
            says = str(page.described(each, context)).replace("`", "")
            assert says in " ".join((of_command + everywhere).split())
            assert all(name in of_command + everywhere for name in (*each.opts, *each.secondary_opts) if name[0] == "-")


def test_every_exit_code_variable_and_example_is_there() -> None:
    text = shown(PAGE.read_text(), 500)
    for code, when in WHEN.items():
        assert re.search(rf"^ +{int(code)} +{re.escape(when.replace('`', ''))}$", text, re.MULTILINE)
    for variable in re.findall(r"\[env: (\w+)\]", PAGE.read_text()):
        assert re.search(rf"^       {variable}$", text, re.MULTILINE)
    for command in (PROGRAM, *PROGRAM.commands.values()):
        for example in page.examples(command):
            assert all(f"\n           {line}\n" in text for line in example.lines)


@pytest.mark.parametrize(
    "text", [ODD_HELP, ".TH at the start", "'quoted' at the start", r"a \fB b \n \\ c", "-a --b-c ~^"]
)
def test_any_text_is_shown_to_the_letter(text: str) -> None:
    lines = ['.TH X 1 ""', ".SH NAME", roff.prose(text), ".SH CODE", *roff.code([text])]
    found = [line.strip() for line in shown("\n".join(lines), 200).splitlines()]
    assert text.replace("`", "") in found
    assert text in found


def test_groups_of_commands_hidden_ones_and_paragraphs() -> None:
    program, group = CommandLine(help="Do."), CommandLine(help="Settings.")
    program.add_typer(group, name="config")

    @group.command(hidden=True)
    def secret() -> None: ...

    @group.command(epilog="# See\nidxstream config show | less\n\n# Twice\na\nb")
    def show(path: str, loud: bool = False) -> None:
        """Show them.

        In a second paragraph, with
        a line end, `more`.
        """

    @group.command()
    def forget() -> None:
        """Forget them."""

    text = shown(render(typer.main.get_command(program)))
    assert "SYNOPSIS\n       idxstream config show [OPTIONS]" in text
    assert "\n       Show them.\n\n       In a second paragraph, with a line end, more.\n" in text
    assert "--loud, --no-loud\n" in text
    assert "       Twice:\n\n           a\n           b\n" in text
    assert "secret" not in text
