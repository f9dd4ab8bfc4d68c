"""`--help`: by topic, as wide as the terminal, with examples that can be run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import typer.main

from coinapi_idx_cli.cli.app import app
from coinapi_idx_cli.cli.help import page
from coinapi_idx_cli.cli.help.typer_classes import CommandLine, HelpfulCommand, HelpfulGroup
from coinapi_idx_cli.cli.reporter import Reporter
from completions.model import context_of
from tests.harness import environment, run


def walk(command: Any, parent: Any = None) -> Iterator[tuple[Any, Any]]:
    context = context_of(command, parent)
    yield command, context
    for each in page.below(command):
        yield from walk(each, context)


EVERY = {context.command_path: (command, context) for command, context in walk(typer.main.get_command(app))}


def helped(path: str, monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    command, context = EVERY[path]
    return str(command.get_help(context))


@pytest.mark.parametrize("path", EVERY)
def test_every_command_has_this_help(path: str) -> None:
    assert isinstance(EVERY[path][0], HelpfulCommand | HelpfulGroup), "make it by CommandLine"


@pytest.mark.parametrize("path", EVERY)
def test_every_command_ends_with_examples(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _ = EVERY[path]
    found = page.examples(command)
    assert found
    assert all(each.says and each.lines and not each.says.startswith("idxstream") for each in found)
    end = helped(path, monkeypatch).partition("\nExamples:\n")[2]
    assert [line for line in end.splitlines() if line] == [
        f"  {line}" for each in found for line in (f"# {each.says}", *each.lines)
    ]


@pytest.mark.parametrize("path", EVERY)
def test_the_examples_are_command_lines_of_the_program(path: str) -> None:
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "idxstream" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[profile.paper]\n")
    root, _ = EVERY["idxstream"]
    for example in page.examples(EVERY[path][0]):
        parts = [part for line in example.lines for part in re.split(r" \| | > ", line)]
        lines = [shlex.split(part) for part in parts if part.startswith("idxstream")]
        assert lines, example
        paths = [parse(root, words).command_path for words in lines]
        assert any(each.startswith(path) for each in paths), example


def parse(root: Any, words: list[str]) -> Any:
    """The context of the command that would run; raises what a wrong command line raises."""
    assert words[0] == "idxstream", words
    context = root.make_context("idxstream", words[1:], obj=Reporter([]))
    while page.below(context.command):
        name, command, rest = context.command.resolve_command(context, words[len(context.command_path.split()) :])
        context = command.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("path", EVERY)
def test_no_text_is_wider_than_the_terminal(path: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = helped(path, monkeypatch, columns).partition("\nExamples:\n")[0]
    # Names of options do not break; a row of them is the only thing that may stand out.
    wide = [line for line in text.splitlines() if len(line) > min(columns, 100) and not re.match(r"  -|Usage: ", line)]
    assert wide == []
    assert not any(line.endswith(" ") for line in text.splitlines()[1:])


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("path", EVERY)
def test_every_option_is_there_once(path: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    command, context = EVERY[path]
    text = helped(path, monkeypatch, columns).partition("\nExamples:\n")[0]
    rows = re.findall(r"^  (-\S.*?)(?:  |$)", text[text.index(":\n  ") :], re.MULTILINE)
    every = [each for each in command.get_params(context) if each.param_type_name == "option"]
    options = [each for each in every if not getattr(each, "hidden", False)]  # those are settings
    assert sorted(word for row in rows for word in re.split("[ ,]+", row) if word[0] == "-") == sorted(
        name for each in options for name in (*each.opts, *each.secondary_opts)
    )


@pytest.mark.parametrize("path", EVERY)
def test_notes_have_one_form(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(helped(path, monkeypatch, 200).partition("\nExamples:\n")[0].split())
    notes = re.findall(r"(?<=[.)] )(?:\[[^]]+\] ?)+", text)
    form = r"(\[env: [A-Z_]+\] ?)?(\[default: [^];]+\] ?)?(\[(up to )?\d+( or more| to \d+)?\] ?)?"
    assert [note for note in notes if not re.fullmatch(form, note)] == []
    assert text.count("[default: ") == sum(note.count("[default: ") for note in notes)


def test_the_command_prints_it() -> None:
    done = run("watch", "--help", env={"COLUMNS": "80"})
    assert (done.process.returncode, done.err.text) == (0, "")
    assert "Staying connected:\n  --reconnect <handover|immediate|wait|never>\n" in done.out.text
    assert max(map(len, done.out.lines[:-20])) <= 80
    assert os.linesep + os.linesep + "Examples:" in done.out.text


def test_a_group_below_the_program_has_the_same_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    program, group = CommandLine(), CommandLine(help="Settings.\n\nMore of it.", epilog="# All\nidxstream config show")
    program.add_typer(group, name="config")

    @program.callback()
    def top() -> None: ...

    @group.command(hidden=True)
    def secret() -> None: ...

    @group.command()
    def show(
        one: Annotated[str, typer.Option(rich_help_panel="A topic", metavar="TEXT", help="It. [env: ONE]")] = "x",
    ) -> None:
        """Show them."""

    (_, (config, at), (leaf, below)) = walk(typer.main.get_command(program))
    assert "Commands:\n  show        Show them.\n" in config.get_help(at)
    assert config.get_help(at).endswith("Examples:\n  # All\n  idxstream config show")
    assert "A topic:\n  --one TEXT  It. [env: ONE] [default: x]\n\nOther options:\n" in leaf.get_help(below)
    assert page.summary(config) == "Settings."


@pytest.mark.parametrize(("arguments", "state"), [("config show", True), ("--version", False), ("watch --help", True)])
def test_no_garbage_is_looked_for_until_a_command_begins(arguments: str, state: bool) -> None:
    code = (
        f"import atexit, gc, sys; sys.argv = ['idxstream', *{arguments.split()!r}]\n"
        "atexit.register(lambda: print(gc.isenabled(), file=sys.stderr))\n"
        "from coinapi_idx_cli.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stderr.split()[-1] == str(state)  # behind its time
