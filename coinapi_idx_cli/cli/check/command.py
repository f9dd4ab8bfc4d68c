"""`idxstream check`: its options, and what it does with them."""

from enum import StrEnum
from typing import Annotated

import typer

from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version, topic
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError

WHAT = topic("What to check")


class CheckFormat(StrEnum):
    """The formats of the report."""

    AUTO = "auto"
    TABLE = "table"
    NDJSON = "ndjson"


def check(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(
        **WHAT, metavar="[FILE]...", show_default=False,
        help="Files of a capture, or in quotes the name that -o had: 'ticks-%Y-%m-%d.csv.gz'. - is stdin.")] = None,
    allow: Annotated[str | None, typer.Option(
        **WHAT, metavar="KIND,...",
        help="Findings that are fine: torn, undecodable, columns, compression, gap, doubled, backwards.")] = None,
    output_format: Annotated[CheckFormat, typer.Option(
        "-f", "--format", **WHAT,
        help="auto is a report with a table by index on a terminal, else ndjson.")] = CheckFormat.AUTO,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> int:  # fmt: skip
    """Is this record whole? Report what is missing, doubled, torn or out of order."""
    # Here, because the help needs none of it.
    from coinapi_idx_cli.cli.check.run import allowed_kinds, run_check
    from coinapi_idx_cli.cli.options.resolve import stdout_is_terminal

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    is_table = output_format is CheckFormat.TABLE or (output_format is CheckFormat.AUTO and stdout_is_terminal())
    if not files:
        raise UsageError("no file given", "name the files of a capture, or the -o that it had, in quotes")
    return run_check(files, allowed_kinds(allow), reporter, is_table=is_table)
