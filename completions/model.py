"""What there is to complete, read from the program's own Typer application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import typer

from coinapi_idx_cli.cli.help.page import below, described, summary
from coinapi_idx_cli.cli.options.introspect import long_name
from coinapi_idx_cli.cli.options.records import Completes, record_of


@dataclass(frozen=True)
class Value:
    kind: Completes
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


def read_program(app: typer.Typer) -> Command:
    """The tree of commands."""
    return _command((), typer.main.get_command(app), None)


# typer vendors click since 0.26: its base classes have no public name, hence Any.
def _command(path: tuple[str, ...], command: Any, parent: Any) -> Command:
    context = context_of(command, parent)
    parameters = [each for each in command.get_params(context) if not getattr(each, "hidden", False)]
    return Command(
        path=path,
        help=summary(command),
        options=tuple(_options(filter(_is_option, parameters), context)),
        arguments=tuple(_argument(each, context) for each in parameters if not _is_option(each)),
        commands=tuple(
            _command((*path, each.name), each, context)
            for each in sorted(below(command), key=lambda each: str(each.name))
        ),
    )


def context_of(command: Any, parent: Any) -> Any:
    """As it is when `command` runs below `parent`, None for the program itself."""
    name = command.name if parent is not None else "idxstream"
    return command.context_class(command, info_name=name, parent=parent, **command.context_settings)


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _options(parameters: Iterable[Any], context: Any) -> Iterator[Option]:
    for each in parameters:
        option = _option(each, context)
        yield option
        if option.rivals:
            yield Option(option.rivals, f"Off: {option.help}", rivals=option.names)


def _option(option: Any, context: Any) -> Option:
    return Option(
        names=tuple(sorted(option.opts, key=_short_first)),
        help=described(option, context).text,
        value=None if option.is_flag or option.count else _value(option, context),
        repeatable=option.multiple or option.count,
        stands_alone=option.is_eager and option.is_flag,
        rivals=tuple(sorted(option.secondary_opts, key=_short_first)),
    )


# The names of --help come out of a set: without an order each run would write another file.
def _short_first(name: str) -> tuple[int, str]:
    return len(name), name


def _argument(argument: Any, context: Any) -> Argument:
    return Argument(_value(argument, context), repeatable=argument.nargs == -1)


def _value(parameter: Any, context: Any) -> Value:
    metavar = parameter.make_metavar(ctx=context)
    choices = tuple(str(choice) for choice in getattr(parameter.type, "choices", ()))
    if choices:
        return Value(Completes.WORDS, parameter.name.replace("_", " "), choices)
    record = record_of(long_name(parameter) if _is_option(parameter) else parameter.name)
    completes, words = record.completes, record.words()
    if completes is Completes.NOTHING and parameter.type.name == "path":
        completes = Completes.FILES
    return Value(completes, metavar if words else metavar.strip("[]<>."), words)
