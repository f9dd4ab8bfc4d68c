"""`idxstream merge`: its options, and what it does with them."""

from typing import Annotated

import typer

from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version, topic
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError

WHAT = topic("What to merge")


def merge(
    context: typer.Context,
    captures: Annotated[list[str] | None, typer.Argument(
        **WHAT, metavar="[CAPTURE]...", show_default=False,
        help="Captures of the same feed: a file each, or in quotes the name that -o had: 'a/ticks-%Y-%m-%d.csv.gz'. "
        "A file of idxstream history fills what all of them lack.",
    )] = None,
    output: Annotated[str | None, typer.Option(
        "-o", "--output", **WHAT, metavar="FILE",
        help="The file to write, which must not exist; .gz and .zst compress it.")] = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:  # fmt: skip
    """Captures of the same feed by several machines become one: what any of them has, once."""
    from coinapi_idx_cli.cli.merge.run import run_merge  # here: the help needs none of it

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    if not captures or len(captures) < 2:
        raise UsageError(
            "merge needs two captures or more", "name each by its file, or by the -o that it had, in quotes"
        )
    if output is None:
        raise UsageError("merge needs a file to write", "add -o FILE")
    run_merge(captures, output, reporter)
