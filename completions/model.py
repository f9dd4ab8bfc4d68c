"""What there is to complete, read from the program's own Typer application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import typer

from coinapi_idx_cli.cli.help.page import below, described, summary


class Kind(StrEnum):
    PLAIN = "plain"
    CHOICE = "choice"
    COMMA_LIST = "list"
    FILE = "file"
    INDEX_ID = "index_id"


KIND_OF_METAVAR = {"PATH": Kind.FILE, "FILE": Kind.FILE, "INDEX_ID": Kind.INDEX_ID, "GLOB": Kind.INDEX_ID}


@dataclass(frozen=True)
class Value:
    kind: Kind
    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """All spellings of one switch. Negated, it is an option of its own, and each is a rival of the other."""

    names: tuple[str, ...]
    help: str
    value: Value | None = None
    repeatable: bool = False
    stands_alone: bool = False
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Argument:
    value: Value
    repeatable: bool


@dataclass(frozen=True)
class Command:
    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        return self.path[-1]

    def walk(self) -> Iterator[Command]:
        """This command, and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


Suggested = Mapping[str, tuple[Kind, tuple[str, ...]]]


def read_program(app: typer.Typer, suggested: Suggested) -> Command:
    """The tree of commands. `suggested`: option -> its words, where its type does not tell them."""
    return _command((), typer.main.get_command(app), None, suggested)


# typer vendors click since 0.26: its base classes have no public name, hence Any.
def _command(path: tuple[str, ...], command: Any, parent: Any, suggested: Suggested) -> Command:
    context = context_of(command, parent)
    parameters = [each for each in command.get_params(context) if not getattr(each, "hidden", False)]
    return Command(
        path=path,
        help=summary(command),
        options=tuple(_options(filter(_is_option, parameters), context, suggested)),
        arguments=tuple(_argument(each, context, suggested) for each in parameters if not _is_option(each)),
        commands=tuple(
            _command((*path, each.name), each, context, suggested)
            for each in sorted(below(command), key=lambda each: str(each.name))
        ),
    )


def context_of(command: Any, parent: Any) -> Any:
    """As it is when `command` runs below `parent`, None for the program itself."""
    name = command.name if parent is not None else "idxstream"
    return command.context_class(command, info_name=name, parent=parent, **command.context_settings)


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _options(parameters: Iterable[Any], context: Any, suggested: Suggested) -> Iterator[Option]:
    for each in parameters:
        option = _option(each, context, suggested)
        yield option
        if option.rivals:
            yield Option(option.rivals, f"Off: {option.help}", rivals=option.names)


def _option(option: Any, context: Any, suggested: Suggested) -> Option:
    return Option(
        names=tuple(sorted(option.opts, key=_short_first)),
        help=described(option, context).text,
        value=None if option.is_flag or option.count else _value(option, context, suggested),
        repeatable=option.multiple or option.count,
        stands_alone=option.is_eager and option.is_flag,
        rivals=tuple(sorted(option.secondary_opts, key=_short_first)),
    )


# The names of --help come out of a set: without an order each run would write another file.
def _short_first(name: str) -> tuple[int, str]:
    return len(name), name


def _argument(argument: Any, context: Any, suggested: Suggested) -> Argument:
    return Argument(_value(argument, context, suggested), repeatable=argument.nargs == -1)


def _value(parameter: Any, context: Any, suggested: Suggested) -> Value:
    metavar = parameter.make_metavar(ctx=context)
    choices = tuple(str(choice) for choice in getattr(parameter.type, "choices", ()))
    if choices:
        return Value(Kind.CHOICE, parameter.name.replace("_", " "), choices)
    for name in parameter.opts:
        if name in suggested:
            return Value(suggested[name][0], metavar, suggested[name][1])
    label = metavar.strip("[]<>.")
    return Value(KIND_OF_METAVAR.get(label.upper(), Kind.PLAIN), label)
