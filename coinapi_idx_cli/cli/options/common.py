"""Options that several commands share, and how their texts become values."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from coinapi_idx_cli import __version__
from coinapi_idx_cli.cli.options.parsers import (
    bar_length,
    count_of_values,
    duration,
    duration_or_never,
    page_size,
    size,
)
from coinapi_idx_cli.history.period import parse_period

Value = TypeVar("Value")


def parsed(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """`parse` for `typer.Option(parser=…)`: typer shows the text of no ValueError."""

    def wrapped(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    wrapped.__name__ = parse.__name__
    return wrapped


def topic(heading: str) -> dict[str, Any]:
    """The heading in the help under which an option is listed."""
    return {"rich_help_panel": heading}


DURATION = {"parser": parsed(duration), "metavar": "DURATION"}
DURATION_OR_NEVER = {**DURATION, "parser": parsed(duration_or_never)}
BAR_LENGTH = {**DURATION, "parser": parsed(bar_length)}
COUNT = {"parser": parsed(count_of_values), "metavar": "N"}
PERIOD = {"parser": parsed(parse_period), "metavar": "PERIOD"}
PAGE_SIZE = {"parser": parsed(page_size), "metavar": "N"}
SIZE = {"parser": parsed(size), "metavar": "SIZE"}


def print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"idxstream {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("-V", "--version", callback=print_version, is_eager=True,
    help="Show the version and exit.")]  # fmt: skip
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, show_default=False,
    help="Say more on stderr; -vv also shows tracebacks.")]  # fmt: skip
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors on stderr.")]
