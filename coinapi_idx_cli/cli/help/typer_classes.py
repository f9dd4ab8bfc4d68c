"""Typer's application, commands and groups, with this program's help and its words for a wrong command line."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from coinapi_idx_cli.cli.help import page

Function = TypeVar("Function", bound=Callable[..., Any])


class _Helpful:
    """For a command or a group: what `--help` prints."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        page.fit(formatter)
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        page.write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        page.write_topics(self, ctx, formatter)

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:
        page.write_examples(self, formatter)


class HelpfulCommand(_Helpful, TyperCommand):
    """A command whose help and usage errors are ours."""

    allow_extra_args = True  # the parser would repeat them in its message, and one may be a key

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)
        try:
            surplus = super().parse_args(ctx, args)
        except TyperException as error:
            _fail(error, ctx, given)
        if surplus and not ctx.resilient_parsing:
            from coinapi_idx_cli.cli.help.usage_errors import too_many_arguments

            ctx.fail(too_many_arguments(ctx, len(surplus)))
        return surplus


class HelpfulGroup(_Helpful, TyperGroup):
    """A group of such commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            _fail(error, ctx, given)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            from coinapi_idx_cli.cli.help.usage_errors import unknown_command

            ctx.fail(unknown_command(args[0], [each.name for each in page.below(self)]))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TyperException as error:
            if str(error) == "Missing command.":
                from coinapi_idx_cli.cli.help.usage_errors import there_are

                if ctx.parent is None:  # the bare name of the program: people want to know what it is
                    typer.echo(page.short_help(self), err=True)
                    raise typer.Exit(2) from error
                ctx.fail(f"no command; {there_are(each.name for each in page.below(self))}")
            raise


class CommandLine(typer.Typer):
    """A Typer of these; a group of commands within the program is another one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **{
                "cls": HelpfulGroup,
                "add_completion": False,  # completions/ holds static ones, which start no Python
                "rich_markup_mode": None,  # plain help: rich would cost 80 ms
                "pretty_exceptions_enable": False,  # it shows local variables, the key among them
                "context_settings": {"help_option_names": ["-h", "--help"]},
                **settings,
            }
        )

    def command(self, *arguments: Any, **settings: Any) -> Callable[[Function], Function]:
        return super().command(*arguments, **{"cls": HelpfulCommand, **settings})


def _fail(error: TyperException, context: Any, arguments: list[str]) -> NoReturn:
    from coinapi_idx_cli.cli.help.usage_errors import explained

    context.fail(explained(error, context, arguments))
    raise AssertionError  # fail() has raised
