"""`idxstream config`: its commands, and their options."""

from typing import Annotated

import typer

from coinapi_idx_cli.cli.help import examples
from coinapi_idx_cli.cli.help.typer_classes import CommandLine
from coinapi_idx_cli.cli.options.common import Quiet, Verbose, Version
from coinapi_idx_cli.cli.options.settings_file import KeysProfile, Profile, SettingsFile
from coinapi_idx_cli.cli.reporter import Reporter

config = CommandLine(
    name="config", help="What settings are in force, and the key in the keyring.", epilog=examples.CONFIG
)


@config.command(epilog=examples.CONFIG_SHOW)
def show(
    context: typer.Context,
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not a default.")] = False,
    _config: SettingsFile = None,
    _profile: Profile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:
    """Print the settings in force, and where from.

    They are printed as a settings file. Of the key it says only where it is.
    """
    from coinapi_idx_cli.cli.config.show import shown
    from coinapi_idx_cli.cli.indexes.render import write  # here: the help needs none of it

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    write(
        "".join(f"{reporter.redactor.clean(line)}\n" for line in shown(context, only_changed=changed)).encode(),
        reporter,
    )


@config.command(epilog=examples.CONFIG_PATH)
def path(
    context: typer.Context,
    _config: SettingsFile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:
    """Print where the settings file is, or would be."""
    import os  # here: the help needs none of it

    from coinapi_idx_cli.cli.indexes.render import write
    from coinapi_idx_cli.cli.options.defaults_from_file import in_force

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    write(os.fsencode(in_force(context).place.path) + b"\n", reporter)


@config.command(epilog=examples.CONFIG_SET_KEY)
def set_key(
    context: typer.Context,
    _profile: KeysProfile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    _version: Version = False,
) -> None:
    """Put the API key into the system's keyring.

    It is asked for without an echo, or read from a pipe.
    """
    from coinapi_idx_cli.cli.config.ask_key import asked_key  # here: the help needs none of it
    from coinapi_idx_cli.cli.options.defaults_from_file import in_force
    from coinapi_idx_cli.credentials.keyring import check_installed, store_key

    reporter: Reporter = context.obj
    reporter.set_verbosity(verbose, quiet=quiet)
    check_installed()
    key = asked_key()
    reporter.hide(key.reveal())
    place = store_key(in_force(context).profile, key)
    reporter.notice(
        f"the key is in the keyring ({place}); --api-key, COINAPI_KEY and the settings file take precedence"
    )
