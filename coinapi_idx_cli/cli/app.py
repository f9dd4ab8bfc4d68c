"""The Typer application: the list of commands."""

import gc

import typer

from coinapi_idx_cli.cli.check.command import check
from coinapi_idx_cli.cli.config.command import config
from coinapi_idx_cli.cli.doctor.command import doctor
from coinapi_idx_cli.cli.engine.command import engine
from coinapi_idx_cli.cli.get.command import get
from coinapi_idx_cli.cli.help import examples
from coinapi_idx_cli.cli.help.command import show_help, version
from coinapi_idx_cli.cli.help.typer_classes import CommandLine
from coinapi_idx_cli.cli.history.command import history
from coinapi_idx_cli.cli.indexes.command import indexes
from coinapi_idx_cli.cli.merge.command import merge
from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version
from coinapi_idx_cli.cli.options.settings_file import Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.simulate.command import simulate
from coinapi_idx_cli.cli.watch.command import watch

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
app.command(epilog=examples.GET)(get)
app.command(epilog=examples.HISTORY)(history)
app.command(epilog=examples.INDEXES)(indexes)
app.command(epilog=examples.SIMULATE)(simulate)
app.command(epilog=examples.DOCTOR)(doctor)
app.command(epilog=examples.CHECK)(check)
app.command(epilog=examples.MERGE)(merge)
app.add_typer(engine)
app.add_typer(config)
app.command("help", epilog=examples.HELP)(show_help)
app.command("version", epilog=examples.VERSION)(version)
