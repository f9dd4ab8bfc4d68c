"""Where values go, and in which format: what -o and -f mean together. Several -o: each gets every value."""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct

from coinapi_idx_cli.engine.target import is_engine
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.registry import AUTO, TABLE, format_class, format_of_suffix
from coinapi_idx_cli.outputs.targets import check_scheme, scheme_of

STDOUT = "-"
IN_A_PIPE = "ndjson"  # what `auto` is without a terminal and without a file's name


class Destination(Struct, frozen=True):
    """Where values go, and in which format.

    `target`: a path or a URL; None is stdout. `format` is `table` for the view of that name.
    """

    format: str
    target: str | None = None

    @property
    def scheme(self) -> str | None:
        """Of a URL."""
        return None if self.target is None else scheme_of(self.target)

    @property
    def shown(self) -> str:
        """For messages: of a URL only the scheme, as the rest may hold a password."""
        if self.target is None:
            return STDOUT
        return self.target if self.scheme is None or self.is_engine else f"{self.scheme}://…"

    @property
    def is_engine(self) -> bool:
        """A stream that several machines may write."""
        return self.target is not None and is_engine(self.target)

    @property
    def is_file(self) -> bool:
        """Or a pipe, or a device: it has a path."""
        return self.target is not None and self.scheme is None


def destinations_of(
    outputs: Sequence[str], format_name: str, *, is_terminal: bool, is_flag: bool = True, on_a_terminal: str = TABLE
) -> tuple[Destination, ...]:
    """What each -o gets, in their order. None at all: stdout.

    `format_name` is for what names no format itself: stdout, and files without a suffix. A table beside files goes to
    stdout. `is_flag`: it is of this command line; a setting gives way to the names of files. `on_a_terminal`: what
    `auto` is there. Raises UsageError for a table that nobody could see, for a target that is given twice, and for a
    name that asks for another format.
    """
    targets = [_checked(output) for output in outputs] or [None]
    _refuse_doubles(targets)
    if format_name == TABLE and is_flag and None not in targets:
        targets.insert(0, None)
    if is_flag and format_name not in (AUTO, TABLE, IN_A_PIPE) and all(map(_is_engine, targets)):
        raise UsageError(f"an engine takes {IN_A_PIPE}, not {format_name}", "leave -f out")
    paths = [target for target in targets if target is not None and scheme_of(target) is None]
    named = {path: _named_by(path) for path in paths}
    if is_flag and format_name not in (AUTO, TABLE) and len(named) == len(targets):
        _refuse_contradiction(named, format_name)
    return tuple(
        Destination(_of_stdout(format_name, is_terminal=is_terminal, on_a_terminal=on_a_terminal))
        if target is None
        else Destination(named.get(target) or _unnamed(target, format_name, is_flag=is_flag), target)
        for target in targets
    )


def _is_engine(target: str | None) -> bool:
    return target is not None and is_engine(target)


def _named_by(path: str) -> str | None:
    from coinapi_idx_cli.sinks.files.suffixes import format_named_by

    return format_named_by(path, format_of_suffix)


def _checked(output: str) -> str | None:
    if output == STDOUT:
        return None
    if (scheme := scheme_of(output)) is not None:
        check_scheme(scheme)
        return output
    # Here, because most runs have no file.
    from coinapi_idx_cli.sinks.files.encodings import packing_for
    from coinapi_idx_cli.sinks.files.names import FileName
    from coinapi_idx_cli.sinks.files.suffixes import check_compression

    path = os.path.expanduser(output)  # noqa: PTH111 - Path would take a trailing slash off
    if not path or path.endswith("/"):
        raise UsageError(f"--output {output!r} does not name a file", "give a file's name, such as ticks-%Y-%m-%d.csv")
    check_compression(path)
    packing_for(path)
    FileName(path)
    return path


def _refuse_doubles(targets: Sequence[str | None]) -> None:
    for position, target in enumerate(targets):
        if target in targets[:position]:
            name = STDOUT if target is None else target
            shown = f"{scheme}://…" if (scheme := scheme_of(name)) else name  # a URL may hold a password
            raise UsageError(f"--output {shown} is given twice", "remove one of them")


def _refuse_contradiction(named: dict[str, str | None], format_name: str) -> None:
    """Every file says which format it has, so that -f is about none of them."""
    if any(name is None for name in named.values()):
        return
    for path, name in named.items():
        if name != format_name:
            what = f"-f {format_name} and --output {path} contradict each other: such a file is {name}"
            raise UsageError(what, "leave -f out, or give the file another name")


def _of_stdout(format_name: str, *, is_terminal: bool, on_a_terminal: str) -> str:
    if format_name == AUTO:
        return on_a_terminal if is_terminal else IN_A_PIPE
    if format_name == TABLE and not is_terminal:
        raise UsageError("-f table needs a terminal, and stdout is not one", "use -f ndjson or -f csv")
    return format_name


def _unnamed(target: str, format_name: str, *, is_flag: bool) -> str:
    """The format of a URL, and of a file whose name says nothing of one."""
    if is_engine(target):
        return IN_A_PIPE
    if format_name == TABLE and is_flag and scheme_of(target) is None:
        what = f"the name of --output {target} does not say which format it has, and -f table is for the terminal"
        raise UsageError(what, "name it .csv or .ndjson")
    return IN_A_PIPE if format_name in (AUTO, TABLE) else format_name


def check_is_file(destination: Destination, command: str) -> None:
    """Raises UsageError for a URL, and for a format that comes with a plug-in."""
    if destination.scheme is not None:
        raise UsageError(f"{command} writes to files and to stdout, not to {destination.scheme}://", "name a file")
    if destination.format not in ("ndjson", "csv"):
        raise UsageError(f"{command} does not write {destination.format}", "name a .csv or .ndjson file")


def check_include(kinds: frozenset[str], destinations: Sequence[Destination]) -> frozenset[str]:
    """`kinds`, if at least one of the formats has lines for each of them. Raises UsageError."""
    formats = {each.format for each in destinations}
    for kind in sorted(kinds):
        if not any(name != TABLE and kind in format_class(name).notes for name in formats):
            what = f"--include adds lines to ndjson, and the output is {' and '.join(sorted(formats))}"
            raise UsageError(what, "use -f ndjson, or leave --include out")
    return kinds


def check_about_files(destinations: Sequence[Destination], *, fsync: bool, wait_lock: bool) -> None:
    """Raises UsageError for options that need a file where there is none."""
    if not any(each.is_file for each in destinations):
        for option, given in (("--fsync", fsync), ("--wait-lock", wait_lock)):
            if given:
                raise UsageError(f"{option} needs an --output file", "add -o FILE")
