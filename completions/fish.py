"""The completion for fish: one `complete` line an option, valid where `__idxstream_at` says its command is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coinapi_idx_cli.cli.options.records import Completes
from completions.model import Argument, Command, Option, Value
from completions.text import MADE_BY, engine

COMPLETE = "complete -c idxstream"


def render(program: Command) -> str:
    """The text of idxstream.fish."""
    commands = list(program.walk())
    return "\n".join([
        MADE_BY,
        "",
        *_list("__idxstream_commands", "Each command, after the one that it is below", _below(commands)),
        *_list("__idxstream_valued", "Each option that takes a value, after its command", _valued(commands)),
        engine("engine.fish"),
        f"{COMPLETE} -f",
        *(line for command in commands for line in _lines(command)),
        "",
    ])  # fmt: skip


def _list(variable: str, says: str, items: Iterable[str]) -> list[str]:
    return [f"# {says}.", f"set -g {variable} \\", *(f"    {_quoted(item)} \\" for item in items), "    ''", ""]


def _below(commands: list[Command]) -> Iterator[str]:
    return (_key(command, below.name) for command in commands for below in command.commands)


def _valued(commands: list[Command]) -> Iterator[str]:
    for command in commands:
        for option in command.options:
            if option.value is not None:
                yield from (_key(command, name) for name in option.names)


def _key(command: Command, name: str) -> str:
    return f"{' '.join(command.path)}:{name}"


def _lines(command: Command) -> Iterator[str]:
    yield ""
    for below in command.commands:
        yield f"{_condition(command, '1 1')} -a {_quoted(below.name)} -d {_quoted(below.help)}"
    for number, argument in enumerate(command.arguments, start=1):
        yield from _argument(command, number, argument)
    for option in command.options:
        yield f"{_condition(command)} {_names(option)}{_takes(option.value)} -d {_quoted(option.help)}"


def _condition(command: Command, range_of_arguments: str = "") -> str:
    at = f"__idxstream_at {_quoted(' '.join(command.path), inside=True)} {range_of_arguments}"
    return f'{COMPLETE} -n "{at.rstrip()}"'


def _argument(command: Command, number: int, argument: Argument) -> Iterator[str]:
    numbers = f"{number} {9999 if argument.repeatable else number}"
    if argument.value.kind is Completes.FILES:
        yield f"{_condition(command, numbers)} -F"
    elif argument.value.kind is not Completes.NOTHING:
        yield f"{_condition(command, numbers)} -a {_words(argument.value)}"


def _names(option: Option) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)


def _takes(value: Value | None) -> str:
    if value is None:
        return ""
    if value.kind is Completes.FILES:
        return " -r -F"
    return " -x" if value.kind is Completes.NOTHING else f" -x -a {_words(value)}"


def _words(value: Value) -> str:
    words = " ".join(value.words)
    return _quoted({
        Completes.WORDS: words,
        Completes.LIST_OF_WORDS: f"(__idxstream_comma_list {words})",
        Completes.INDEX_IDS: "(__idxstream_index_ids)",
    }[value.kind])  # fmt: skip


def _quoted(text: str, *, inside: bool = False) -> str:
    """For fish; `inside` a text in double quotes nothing needs to be escaped, as names of commands have no quotes."""
    return f"'{text}'" if inside else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
