"""The completion for zsh: one function a command, which hands its options to `_arguments`."""

from __future__ import annotations

from collections.abc import Iterator

from coinapi_idx_cli.cli.options.records import Completes
from completions.model import Argument, Command, Option, Value
from completions.text import MADE_BY, engine


def render(program: Command) -> str:
    """The text of _idxstream."""
    functions = [line for command in program.walk() for line in _function(command)]
    return "\n".join(["#compdef idxstream", MADE_BY, "", *functions, engine("engine.zsh")])


def _function(command: Command) -> Iterator[str]:
    yield f"{_name(command)}() {{"
    yield from _group(command) if command.commands else _leaf(command)
    yield "}"
    yield ""


def _leaf(command: Command) -> Iterator[str]:
    yield "  _arguments -s -S : \\"
    yield from _continued([*_options(command), *_arguments(command)])


def _group(command: Command) -> Iterator[str]:
    yield "  local curcontext=$curcontext state state_descr line ret=1"
    yield "  local -A opt_args"
    yield "  local -a subcommands=("
    yield from (f"    {_quoted(f'{_escaped(each.name)}:{each.help}')}" for each in command.commands)
    yield "  )"
    yield "  _arguments -s -S -C -A '-*' : \\"
    specs = [*_options(command), "'1:command:{_describe -t commands command subcommands}'", "'*::argument:->below'"]
    yield from _continued(specs, end=" && ret=0")
    yield "  [[ $state == below ]] || return ret"
    yield "  curcontext=${curcontext%:*}-$words[1]:"
    yield "  case $words[1] in"
    yield from (f"    {each.name}) {_name(each)} && ret=0 ;;" for each in command.commands)
    yield "  esac"
    yield "  return ret"


def _name(command: Command) -> str:
    return "-".join(("_idxstream", *command.path))


def _continued(specs: list[str], end: str = "") -> Iterator[str]:
    for spec in specs[:-1]:
        yield f"    {spec} \\"
    yield f"    {specs[-1]}{end}"


def _options(command: Command) -> Iterator[str]:
    for option in command.options:
        for name in option.names:
            yield _quoted(f"{_excluding(option)}{name}{_joint(name, option)}[{_escaped(option.help)}]{_after(option)}")


def _excluding(option: Option) -> str:
    if option.stands_alone:
        return "(- : *)"
    return "*" if option.repeatable else f"({' '.join((*option.names, *option.rivals))})"


def _joint(name: str, option: Option) -> str:
    """How a value may follow: `--name=value`, `-nvalue`, or in the next word."""
    if option.value is None:
        return ""
    return "=" if name.startswith("--") else "+"


def _after(option: Option) -> str:
    return "" if option.value is None else f":{_escaped(option.value.label)}:{_action(option.value)}"


def _arguments(command: Command) -> Iterator[str]:
    for number, argument in enumerate(command.arguments, start=1):
        yield _quoted(f"{_place(number, argument)}:{_escaped(argument.value.label)}:{_action(argument.value)}")


def _place(number: int, argument: Argument) -> str:
    return "*" if argument.repeatable else str(number)


def _action(value: Value) -> str:
    words = " ".join(_escaped(word) for word in value.words)
    return {
        Completes.NOTHING: " ",
        Completes.WORDS: f"({words})",
        Completes.LIST_OF_WORDS: f"_values -s , name {words}",
        Completes.FILES: "_files",
        Completes.INDEX_IDS: "_idxstream_index_ids",
    }[value.kind]


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in "\\[]:" else character for character in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
