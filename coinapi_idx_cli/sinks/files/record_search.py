"""The newest file of a record: with the name's fields filled in any way, and as logrotate and others rename it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from coinapi_idx_cli.sinks.files.file_ends import last_lines
from coinapi_idx_cli.sinks.files.gaps_name import can_be_of, gaps_path


def newest_last_line(output: str, *, but: str) -> bytes | None:
    """The last line of the newest file that a run with `-o output` left, by the time of its last change.

    `but`: the file that is being written. Files that cannot be read, or have no whole line, are passed over.
    """
    found = []
    for path in files_of(output):
        with suppress(OSError):
            found.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(found, reverse=True):
        if os.path.abspath(path) == os.path.abspath(but):  # noqa: PTH100 - links stay as they are
            continue
        with suppress(OSError), path.open("rb") as file:
            if lines := last_lines(str(path), file, 1):
                return lines[0]
    return None


def files_of(output: str) -> Iterator[Path]:
    """All files that a run with `-o output` can have written, and those that they were renamed to."""
    record = gaps_path(output)
    folder, depth = Path(record).parent, output.count("/") - record.count("/")
    for path in _below(folder, depth):
        if can_be_of(str(path.relative_to(folder)), output):
            yield path


def _below(folder: Path, depth: int) -> Iterator[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=True):
                if depth:
                    yield from _below(Path(entry.path), depth - 1)
            elif entry.is_file():
                yield Path(entry.path)
