"""The manual page, from the program's own help: the same commands, topics, options, notes and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from coinapi_idx_cli import __version__
from coinapi_idx_cli.cli.help.page import below, described, examples, summary, topics
from coinapi_idx_cli.errors import WHEN
from completions.model import context_of
from manual import prose, roff

MADE_BY = r".\" Made by manual/generate.py from the help of idxstream; a change here is lost at the next run."
# No date: that of the day would make another file of the same program.
TITLE = f'.TH IDXSTREAM 1 "" "idxstream {__version__}" "User Commands"'


class Entry(NamedTuple):
    command: Any
    context: Any


def render(program: Any) -> str:
    """The text of idxstream.1."""
    entries = list(_walk(program, None))
    sections = {
        "NAME": [f"idxstream \\- {roff.plain(_as_name(summary(program)))}"],
        "SYNOPSIS": ["\n.br\n".join(_usage(each) for each in entries if not below(each.command))],
        "DESCRIPTION": roff.paragraphs(prose.DESCRIPTION),
        "OPTIONS": [
            *roff.paragraphs(prose.OPTIONS),
            *_items(program.get_params(entries[0].context), entries[0].context),
        ],
        "COMMANDS": [line for each in entries[1:] for line in _command(each, program)],
        "EXIT STATUS": _table({str(int(code)): when for code, when in WHEN.items()}),
        "ENVIRONMENT": _table(environment(program)),
        "FILES": _table(prose.FILES),
        "SIGNALS": _table(prose.SIGNALS),
        "EXAMPLES": [line for each in entries for line in _examples(each.command)],
        "SEE ALSO": [",\n".join(f"{roff.bold(name)}({section})" for name, section in prose.SEE_ALSO.items())],
    }
    lines = [line for title, body in sections.items() for line in roff.section(title, body)]
    return "\n".join([MADE_BY, TITLE, *roff.RAGGED, *lines, ""])


def _walk(command: Any, parent: Any) -> Iterator[Entry]:
    context = context_of(command, parent)
    yield Entry(command, context)
    for each in below(command):
        yield from _walk(each, context)


def _as_name(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _usage(entry: Entry) -> str:
    pieces = (roff.italic(piece) for piece in entry.command.collect_usage_pieces(entry.context))
    return " ".join([roff.bold(entry.context.command_path), *pieces])


def _command(entry: Entry, program: Any) -> Iterator[str]:
    everywhere = {name for each in program.get_params(entry.context) for name in each.opts}
    body = [_usage(entry), ".PP", *roff.paragraphs(entry.command.help or "")]
    for topic, parameters in topics(*entry).items():
        if own := [each for each in parameters if not everywhere.issuperset(each.opts)]:
            body += [".PP", roff.italic(f"{topic}:"), *_items(own, entry.context)]
    return roff.section(entry.context.command_path, body, level="SS")


def _items(parameters: Iterable[Any], context: Any) -> Iterator[str]:
    for each in parameters:
        yield from roff.item(_label(each, context), roff.prose(str(described(each, context))))


def _label(parameter: Any, context: Any) -> str:
    metavar = parameter.make_metavar(ctx=context).strip("<>")
    if parameter.param_type_name == "argument":
        return roff.italic(metavar)
    names = (*sorted(parameter.opts, key=len), *sorted(parameter.secondary_opts, key=len))
    label = ", ".join(roff.bold(name) for name in names)
    return label if parameter.is_flag or parameter.count else f"{label} {roff.italic(metavar)}"


def _table(rows: dict[str, str]) -> Iterator[str]:
    for label, text in rows.items():
        yield from roff.item(roff.bold(label), roff.prose(text))


def environment(program: Any) -> dict[str, str]:
    """Variable -> what it does: of the options that have one, then all others."""
    found: dict[str, str] = {}
    for command, context in _walk(program, None):
        for parameter in (each for each in command.get_params(context) if not each.hidden):
            if env := described(parameter, context).env:
                found.setdefault(env, f"Used if {max(parameter.opts, key=len)} is not given.")
    return {**found, **prose.ENVIRONMENT}


def _examples(command: Any) -> Iterator[str]:
    for example in examples(command):
        yield from (".PP", roff.prose(f"{example.says}:"), *roff.code(example.lines))
