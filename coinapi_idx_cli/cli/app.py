"""The Typer application: the list of commands."""

import gc

import typer

from coinapi_idx_cli.cli import examples
from coinapi_idx_cli.cli.command import CommandLine
from coinapi_idx_cli.cli.config import config
from coinapi_idx_cli.cli.doctor import doctor
from coinapi_idx_cli.cli.indexes import indexes
from coinapi_idx_cli.cli.options import Quiet, Verbose, Version
from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.cli.settings_options import Profile, SettingsFile
from coinapi_idx_cli.cli.simulate import simulate
from coinapi_idx_cli.cli.watch import watch

app = CommandLine(epilog=examples.PROGRAM)


@app.callback()
def idxstream(
    context: typer.Context,
    _version: Version = False,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Stream CoinAPI index values to a terminal, a pipe or a file.

    Data goes to stdout, everything else to stderr. Each command has its own --help; all of it is in `man idxstream`.
    """
    gc.enable()
    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)


app.command(epilog=examples.WATCH)(watch)
app.command(epilog=examples.INDEXES)(indexes)
app.command(epilog=examples.SIMULATE)(simulate)
app.command(epilog=examples.DOCTOR)(doctor)
app.add_typer(config)
