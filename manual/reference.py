"""docs/options.md, from the program's own help: the same commands, topics, options, notes and exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coinapi_idx_cli.cli.help.page import below, described, topics
from coinapi_idx_cli.errors import WHEN
from completions.model import context_of
from manual.page import environment

MADE_BY = "<!-- Made by manual/generate.py from the help of idxstream; a change here is lost at the next run. -->"
INTRODUCTION = """
Every command has `--help`, `-v`, `-q` and `--version`. Data goes to stdout, everything else to stderr. A flag beats the
environment, which beats the [settings file](settings.md), which beats the default.

Durations are written `90s`, `10m`, `1h30m`, `500ms` or as a number of seconds; sizes `500MB`, `2GiB` or as a number of
bytes.
"""


def render(program: Any) -> str:
    """The text of the page."""
    lines = ["# Options", "", MADE_BY, INTRODUCTION]
    lines += _walk(program, None)
    lines += ["## Exit codes", "", "| exit | when |", "|---|---|"]
    lines += [f"| {int(code)} | {_cell(when)} |" for code, when in WHEN.items()]
    lines += ["", "## Environment", "", "| variable | what it does |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(text)} |" for name, text in environment(program).items()]
    return "\n".join([*lines, ""])


def _walk(command: Any, parent: Any) -> Iterator[str]:
    context = context_of(command, parent)
    if parent is not None and not below(command):
        yield from _command(command, context)
    for each in below(command):
        yield from _walk(each, context)


def _command(command: Any, context: Any) -> Iterator[str]:
    yield f"## `{' '.join([context.command_path, *command.collect_usage_pieces(context)])}`"
    yield ""
    yield " ".join((command.help or "").split())
    for topic, parameters in topics(command, context).items():
        yield from ("", f"| {topic.lower()} | |", "|---|---|")
        for each in parameters:
            yield f"| {_label(each, context)} | {_cell(str(described(each, context)))} |"
    yield ""


def _label(parameter: Any, context: Any) -> str:
    metavar = parameter.make_metavar(ctx=context).strip("<>")
    if parameter.param_type_name == "argument":
        return f"`{_cell(metavar)}`"
    names = [*sorted(parameter.opts, key=len), *sorted(parameter.secondary_opts, key=len)]
    if parameter.is_flag or parameter.count:
        return ", ".join(f"`{name}`" for name in names)
    return ", ".join([*(f"`{name}`" for name in names[:-1]), f"`{names[-1]} {_cell(metavar)}`"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
