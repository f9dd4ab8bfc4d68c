"""The settings in force as lines of TOML, found as the commands find them: each is parsed without arguments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import typer

from coinapi_idx_cli.cli.help.page import described
from coinapi_idx_cli.cli.options.connection_settings import default_stale_after_s
from coinapi_idx_cli.cli.options.defaults_from_file import KEY_FILE, in_force, is_given_otherwise, origin_of
from coinapi_idx_cli.cli.options.introspect import (
    COMMAND_LINE_ONLY,
    commands_below,
    long_name,
    options_of,
    reads_settings,
)
from coinapi_idx_cli.cli.options.resolve import key_of, server_urls
from coinapi_idx_cli.config.document import KEY
from coinapi_idx_cli.config.profile_choice import Setting
from coinapi_idx_cli.config.toml_text import as_key, as_toml
from coinapi_idx_cli.net.urls import HIDDEN, shown_url
from coinapi_idx_cli.terminal.one_line import one_line

WIDEST_ALIGNED = 60
URLS = ("url", "rest-url")
FOLLOW_OTHERS = ("rest-url", "stale-after")


class SettingRow(NamedTuple):
    """One line of `config show`.

    `origin` None: a heading.
    """

    text: str
    origin: str | None


def shown(context: typer.Context) -> Iterator[str]:
    """Raises what the commands would raise about their options."""
    rows = list(_rows(context))
    width = max(len(row.text) for row in rows if row.origin is not None and len(row.text) <= WIDEST_ALIGNED)
    for text, origin in rows:
        yield text if origin is None else f"{text:<{width}}  # {one_line(origin)}"


def _rows(context: typer.Context) -> Iterator[SettingRow]:
    yield SettingRow(f"# {one_line(_which_file(context))}", None)
    root = context.find_root()
    told = set(COMMAND_LINE_ONLY)
    for command in filter(reads_settings, commands_below(root.command)):
        if command is context.command:
            continue
        parsed = command.make_context(command.name, [], parent=root)
        yield from _section(parsed, [option for option in options_of(command) if long_name(option) not in told])
        told |= set(map(long_name, options_of(command)))
    for name, settings in in_force(context).plugin_settings.items():  # tables come last in such a file
        yield SettingRow("", None)
        yield SettingRow(f"[plugin.{as_key(name)}]", None)
        for setting, value in settings.items():
            yield SettingRow(f"{as_key(setting)} = {as_toml(value)}", str(in_force(context).place.path))


def _which_file(context: typer.Context) -> str:
    run = in_force(context)
    if run.document is None:
        return f"no settings file: there is no {run.place.path}"
    profile = f", profile {run.profile}" if run.profile is not None else ""
    named = f", named by {run.place.named_by}" if run.place.named_by else ""
    return f"{run.place.path}{profile}{named}"


def _section(parsed: typer.Context, options: list[Any]) -> Iterator[SettingRow]:
    yield SettingRow("", None)
    yield SettingRow(f"# {parsed.command_path}", None)
    for option in options:
        yield _row(parsed, option)


def _row(parsed: typer.Context, option: Any) -> SettingRow:
    name = long_name(option)
    if name == KEY:
        return SettingRow(_key_line(parsed), None)
    value, origin = _key_file(parsed) if name == KEY_FILE else (_value(parsed, option), origin_of(parsed, option))
    if name in URLS and value:
        value = shown_url(value)
    if value is None:
        default = described(option, parsed).default
        return SettingRow(f"# {name} = {option.make_metavar(parsed)}", f"default: {default}" if default else "not set")
    if origin is None and name in FOLLOW_OTHERS:  # which they would not from a file
        return SettingRow(f"# {name} = {as_toml(value)}", "default")
    return SettingRow(f"{name} = {as_toml(value)}", origin or "default")


def _value(parsed: typer.Context, option: Any) -> Any:
    """As it was written, where it was written."""
    if not is_given_otherwise(parsed, option):
        return option.default if option.default is not None else _computed(parsed, long_name(option))
    written = in_force(parsed).settings.get(long_name(option))
    return option.resolve_envvar_value(parsed) or (written.value if written else None)


def _key_file(parsed: typer.Context) -> Setting:
    """It goes a way of its own, with the key."""
    if path := os.environ.get("COINAPI_KEY_FILE"):
        return Setting(path, "COINAPI_KEY_FILE")
    return in_force(parsed).settings.get(KEY_FILE, Setting(None, ""))


def _computed(parsed: typer.Context, name: str) -> str | None:
    """The default of an option that takes it from others. The demo has no URLs."""
    if name == "stale-after":
        return f"{default_stale_after_s(heartbeat=parsed.params['heartbeat']):g}s"
    if name not in ("url", "rest-url"):
        return None
    feed, rest = _servers(parsed)
    return (feed if name == "url" else rest) or None


def _key_line(parsed: typer.Context) -> str:
    key = key_of(parsed, None, None, _servers(parsed))
    return f"# {KEY}: {HIDDEN} from {one_line(key.origin)}" if key is not None else f"# {KEY}: none"


def _servers(parsed: typer.Context) -> tuple[str, str]:
    """Of a command that has both."""
    given = parsed.params
    return server_urls(parsed, given["url"], given["rest_url"], allow_plaintext=given["allow_plaintext"])
