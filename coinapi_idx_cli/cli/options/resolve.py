"""What the commands that go to a server make of their options: the key, the trust, the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from coinapi_idx_cli.cli.options.connection_settings import resolve_rest_url, resolve_url
from coinapi_idx_cli.cli.options.defaults_from_file import called, in_force, is_from_file, origin_of
from coinapi_idx_cli.cli.options.introspect import long_name, options_of
from coinapi_idx_cli.cli.options.records import RECORDS
from coinapi_idx_cli.credentials.api_key import ApiKey, find_key
from coinapi_idx_cli.errors import CredentialsError, UsageError
from coinapi_idx_cli.net.urls import is_loopback, parse_url
from coinapi_idx_cli.paths import expanded, read_small, writable_by_others

if TYPE_CHECKING:
    from coinapi_idx_cli.net.tls import Trust

LARGEST_CA_FILE_BYTES = 4 << 20  # twenty times what systems trust in all


def server_urls(
    context: typer.Context, url: str | None, rest_url: str | None, *, allow_plaintext: bool, is_feed_asked: bool = True
) -> tuple[str, str]:
    """Of the options --url and --rest-url; both empty for the demo. Raises UsageError.

    A feed that is not asked may be anywhere: nothing goes there.
    """
    demo = context.params.get("demo", False)
    name, may_be_plain = _name(context, "url", demo=demo), allow_plaintext or not is_feed_asked
    feed = resolve_url(url, name, demo=demo, allow_plaintext=may_be_plain)
    name = _name(context, "rest-url", demo=demo)
    return feed, resolve_rest_url(rest_url, name, feed_url=feed, demo=demo, allow_plaintext=allow_plaintext)


def url_origin(context: typer.Context) -> str:
    """What gave --url its value, in words."""
    return origin_of(context, _option(context, "url")) or "default"


def _option(context: typer.Context, name: str) -> Any:
    return next(each for each in options_of(context.command) if long_name(each) == name)


def _name(context: typer.Context, option: str, *, demo: bool) -> str:
    """What to call the option. With the demo only a flag contradicts it: what is set for all runs gives way."""
    name = called(context, _option(context, option))
    if demo and context.params[option.replace("-", "_")] is not None and name == f"--{option}":
        raise UsageError(f"--demo and {name} contradict each other", "give one of them")
    return name


def key_of(context: typer.Context, flag: str | None, flag_file: Path | None, servers: Iterable[str]) -> ApiKey | None:
    """As `found_key`; the warnings are given, and with -v the notes."""
    key, warnings, notes = found_key(context, flag, flag_file, servers)
    for text in warnings:
        context.obj.warning(text)
    for text in notes:
        context.obj.detail(text)
    return key


class FoundKey(NamedTuple):
    """The key in force, warnings about how it is kept, and notes about where there is none."""

    key: ApiKey | None
    warnings: list[str]
    notes: list[str]


def found_key(context: typer.Context, flag: str | None, flag_file: Path | None, servers: Iterable[str]) -> FoundKey:
    """From now on the key is hidden in all that is printed.

    `servers`: the URLs that may want one. Raises CredentialsError, UsageError.
    """
    run = in_force(context)
    key, warnings = find_key(flag, flag_file, os.environ, run.key_settings)
    warnings += _about_the_file(context)
    notes: list[str] = []
    if key is None and any(url and not is_loopback(parse_url(url).host) for url in servers):
        key = _key_in_keyring(run.profile, warnings, notes)
    if key is not None:
        context.obj.hide(key.reveal())
    return FoundKey(key, warnings, notes)


def _about_the_file(context: typer.Context) -> list[str]:
    """A warning when others could make it send the key elsewhere."""
    from_file = {long_name(option) for option in options_of(context.command) if is_from_file(context, option)}
    names = [name for name, record in RECORDS.items() if record.decides_where_the_key_goes and name in from_file]
    if not names:
        return []
    path = in_force(context).place.path
    try:
        place = writable_by_others(path)
    except OSError:
        return []  # it went away since it was read
    what = f"{path}, which sets" if place == path else f"{place}, where {path.name} is, which sets"
    return [f"other users can write to {what} {' and '.join(names)}; run chmod go-w on it"] if place is not None else []


def _key_in_keyring(profile: str | None, warnings: list[str], notes: list[str]) -> ApiKey | None:
    from coinapi_idx_cli.credentials import keyring  # here: seldom needed

    if not keyring.is_installed():
        return None
    try:
        return keyring.stored_key(profile)
    except keyring.NoKeyringHereError as error:  # most servers have none, and nobody misses it there
        notes.append(error.what)
    except CredentialsError as error:
        warnings.append(error.what)
    return None


def trust_in(path: Path | None) -> Trust | None:
    """What --ca-file names, read now and never again. Raises UsageError when TLS cannot use it."""
    if path is None:
        return None
    from coinapi_idx_cli.net.tls import Trust  # here: without --ca-file nothing of it is needed yet

    hint = "give a PEM file that can be read"
    try:
        trust = Trust(path, read_small(expanded(path), LARGEST_CA_FILE_BYTES).decode("ascii", "ignore"))
        trust.check()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot use --ca-file {path}: {reason}", hint) from error
    return trust


def stdout_is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
