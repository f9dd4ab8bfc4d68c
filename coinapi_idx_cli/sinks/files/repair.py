"""What is left of a file after a crash, and what to do with it: nothing of it is thrown away but zeros."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import orjson

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.sinks.files.encodings import Packing, TornError, packing_for
from coinapi_idx_cli.sinks.files.file_ends import first_line, size_of_whole_lines, size_without_zeros, whole_members

Tell = Callable[..., None]  # (event, line, **fields)
COPIED_BYTES = 1024 * 1024
SHOWN_BYTES = 1024
SECTOR_BYTES = 512
_BOM = b"\xef\xbb\xbf"


class Repair:
    """Mends the torn end of a file.

    Where a file is to be continued: `end`, and whether lines come before it. Made by mending what is torn.

    Raises TornError for a file that is not ours to cut: it is to be put aside. OutputError for other columns than
    `head`, and OSError.
    """

    def __init__(self, path: str, fd: int, head: bytes, tell: Tell) -> None:
        self._path = path
        self._fd = fd
        self._head = head
        self._tell = tell
        self._packing = packing_for(path)
        self.is_in_doubt = False  # whether what comes before `end` is whole
        size = os.fstat(fd).st_size
        self.end = size_without_zeros(fd, size)
        if self._packing is None:
            self._mend_lines(size)
        else:
            self._mend_members(self._packing, size)
        self.has_lines = self.end > 0 and _first_line(path, fd) != b""

    def _mend_lines(self, size: int) -> None:
        if (whole := size_of_whole_lines(self._fd, self.end)) is None:
            raise OutputError(f"{self._path} does not end like a file of lines", "name another file")
        torn = os.pread(self._fd, self.end - whole, whole)
        is_at_sector = size % SECTOR_BYTES == 0
        may_be_whole = self.end == size and not (whole == 0 and self._head)  # no line comes before the header
        only_lacks_its_end = may_be_whole and is_whole(torn, self._line_before(whole), may_be_cut=is_at_sector)
        if torn and whole == 0 and not only_lacks_its_end and not self._head.startswith(torn):
            raise TornError("it has no whole line")
        self._check_columns()
        if only_lacks_its_end:
            self._add_line_end(torn)
        else:
            self._cut(whole, size)

    def _mend_members(self, packing: Packing, size: int) -> None:
        if self.end == 0:
            self._cut(0, size)
            return
        members = whole_members(packing, self._fd, self.end)
        if members is None:
            if self.end < size:
                raise TornError("zeros follow what may be its last member")
            self._check_columns()
            self.is_in_doubt = True
            return
        self._check_columns()
        *before, last = (b"\n" + members.content).split(b"\n")
        if last and (members.end < size or not is_whole(last, before[-1], may_be_cut=False)):
            raise TornError("its last line has no end")
        self.end = max(self.end, members.end)
        self._cut(members.end, size)
        if last:
            self._add_line_end(last)

    def _check_columns(self) -> None:
        check_columns(self._path, self._fd, self._head)

    def _line_before(self, whole: int) -> bytes:
        begin = max(0, whole - COPIED_BYTES)
        return os.pread(self._fd, whole - begin, begin).rstrip(b"\n").rpartition(b"\n")[2]

    def _add_line_end(self, line: bytes) -> None:
        line_end = b"\n" if self._packing is None else self._packing.member(b"\n")
        os.write(self._fd, line_end)
        self.end += len(line_end)
        text = f"the last line of {self._path} had no line end, which was added"
        self._tell("repaired", text, file=self._path, text=_shown(line))

    def _cut(self, whole: int, size: int) -> None:
        """Off with what is behind the whole, `end` being where the zeros begin."""
        if whole < self.end:
            torn_to = _keep(self._path, self._fd, whole, self.end)
            what = "within a line" if self._packing is None else "within a member"
            text = f"{self._path} ended {what}; the torn end is in {torn_to} now"
            shown = _shown(os.pread(self._fd, SHOWN_BYTES, whole)) if self._packing is None else ""
            self._tell("repaired", text, file=self._path, torn_to=torn_to, text=shown)
        if self.end < size:
            zeros = size - self.end
            text = f"{self._path} ended with {zeros} zero bytes, as a power cut leaves them; they were cut off"
            self._tell("repaired", text, file=self._path, zeros=zeros)
        if whole < size:
            os.ftruncate(self._fd, whole)
        self.end = whole


def check_columns(path: str, fd: int, head: bytes) -> None:
    """Raises OutputError where there is a first line and it is not `head`; TornError where it cannot be read."""
    first = _first_line(path, fd)
    if head and first.endswith(b"\n") and first != head:
        raise _other_columns(path, first, head)


def _first_line(path: str, fd: int) -> bytes:
    with open(fd, "rb", closefd=False) as file:
        return first_line(path, file)


def is_whole(line: bytes, before: bytes, *, may_be_cut: bool) -> bool:
    """Whether a last line only lacks its end. `before`: the line before it.

    A number may go on behind a cut. So a line of csv that ends with one is whole only where no cut can be: a crash
    cuts at the end of a page or sector, so what ends elsewhere was written by a person or a program that adds no end.
    """
    if line.startswith(b"{"):
        with suppress(orjson.JSONDecodeError):
            return isinstance(orjson.loads(line), dict)
        return False
    cells, cells_before = _cells(line), _cells(before)
    return not may_be_cut and len(cells) == len(cells_before) > 1 and cells[-1] != ""


def _cells(line: bytes) -> list[str]:
    with suppress(csv.Error):
        for row in csv.reader([line.decode("utf-8", "replace")], strict=True):
            return row
    return []


def _other_columns(path: str, first: bytes, head: bytes) -> OutputError:
    plain = first.removeprefix(_BOM).removesuffix(b"\n").removesuffix(b"\r") + b"\n"
    if plain != head:
        there, wanted = (_shown(line.removesuffix(b"\n").removesuffix(b"\r")) for line in (first, head))
        shown = f"{there!r}, not {wanted!r}" if there.strip() == wanted else f"{there}, not {wanted}"
        return OutputError(f"{path} has the columns {shown}", "name another file, or give the same --fields")
    odd = [
        text
        for is_so, text in (
            (first.startswith(_BOM), "begins with a byte order mark"),
            (first.endswith(b"\r\n"), "ends its lines with CR LF"),
        )
        if is_so
    ]
    what = f"{path} has the right columns, but {' and '.join(odd)}, as some editors and Windows programs save it"
    return OutputError(what, "name another file, or convert it to UTF-8 without a mark and with LF")


def _shown(line: bytes) -> str:
    return line[:SHOWN_BYTES].decode("utf-8", "backslashreplace")


def put_above(path: str) -> str:
    """Rename it to NAME.partial, or with a number behind it: a name that is taken is never overwritten."""
    path = os.path.realpath(path)
    for aside in _free_names(path, "partial"):
        with suppress(FileExistsError):
            _rename_to_new(path, aside)
            return aside
    raise AssertionError("names do not end")


def _keep(path: str, fd: int, begin: int, end: int) -> str:
    """Copy that stretch to NAME.torn. Raises OSError."""
    for name in _free_names(os.path.realpath(path), "torn"):
        with suppress(FileExistsError), Path(name).open("xb") as copy:
            while begin < end and (block := os.pread(fd, min(COPIED_BYTES, end - begin), begin)):
                copy.write(block)
                begin += len(block)
            copy.flush()
            os.fsync(copy.fileno())  # before the only other copy is cut off
            return name
    raise AssertionError("names do not end")


def _free_names(path: str, suffix: str) -> Iterator[str]:
    """NAME.suffix, and then with a number behind it."""
    return (f"{path}.{suffix}" if number == 1 else f"{path}.{suffix}.{number}" for number in count(1))


def _rename_to_new(path: str, aside: str) -> None:
    """Raises FileExistsError. Some file systems have no hard links: there the name is taken first."""
    try:
        os.link(path, aside)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        try:
            Path(path).rename(aside)
        except OSError:
            Path(aside).unlink()
            raise
    else:
        Path(path).unlink()
