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
from coinapi_idx_cli.cli.options.records import WATCH_LIST
from coinapi_idx_cli.cli.options.resolve import key_of, server_urls
from coinapi_idx_cli.cli.options.watch_list import watch_list
from coinapi_idx_cli.config.document import KEY
from coinapi_idx_cli.config.profile_choice import Setting
from coinapi_idx_cli.config.toml_text import as_key, as_toml
from coinapi_idx_cli.net.urls import HIDDEN, shown_url
from coinapi_idx_cli.terminal.one_line import one_line

WIDEST_ALIGNED = 60
URLS = ("url", "rest-url")
FOLLOW_OTHERS = ("rest-url", "stale-after")


class SettingRow(NamedTuple):
    """One setting in `config show`.

    `origin`: what gave it its value; empty where `text` says it.
    """

    text: str
    origin: str
    is_default: bool = False


class SettingSection(NamedTuple):
    """The settings of a command, or of a plug-in."""

    heading: str
    rows: list[SettingRow]


def shown(context: typer.Context, *, only_changed: bool = False) -> Iterator[str]:
    """Raises what the commands would raise about their options."""
    sections = list(_sections(context))
    if only_changed:
        sections = [SettingSection(heading, [row for row in rows if not row.is_default]) for heading, rows in sections]
    lengths = (len(row.text) for section in sections for row in section.rows if row.origin)
    width = max((length for length in lengths if length <= WIDEST_ALIGNED), default=0)
    yield f"# {one_line(_which_file(context))}"
    for heading, rows in sections:
        if rows:
            yield from ("", heading)
        for row in rows:
            yield f"{row.text:<{width}}  # {one_line(row.origin)}" if row.origin else row.text


def _sections(context: typer.Context) -> Iterator[SettingSection]:
    root = context.find_root()
    told = set(COMMAND_LINE_ONLY)
    for command in filter(reads_settings, commands_below(root.command)):
        options = [option for option in options_of(command) if long_name(option) not in told]
        if command is context.command or not options:
            continue
        parsed = command.make_context(command.name, [], parent=root)
        rows = [_row(parsed, option) for option in options]
        if command.name == "watch":
            rows.insert(0, _list_row(parsed))
        yield SettingSection(f"# {parsed.command_path}", rows)
        told |= set(map(long_name, options_of(command)))
    for name, settings in in_force(context).plugin_settings.items():  # tables come last in such a file
        origin = str(in_force(context).place.path)
        rows = [SettingRow(f"{as_key(setting)} = {as_toml(value)}", origin) for setting, value in settings.items()]
        yield SettingSection(f"[plugin.{as_key(name)}]", rows)


def _list_row(parsed: typer.Context) -> SettingRow:
    words, origin = watch_list(parsed)
    if not origin:
        return SettingRow(f"# {WATCH_LIST} = [ID, ...]", "not set", is_default=True)
    return SettingRow(f"{WATCH_LIST} = {as_toml(words)}", origin)


def _which_file(context: typer.Context) -> str:
    run = in_force(context)
    if run.document is None:
        return f"no settings file: there is no {run.place.path}"
    profile = f", profile {run.profile}" if run.profile is not None else ""
    named = f", named by {run.place.named_by}" if run.place.named_by else ""
    return f"{run.place.path}{profile}{named}"


def _row(parsed: typer.Context, option: Any) -> SettingRow:
    name = long_name(option)
    if name == KEY:
        return _key_row(parsed)
    value, origin = _key_file(parsed) if name == KEY_FILE else (_value(parsed, option), origin_of(parsed, option))
    if name in URLS and value:
        value = shown_url(value)
    if value is None:
        default = described(option, parsed).default
        return SettingRow(
            f"# {name} = {option.make_metavar(parsed)}",
            f"default: {default}" if default else "not set",
            is_default=True,
        )
    if origin is None and name in FOLLOW_OTHERS:  # which they would not from a file
        return SettingRow(f"# {name} = {as_toml(value)}", "default", is_default=True)
    return SettingRow(f"{name} = {as_toml(value)}", origin or "default", is_default=origin is None)


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


def _key_row(parsed: typer.Context) -> SettingRow:
    key = key_of(parsed, None, None, _servers(parsed))
    if key is None:
        return SettingRow(f"# {KEY}: none", "", is_default=True)
    return SettingRow(f"# {KEY}: {HIDDEN} from {one_line(key.origin)}", "")


def _servers(parsed: typer.Context) -> tuple[str, str]:
    """Of a command that has both."""
    given = parsed.params
    return server_urls(parsed, given["url"], given["rest_url"], allow_plaintext=given["allow_plaintext"])
