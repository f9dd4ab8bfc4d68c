"""What `--help` prints: options by topic, examples at the end, as wide as the terminal. Plain text: rich takes 80 ms.

The manual page and the completions are made from what is read here, too.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TextIO

WIDEST, NARROWEST = 100, 30
TOO_NARROW_FOR_TWO = 60
NAMES_AT_MOST = 30
_NOTE = r"\s*\[(env|default): ([^]]*)\]"  # not compiled here: only help needs it
_INSIDE_BRACKETS = r"\[[^]]*\]"
_UNBROKEN = "\0"
FIRST_STEPS = """\
  idxstream watch --demo                      no key and no network are needed
  idxstream watch IDX_REFRATE_PRIMKT_BTC_USD  with a key in COINAPI_KEY
  idxstream help watch                        all options of a command"""


class Described(NamedTuple):
    """What a parameter's help says, and the notes that follow it in brackets."""

    text: str
    env: str = ""
    default: str = ""
    range: str = ""

    def __str__(self) -> str:
        notes = (f"env: {self.env}" * bool(self.env), f"default: {self.default}" * bool(self.default), self.range)
        return " ".join([self.text, *(f"[{note}]" for note in notes if note)])


# typer vendors click since 0.26: its classes have no public name, hence Any for parameters, contexts and formatters.
def described(parameter: Any, context: Any) -> Described:
    """Notes may be part of the help's text, `[env: NAME]`, and what is not there comes from the parameter."""
    text = " ".join((parameter.help or "").split())
    notes: dict[str, str] = dict(re.findall(_NOTE, text))
    return Described(
        re.sub(_NOTE, "", text),
        notes.get("env", ""),
        notes.get("default") or _default(parameter, context),
        _range(parameter),
    )


def _default(parameter: Any, context: Any) -> str:
    shown = parameter.show_default
    value = parameter.get_default(context, call=False)
    if isinstance(shown, str):
        return shown
    if not shown or value is None or callable(value) or getattr(parameter, "count", False):
        return ""
    if isinstance(value, bool):
        return ("on" if value else "off") if parameter.secondary_opts else ""
    return str(getattr(value, "value", value))


def _range(parameter: Any) -> str:
    least, most = (getattr(parameter.type, name, None) for name in ("min", "max"))
    if getattr(parameter, "count", False) or (least is None and most is None):
        return ""
    if most is None:
        return f"{least} or more"
    return f"up to {most}" if least is None else f"{least} to {most}"


def topics(command: Any, context: Any) -> dict[str, list[Any]]:
    """Heading -> parameters, by typer's `rich_help_panel`, in the order of first appearance; the others come last."""
    shown = [each for each in command.get_params(context) if not each.hidden]
    with_heading = [each for each in shown if each.rich_help_panel]
    others = "Other options" if with_heading else "Options"
    found: dict[str, list[Any]] = {
        "Arguments": [each for each in shown if each.param_type_name == "argument" and not each.rich_help_panel]
    }
    for each in with_heading:
        found.setdefault(each.rich_help_panel, []).append(each)
    found[others] = [each for each in shown if each.param_type_name == "option" and not each.rich_help_panel]
    return {heading: parameters for heading, parameters in found.items() if parameters}


def below(command: Any) -> list[Any]:
    """The commands of a group that are not hidden."""
    return [each for each in getattr(command, "commands", {}).values() if not each.hidden]


def summary(command: Any) -> str:
    """The first paragraph of a command's help, in one line."""
    return " ".join((command.short_help or command.help or "").strip().partition("\n\n")[0].split())


def short_help(program: Any) -> str:
    """What the program is, its commands, and what to type first: for its bare name."""
    rows = [(each.name, summary(each)) for each in below(program)]
    width = max(len(name) for name, _ in rows)
    commands = "\n".join(f"  {bold(f'{name:<{width}}', sys.stderr)}  {text}" for name, text in rows)
    heading = bold("Commands:", sys.stderr)
    return f"idxstream: {summary(program)}\n\n{heading}\n{commands}\n\n{bold('Try:', sys.stderr)}\n{FIRST_STEPS}"


def fit(formatter: Any) -> None:
    """Make the formatter as wide as the terminal: by itself it is never narrower than 50 columns."""
    import shutil  # here: no start but that of the help needs it

    formatter.width = max(min(shutil.get_terminal_size().columns, WIDEST) - 2, NARROWEST)


def bold(text: str, stream: TextIO | None) -> str:
    """For a terminal that understands it; anywhere else the text as it is."""
    if stream is None or not text or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[1m{text}\x1b[0m"


def write_usage(command: Any, context: Any, formatter: Any) -> None:
    words = " ".join(command.collect_usage_pieces(context))
    formatter.write_usage(context.command_path, words, prefix=f"{bold('Usage:', sys.stdout)} ")


def write_heading(formatter: Any, heading: str) -> None:
    formatter.write(f"\n{bold(f'{heading}:', sys.stdout)}\n")


def write_topics(command: Any, context: Any, formatter: Any) -> None:
    sections = {"Commands": [(each.name, summary(each)) for each in below(command)]} if below(command) else {}
    sections |= {
        heading: [
            (parameter.get_help_record(context)[0], str(described(parameter, context))) for parameter in parameters
        ]
        for heading, parameters in topics(command, context).items()
    }
    names = [name for rows in sections.values() for name, _ in rows]
    column = max((len(name) for name in names if len(name) <= NAMES_AT_MOST), default=0) + 4
    for heading, rows in sections.items():
        write_heading(formatter, heading)
        for name, text in rows:
            formatter.write("".join(f"{line}\n" for line in _row(name, text, column, formatter.width)))


def _row(name: str, text: str, column: int, width: int) -> Iterator[str]:
    if width < TOO_NARROW_FOR_TWO:
        column = 6
    lines = _wrapped(text, width - column)
    shown = f"  {bold(name, sys.stdout)}"
    if len(name) + 4 <= column:
        yield (shown + " " * (column - len(name) - 2) + (lines.pop(0) if lines else "")).rstrip()
    else:
        yield shown
    yield from (" " * column + line for line in lines)


def _wrapped(text: str, width: int) -> list[str]:
    """A note stays on one line if it fits into one."""
    import textwrap

    kept = re.sub(
        _INSIDE_BRACKETS, lambda note: note[0].replace(" ", _UNBROKEN) if len(note[0]) <= width else note[0], text
    )
    return [line.replace(_UNBROKEN, " ") for line in textwrap.wrap(kept, width, break_on_hyphens=False)]


def write_examples(command: Any, formatter: Any) -> None:
    """As they appear there, however long: they are to be copied."""
    if command.epilog:
        write_heading(formatter, "Examples")
        formatter.write("".join(f"  {line}".rstrip() + "\n" for line in command.epilog.strip().splitlines()))


class Example(NamedTuple):
    """An example of a command's help: what it does, and the lines to type."""

    says: str
    lines: Sequence[str]


def examples(command: Any) -> list[Example]:
    """Of the epilog: paragraphs, each a comment and what it is about."""
    found = []
    for paragraph in (command.epilog or "").strip().split("\n\n"):
        lines = paragraph.splitlines()
        if lines:
            found.append(Example(lines[0].removeprefix("# "), lines[1:]))
    return found
