"""The API key: a type that cannot print itself, and where it is looked for.

The key may reach a text all the same, because a server or a proxy echoes it. So whatever leaves the process as text
goes through a `Redactor`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

from coinapi_idx_cli.credentials.redactor import HIDDEN
from coinapi_idx_cli.errors import CredentialsError, UsageError
from coinapi_idx_cli.paths import expanded, read_small

USUAL_KEY = r"[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}"
SHORTEST_AS_FILE = 8  # a shorter name of a file is not a key
LARGEST_KEY_FILE_BYTES = 65_536
_BETWEEN_PARTS = r"//|[\s=:&?@'\"]"


class ApiKey:
    """A secret. `reveal` is the only way to its text; printing, formatting, comparing, pickling give nothing away."""

    __slots__ = ("_text", "file", "origin")

    def __init__(self, text: str, origin: str = "", file: Path | None = None) -> None:
        """`origin`: where it was found, in words. `file`: from which it can be read again.

        Raises CredentialsError when the text cannot be in an HTTP header (empty, white space, non-ASCII).
        """
        if not text:
            raise CredentialsError("the API key is empty", "check COINAPI_KEY, or the file that holds it")
        if not all("!" <= character <= "~" for character in text):
            raise CredentialsError(
                "the API key holds white space or characters outside ASCII",
                "copy it again, without quotes or line breaks",
            )
        self._text = text
        self.origin = origin
        self.file = file

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"ApiKey({HIDDEN})"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key cannot be pickled")


def usual_keys(text: str) -> list[str]:
    """What is in it that looks like a key of the vendor's: it may be one that was given in a wrong place.

    As part of a path or of a file's name it is none.
    """
    return [part for part in re.split(_BETWEEN_PARTS, text) if re.fullmatch(USUAL_KEY, part)]


class KeySettings(NamedTuple):
    """What the settings file says of the key: its text, or the file that holds it; where that is; which file it is.

    `path` may be read by others, and then warns as a key file does.
    """

    text: str | None = None
    file: str | None = None
    origin: str = ""
    path: str = ""


def find_key(
    flag: str | None,
    flag_file: Path | None,
    environment: Mapping[str, str],
    settings: KeySettings = KeySettings(),  # noqa: B008 - it cannot be changed
) -> tuple[ApiKey | None, list[str]]:
    """The key by flag, else by environment, else by the settings file, and warnings about how it is kept.

    Raises UsageError when both flags are given, CredentialsError when a file that was named cannot be read.
    """
    if flag is not None and flag_file is not None:
        raise UsageError("--api-key and --api-key-file both name a key", "give one of them")
    if flag is not None:
        return ApiKey(flag, "--api-key"), []
    if flag_file is not None:
        return _read_key_file(flag_file, f"--api-key-file {flag_file}")
    if text := environment.get("COINAPI_KEY"):
        return ApiKey(text.strip(), "COINAPI_KEY"), []
    if path := environment.get("COINAPI_KEY_FILE"):
        return _read_key_file(Path(path), f"COINAPI_KEY_FILE {path}")
    return _key_of_settings(settings)


def _key_of_settings(settings: KeySettings) -> tuple[ApiKey | None, list[str]]:
    if settings.text:
        return ApiKey(settings.text.strip(), f"api-key in {settings.origin}"), _warnings(
            Path(settings.path), f"{settings.path}, which holds the key"
        )
    if settings.file:
        return _read_key_file(Path(settings.file), f"{settings.file}, api-key-file in {settings.origin}")
    return None, []


def _read_key_file(path: Path, origin: str) -> tuple[ApiKey, list[str]]:
    file = expanded(path)
    try:
        text = read_small(file, LARGEST_KEY_FILE_BYTES).decode("ascii", "replace")
        warnings = _warnings(file, f"the key file {path}")
    except OSError as error:
        if _may_be_key(path):  # which the cause repeats, so that it goes, too
            what = f"cannot read the key file: {error.strerror}"
            raise CredentialsError(what, "give its path; a key itself goes into COINAPI_KEY") from None
        raise CredentialsError(
            f"cannot read the key file {path}: {error.strerror}", "check its path and permissions"
        ) from error
    return ApiKey(text.strip(), origin, file if file.is_file() else None), warnings


def read_again(key: ApiKey) -> ApiKey:
    """As its file holds it by now; the same where it is from no file. Raises CredentialsError."""
    return key if key.file is None else _read_key_file(key.file, key.origin)[0]


def _may_be_key(path: Path) -> bool:
    """A key that was given where its file's path belongs."""
    return len(str(path)) >= SHORTEST_AS_FILE and not re.search(r"[/.~]", str(path))


def _warnings(path: Path, name: str) -> list[str]:
    mode = path.stat().st_mode
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [f"other users can read {name}; run chmod 600 on it"]
    return []
