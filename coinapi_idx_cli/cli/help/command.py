"""`idxstream help`, `idxstream version`: what --help and --version print, as commands."""

from typing import Annotated, Any

import typer

from coinapi_idx_cli.cli.options.common import print_version


def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", show_default=False, help="The command; without one, the whole program."),
    ] = None,
) -> None:
    """Show the help of a command, as --help does."""
    root: Any = context.find_root()
    shown = root
    for word in words or []:
        group = shown.command
        if not hasattr(group, "commands"):
            shown.fail(f"{shown.command_path} has no commands below it")
        name, command, _ = group.resolve_command(shown, [word])  # an unknown one fails, with the nearest
        shown = command.context_class(command, info_name=name, parent=shown, **command.context_settings)
    typer.echo(shown.get_help())


def version() -> None:
    """Show the version, as --version does."""
    print_version(asked=True)
