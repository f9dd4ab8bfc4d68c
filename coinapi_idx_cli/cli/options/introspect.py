"""The names of all options, read from the program itself, so that nothing is listed twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from coinapi_idx_cli.cli.options.records import RECORDS, WATCH_LIST, record_of
from coinapi_idx_cli.config.document import KEY
from coinapi_idx_cli.config.names import Kind, Names

COMMAND_LINE_ONLY = frozenset(name for name, record in RECORDS.items() if not record.is_setting)


# typer vendors click: its base classes have no public name, hence Any.
def options_of(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option"]


def commands_below(command: Any) -> Iterator[Any]:
    """Those that do something, not the groups."""
    below = getattr(command, "commands", None)
    if below is None:
        yield command
        return
    for each in below.values():
        yield from commands_below(each)


def reads_settings(command: Any) -> bool:
    return any(long_name(option) == "config" for option in options_of(command))


def is_for_other_commands(text: str, option: Any, program: Any) -> bool:
    """A word that is none of the option's choices, when an option of another command has its name and takes any."""
    choices = getattr(option.type, "choices", ())
    others = [each for command in commands_below(program) for each in options_of(command) if each.name == option.name]
    return bool(choices) and text not in choices and not all(hasattr(each.type, "choices") for each in others)


def setting_options_of(command: Any) -> list[Any]:
    """Those that a setting of their name is for."""
    return [each for each in options_of(command) if record_of(long_name(each)).setting_of in (None, command.name)]


def long_name(option: Any) -> str:
    return str(max(option.opts, key=len).lstrip("-"))


def names_of_program(context: typer.Context) -> Names:
    """Of all commands that read settings: a file serves them all."""
    commands = filter(reads_settings, commands_below(context.find_root().command))
    options = [option for command in commands for option in setting_options_of(command)]
    kinds = {name: _kind(option) for option in options if (name := long_name(option)) not in COMMAND_LINE_ONLY}
    return Names({**kinds, WATCH_LIST: Kind.LIST}, dict(_instead_of(options)), COMMAND_LINE_ONLY)


def _instead_of(options: list[Any]) -> Iterator[tuple[str, str]]:
    for option in options:
        name = long_name(option)
        yield from ((short.lstrip("-"), f"{name} = …") for short in option.opts if short.lstrip("-") != name)
        yield from ((negation.lstrip("-"), f"{name} = false") for negation in option.secondary_opts)


def _kind(option: Any) -> Kind:
    if option.is_flag:
        return Kind.SWITCH
    if long_name(option) == KEY:
        return Kind.WORDS
    return Kind.LIST if option.multiple or record_of(long_name(option)).is_list else Kind.TEXT
