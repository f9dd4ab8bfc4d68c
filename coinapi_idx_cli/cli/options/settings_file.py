"""The options that say where settings come from: of every command that reads some, and before its name."""

from typing import Annotated

import typer


def _take(context: typer.Context, parameter: typer.CallbackParam, value: str | None) -> str | None:
    """Options given before and after the command's name count the same. The last one of a command brings all in."""
    if value is None and context.parent is None:
        return None
    from coinapi_idx_cli.cli.options.defaults_from_file import in_force  # here: the help needs none of it

    run = in_force(context)
    if value is not None:
        run.asked[str(parameter.name)] = value
    if context.parent is not None and {"_config", "_profile"} <= {*context.params, parameter.name}:
        run.apply(context)
    return value


SettingsFile = Annotated[str | None, typer.Option("--config", metavar="PATH", callback=_take, is_eager=True,
    help="The settings file. [env: IDXSTREAM_CONFIG] [default: idxstream/config.toml in ~/.config]")]  # fmt: skip
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", callback=_take, is_eager=True,
    help="Use [profile.NAME] of that file before its other settings.")]  # fmt: skip
KeysProfile = Annotated[str | None, typer.Option("--profile", metavar="NAME", callback=_take, is_eager=True,
    help="Store a key for this profile only.")]  # fmt: skip
