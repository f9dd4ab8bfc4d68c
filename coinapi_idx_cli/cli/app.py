"""The Typer application: the list of commands."""

import typer

from coinapi_idx_cli.cli.doctor import doctor
from coinapi_idx_cli.cli.indexes import indexes
from coinapi_idx_cli.cli.options import Quiet, Verbose, Version
from coinapi_idx_cli.cli.report import Reporter
from coinapi_idx_cli.cli.simulate import simulate
from coinapi_idx_cli.cli.watch import watch

app = typer.Typer(
    add_completion=False,  # completions/ holds static ones, which start no Python
    rich_markup_mode=None,  # plain help: rich would cost 80 ms
    pretty_exceptions_enable=False,  # it shows local variables, the key among them
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def idxstream(
    context: typer.Context,
    _version: Version = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Stream CoinAPI index values to a terminal, a pipe or a file.

    Data goes to stdout, everything else to stderr.
    """
    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)


app.command()(watch)
app.command()(indexes)
app.command()(simulate)
app.command()(doctor)
