"""The completion for bash: tables of the commands, the options and their values, then the engine that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coinapi_idx_cli.cli.options.records import Completes
from completions.model import Command, Option, Value
from completions.text import MADE_BY, engine

Row = tuple[str, str]


def render(program: Command) -> str:
    """The text of idxstream.bash."""
    commands = list(program.walk())
    return "\n".join([
        MADE_BY,
        "",
        *_table("_idxstream_commands", "The commands below the command $1", '"$1"', _commands(commands)),
        *_table("_idxstream_options", "The options of the command $1", '"$1"', _options(commands)),
        *_table("_idxstream_value", "What the option $2 of the command $1 takes", '"$1:$2"', _values(commands)),
        *_table("_idxstream_argument", "What argument number $2 of the command $1 is", '"$1:$2"', _arguments(commands)),
        engine("engine.bash"),
    ])  # fmt: skip


def _table(function: str, says: str, subject: str, rows: Iterable[Row]) -> Iterator[str]:
    yield f"# {says}, into REPLY; false when there is nothing."
    yield f"{function}() {{"
    yield f"  case {subject} in"
    for pattern, answer in rows:
        yield f"    {pattern}) REPLY={_quoted(answer)} ;;"
    yield "    *) REPLY='' && return 1 ;;"
    yield "  esac"
    yield "}"
    yield ""


def _commands(commands: list[Command]) -> Iterator[Row]:
    for command in commands:
        if command.commands:
            yield _quoted(" ".join(command.path)), " ".join(below.name for below in command.commands)


def _options(commands: list[Command]) -> Iterator[Row]:
    for command in commands:
        yield _quoted(" ".join(command.path)), _lines(command.options)


def _lines(options: Iterable[Option]) -> str:
    return "".join(f"\n      {' '.join(option.names)}" for option in options)


def _values(commands: list[Command]) -> Iterator[Row]:
    for command in commands:
        for option in command.options:
            if option.value is not None:
                yield " | ".join(_key(command, name) for name in option.names), _answer(option.value)


def _arguments(commands: list[Command]) -> Iterator[Row]:
    for command in commands:
        for number, argument in enumerate(command.arguments, start=1):
            if argument.value.kind is not Completes.NOTHING:
                any_later = "*" if argument.repeatable else str(number)
                yield _key(command, "") + any_later, _answer(argument.value)


def _key(command: Command, name: str) -> str:
    return _quoted(f"{' '.join(command.path)}:{name}")


def _quoted(text: str) -> str:
    return f"'{text}'"


def _answer(value: Value) -> str:
    return " ".join((value.kind, *value.words))
