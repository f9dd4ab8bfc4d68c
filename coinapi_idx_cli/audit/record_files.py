"""Which files a record has, in which order, and how they are opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from coinapi_idx_cli.audit.known_gaps import record_of_pattern, records_of
from coinapi_idx_cli.audit.record_reader import RecordReader
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import moment
from coinapi_idx_cli.sinks.files.record_search import files_of

STDIN = "-"


def files_named(argument: str) -> tuple[list[str], list[Path]]:
    """The files, and the records of gaps that may speak of them."""
    if argument == STDIN:
        return [argument], []
    path = os.path.expanduser(argument)  # noqa: PTH111 - as it is everywhere else
    if "%" in path and not Path(path).exists():
        found = [str(each) for each in files_of(path)]
        if not found:
            raise UsageError(f"there is no file of {argument}", "give the name that -o had, in quotes")
        return found, record_of_pattern(path)
    return [path], records_of(path)


def in_order(paths: list[str]) -> list[str]:
    """By the time of their first value, each once, whatever its name; what can be read only once stays where it is."""
    paths = list({_identity(path): path for path in reversed(paths)}.values())[::-1]
    if len(paths) < 2 or not all(Path(path).is_file() for path in paths):
        return paths
    return sorted(paths, key=lambda path: (moment(_first_time(path)), path))


def _identity(path: str) -> object:
    """The same for all names of a file: a link, one with `./` in front."""
    try:
        status = os.stat(path)  # noqa: PTH116 - names that are not text, too
    except OSError:
        return path
    return (status.st_dev, status.st_ino) if S_ISREG(status.st_mode) else path


def _first_time(path: str) -> str:
    try:
        with open_record(path) as file:
            return next(
                (portion.times[0] for portion in RecordReader(path, file, takes_bars=True) if portion.times), ""
            )
    except OSError as error:
        raise cannot_read(path, error) from error


def open_record(path: str) -> BinaryIO:
    if path == STDIN:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    return Path(path).open("rb")


def cannot_read(path: str, error: OSError) -> UsageError:
    return UsageError(f"cannot read {path}: {error.strerror or error}", "name a file that a capture wrote")
