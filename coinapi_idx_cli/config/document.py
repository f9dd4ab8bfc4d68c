"""What is in the settings file: names and values, of which nothing is understood yet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from coinapi_idx_cli.config.place import ConfigPlace
from coinapi_idx_cli.credentials.api_key import usual_keys
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.paths import read_small

PROFILES, PLUGINS = "profile", "plugin"
KEY = "api-key"
NO_KEY = r"[A-Za-z_-]{1,40}"  # a name that may be repeated: one with digits may be a key
SECRET = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)  # in the name of a plug-in's setting
LARGEST_BYTES = 1 << 20


class Document(NamedTuple):
    """A settings file as it was read.

    `top`, each profile and the settings of each plug-in: name -> value as TOML gives it.
    """

    path: str
    top: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
    plugins: Mapping[str, Mapping[str, Any]]

    def sections(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each with the words for where it is."""
        yield self.path, self.top
        for name, section in self.profiles.items():
            yield of_profile(name, self.path), section

    def keys(self) -> Iterator[str]:
        """The API keys in it, to be hidden before anything is said about the rest; also what only looks like one."""
        for _, section in self.sections():
            if isinstance(key := section.get(KEY), str) and key:
                yield key.strip()
        yield from _keys_in({**self.top, PROFILES: self.profiles, PLUGINS: self.plugins})
        yield from _secrets_in(self.plugins)


def _keys_in(value: Any) -> Iterator[str]:
    """They may be under a wrong name, or as one."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from usual_keys(name)
            yield from _keys_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys_in(each)
    elif isinstance(value, str):
        yield from usual_keys(value)


def _secrets_in(settings: Mapping[str, Any]) -> Iterator[str]:
    """What a plug-in is given under a name that says it is secret."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _secrets_in(value)
        elif isinstance(value, str) and value and SECRET.search(name):
            yield value


def of_profile(name: str, path: str) -> str:
    return f"profile {name} in {path}"


def read_document(place: ConfigPlace) -> Document | None:
    """None when the platform's place is empty. Raises UsageError when the file cannot be read or is not valid TOML.

    Of a text that is not valid TOML only the line and column are reported, never a part of it: a key may be there.
    """
    if place.named_by is None and not os.path.exists(place.path):  # noqa: PTH110 - Path.exists raises on EACCES
        return None
    name = f"{place.named_by} {place.path}" if place.named_by else str(place.path)
    try:
        text = read_small(place.path, LARGEST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read {name}: {reason}", "check its path and permissions") from error
    return _document(str(place.path), _parsed(text, name))


def _parsed(text: str, name: str) -> dict[str, Any]:
    import tomllib  # only when there is a file

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = _without_names(str(error)) if isinstance(error, ValueError) else "it is nested too deep"
        raise UsageError(f"{name} is not valid TOML: {reason}", "write name = value, with text in quotes") from error


def _without_names(reason: str) -> str:
    """Some of TOML's errors repeat a name, `Cannot declare ('a', 'b') twice (at line 2, column 3)`."""
    what, at, where = reason.rpartition(" (at ")
    return re.sub(r"\(.*\)|'.{2,}'|\".{2,}\"", "a name", what) + at + where


def _document(path: str, top: dict[str, Any]) -> Document:
    profiles = _tables(path, top, PROFILES, "select it with --profile NAME")
    plugins = _tables(path, top, PLUGINS, "NAME is the plug-in's format or scheme")
    return Document(path, top, profiles, plugins)


def _tables(path: str, top: dict[str, Any], kind: str, hint: str) -> Mapping[str, Mapping[str, Any]]:
    """Takes the tables `[kind.NAME]` out of the top level. Raises UsageError for anything else of that name."""
    tables = top.pop(kind, {})
    if not isinstance(tables, dict):
        raise UsageError(f"{kind} in {path} is not a table", f"write [{kind}.NAME]; {hint}")
    for name, section in tables.items():
        if not isinstance(section, dict):
            shown = name if re.fullmatch(NO_KEY, name) else "…"
            raise UsageError(f"{kind}.{shown} in {path} is not a table", f"write [{kind}.NAME], and its settings below")
    return tables
