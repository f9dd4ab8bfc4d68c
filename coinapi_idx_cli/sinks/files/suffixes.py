"""What a file's name says of its content: the format, and how it is compressed. In any case. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile
from pathlib import PurePath
from typing import NamedTuple

from coinapi_idx_cli.errors import UsageError

COMPRESSIONS = (".gz", ".zst")
# What others write: lines of ours in such a file could be read by nothing that its name promises.
OTHER_COMPRESSIONS = frozenset(
    (".7z", ".br", ".bz2", ".gzip", ".lz", ".lz4", ".lzma", ".lzo", ".rar", ".snappy", ".sz", ".tar", ".tgz", ".xz")
) | {".z", ".zip", ".zstd"}
OTHER_FORMATS = frozenset(
    (".arrow", ".avro", ".db", ".duckdb", ".feather", ".h5", ".hdf5", ".html", ".ipc", ".msgpack", ".ods", ".orc")
) | {".parquet", ".pickle", ".pkl", ".sqlite", ".sqlite3", ".tsv", ".xls", ".xlsx", ".xml", ".yaml", ".yml"}
_ALL_COMPRESSIONS = OTHER_COMPRESSIONS.union(COMPRESSIONS)
OF_NO_FORMAT = frozenset((".dat", ".log", ".out", ".txt"))  # nobody names a plug-in so
_NAME_OF_A_FORMAT = re.compile(r"\.[a-z][a-z0-9_-]*")


class Suffixes(NamedTuple):
    """What the suffixes of a name say.

    `format` and `compression` in small letters, with their dots; empty where the name says nothing.
    """

    format: str
    compression: str


def suffixes_of(path: str) -> Suffixes:
    """Numbers and strftime fields do not count: `ticks.csv.%Y` says csv. A compression is at the very end."""
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    formats = [suffix for suffix in suffixes if _is_format(suffix)]
    compression = suffixes[-1] if suffixes and suffixes[-1] in _ALL_COMPRESSIONS else ""
    return Suffixes(formats[-1] if formats else "", compression)


def _is_format(suffix: str) -> bool:
    return suffix not in _ALL_COMPRESSIONS and _NAME_OF_A_FORMAT.fullmatch(suffix) is not None


def format_named_by(path: str, format_of_suffix: Callable[[str], str | None]) -> str | None:
    """The format that a file's name asks for; None when it says nothing of one.

    `format_of_suffix` knows the formats there are. Raises UsageError for a suffix of a format that there is not.
    """
    suffix = suffixes_of(path).format
    if not suffix or suffix in OF_NO_FORMAT:
        return None
    named = format_of_suffix(suffix[1:])
    if named is None and suffix in OTHER_FORMATS:
        hint = "name it .csv or .ndjson, also with .gz or .zst; other formats come with plug-ins"
        raise UsageError(f"--output {path}: idxstream does not write {suffix} files", hint)
    return named


def check_compression(path: str) -> None:
    """Raises UsageError for one that is not ours, and for a name that promises one that the file would not have:
    `x.csv.gz.%Y`, `x.csv.gz.zst`."""
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    behind_the_format = list(takewhile(lambda suffix: not _is_format(suffix), reversed(suffixes)))
    promised = [suffix for suffix in behind_the_format if suffix in _ALL_COMPRESSIONS]
    for suffix in promised:
        if suffix in OTHER_COMPRESSIONS:
            hint = "name it .gz or .zst, or neither"
            raise UsageError(f"--output {path}: idxstream does not compress to {suffix} files", hint)
    if promised and promised != behind_the_format[:1]:
        hint = "name it as in ticks-%Y-%m-%d.csv.gz"
        raise UsageError(f"--output {path}: {promised[-1]} has to be at the end of the name", hint)
