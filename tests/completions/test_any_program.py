"""Another program, with what idxstream does not have today: its completions come from the same generator."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer

from coinapi_idx_cli.cli.app import app as idxstream
from coinapi_idx_cli.cli.options.records import Completes
from completions import generate
from completions.model import read_program
from tests.completions.needed import installed
from tests.completions.shells import PREPARE, Shell, write_index_list

ODD_HELP = """It's [odd]: "$HOME" `x` \\ 100% {a,b} (c); <d> é"""


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


app = typer.Typer(add_completion=False)
config = typer.Typer()
app.add_typer(config, name="config", help=ODD_HELP)


@config.command()
def show(word: Annotated[str, typer.Argument(metavar="WORD")]) -> None:
    """Show."""


@config.command()
def set_key(
    colour: Colour,
    path: Annotated[Path, typer.Argument(metavar="PATH")],
    index_id: Annotated[str | None, typer.Argument(metavar="[INDEX_ID]")] = None,
    odd_one: Annotated[bool, typer.Option("--odd-one", help=ODD_HELP)] = False,
    odd_two: Annotated[list[Colour] | None, typer.Option(help=ODD_HELP)] = None,
    secret: Annotated[bool, typer.Option("--odd-secret", hidden=True)] = False,
) -> None:
    """Set."""


@app.command(hidden=True)
def confuse() -> None: ...


@pytest.fixture(scope="module", params=sorted(PREPARE))
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    home, files = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("files")
    write_index_list(home / "cache", ["IDX_1"])
    for name, text in generate.render(read_program(app)).items():
        (files / name).write_text(text)
    running = Shell(installed(request.param), home, files)
    (home / "work" / "file").touch()
    with running.terminal:
        yield running


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("conf\t set\t r\t fi\t IDX\t", "[config][set-key][red][file][IDX_1]"),
        (
            "config set-key --odd-two re\t --odd-two=gr\t gr\t",
            "[config][set-key][--odd-two][red][--odd-two=green][green]",
        ),
        ("config set-key red file IDX_1 IDX\t", "[config][set-key][red][file][IDX_1][IDX]"),
        ("config show re\t", "[config][show][re]"),
        ("config set-key --odd-sec\t", "[config][set-key][--odd-sec]"),
    ],
)
def test_groups_of_commands_and_arguments_by_their_place(shell: Shell, typed: str, expected: str) -> None:
    assert shell.runs(typed) == expected


def test_the_help_is_shown_to_the_letter(shell: Shell) -> None:
    screen = shell.shows("config set-key --odd-\t\t", "--odd-one", "--odd-two")
    assert (ODD_HELP in screen) == (shell.name != "bash")


def test_a_flag_and_its_negation_exclude_each_other() -> None:
    program = read_program(idxstream)
    watch = next(command for command in program.commands if command.name == "watch")
    header, no_header = (option for option in watch.options if "header" in option.names[0])
    assert (header.names, header.rivals) == (("--header",), ("--no-header",))
    assert (no_header.names, no_header.rivals) == (("--no-header",), ("--header",))
    assert no_header.help == f"Off: {header.help}"


def test_what_is_completed_comes_from_the_type_or_the_record() -> None:
    program = read_program(idxstream)
    watch = next(command for command in program.commands if command.name == "watch")
    kinds = {option.names[-1]: option.value and option.value.kind for option in watch.options}
    assert kinds["--auth"] is Completes.WORDS
    assert kinds["--format"] is Completes.WORDS
    assert kinds["--fields"] is kinds["--include"] is Completes.LIST_OF_WORDS
    assert kinds["--ids-from"] is kinds["--ca-file"] is Completes.FILES
    assert kinds["--url"] is kinds["--count"] is kinds["--stats"] is Completes.NOTHING
    assert kinds["--all"] is kinds["--verbose"] is None
    assert watch.arguments[0].value.kind is Completes.INDEX_IDS
