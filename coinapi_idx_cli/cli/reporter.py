"""All that goes to stderr: errors, warnings, events, statistics; one line each, without a secret."""

from __future__ import annotations

import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from coinapi_idx_cli.cli.flood import Counted, Flood
from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.terminal.bell import ringing
from coinapi_idx_cli.terminal.one_line import fitted, one_line
from coinapi_idx_cli.wording import plural

if TYPE_CHECKING:
    from coinapi_idx_cli.cli.event_log import EventLog
    from coinapi_idx_cli.protocol.status import Status

QUIET, NORMAL, DEBUG = -1, 0, 2
ALWAYS_LOGGED = ("gap", "rotated")  # which are as few as connections and files
WARNINGS_AT_THE_END = 10  # of those that the table showed: its last frame is to stay in sight


class Reporter:
    """Writes to stderr and to the event log.

    `verbosity` counts -v; -q makes it -1. `secrets` are taken out of all that is printed.
    """

    def __init__(self, secrets: list[str]) -> None:
        self.verbosity = NORMAL
        self.status: Status | None = None
        self.event_log: EventLog | None = None
        self.wording: Callable[[str], str] = lambda text: text  # of usage errors: names the file that an option is from
        self.redactor = Redactor(secrets)
        self._flood = Flood()
        self._held: deque[str] | None = None
        self._held_count = 0

    def set_verbosity(self, verbose: int, *, quiet: bool) -> None:
        """Given before or after the command's name, -v and -q count the same."""
        self.verbosity = QUIET if quiet or self.verbosity == QUIET else self.verbosity + verbose

    def hide(self, secret: str) -> None:
        self.redactor.hide(secret)

    def clean(self, text: str) -> str:
        return one_line(self.redactor.clean(text))

    def error(self, error: BaseException) -> None:
        """What happened and what to do; with -vv the traceback above it."""
        if self.verbosity >= DEBUG:
            for line in _trace(error):
                indent = line[: len(line) - len(line.lstrip())]
                self._print(indent + self.clean(line))
        if isinstance(error, IdxstreamError):
            self._print_error(error.what, error.hint)
        else:
            hint = "" if self.verbosity >= DEBUG else "; run it again with -vv to see where, and please report it"
            self._print(f"idxstream: a bug: {self.clean(f'{type(error).__name__}: {error}')}{hint}")

    def usage_error(self, message: str, command: str) -> None:
        self._print_error(message, f"see {command} --help")

    def _print_error(self, what: str, hint: str) -> None:
        """In one line, or for somebody at a terminal in two: what happened, and what to do."""
        what, hint = self.clean(what).rstrip("."), self.clean(hint)
        if hint and _is_terminal(sys.stderr):
            self._print(f"idxstream: {what}")
            self._print(f"{_arrow(sys.stderr)} {hint}")
        else:
            self._print(f"idxstream: {what}; {hint}" if hint else f"idxstream: {what}")

    def alert(self, line: str, **fields: object) -> None:
        """What somebody asked to be told: always, with a bell and a notification where a terminal shows it."""
        text = fitted(self.clean(line))
        self._log("alert", fields)
        self._note_warning(f"alert: {text}")
        if self._held is None:
            _ring(f"idxstream alert: {text}")
            self._print(f"idxstream: alert: {text}")
        else:  # the table rings
            self._held.append(f"idxstream: {_time_of_day()} alert: {text}")
            self._held_count += 1

    def warning(self, text: str) -> None:
        self._record("", Level.WARNING, text, {"type": text})

    def detail(self, text: str) -> None:
        """What -v tells."""
        self._show(Level.INFO, text)

    def notice(self, text: str) -> None:
        """What somebody at a terminal needs to know to go on; -q hides it."""
        if self.verbosity > QUIET:
            self.say(text)

    def say(self, text: str) -> None:
        """A line that was asked for, so -q does not hide it."""
        self._print(f"idxstream: {self.clean(text)}")

    def record(self, event: str, level: Level, line: str, /, **fields: object) -> None:
        """Told, or under a flood of its kind only counted."""
        if event == "stopped":
            self._tell_counts(self._flood.rest())
        self._record(event, level, line, fields)

    def _record(self, event: str, level: Level, line: str, fields: dict[str, object]) -> None:
        now = time.monotonic()
        counted = self._flood.admit(event, level, line, fields, now)
        self._tell_counts(self._flood.due(now))
        if event in ALWAYS_LOGGED:
            self._log(event, fields)
        elif counted is not None:
            self._log(event, fields | {"more": counted} if counted else fields)
        if counted is not None:
            self._show(level, f"{line} ({counted:,} more like it came before)" if counted else line)

    def _tell_counts(self, all_counted: Iterable[Counted]) -> None:
        for counted in all_counted:
            if counted.event not in ALWAYS_LOGGED:
                self._log(counted.event, counted.fields)
            self._show(counted.level, counted.text)

    def _log(self, event: str, fields: dict[str, object]) -> None:
        if self.event_log is not None and event:
            self.event_log.write(event, fields, self.redactor)

    def _show(self, level: Level, text: str) -> None:
        text = fitted(self.clean(text))  # here, since the table keeps the last one
        if level is Level.WARNING:
            self._note_warning(text)
        if level < Level.WARNING - self.verbosity:
            return
        if level is not Level.WARNING:
            self._print(f"idxstream: {text}")
        elif self._held is None:
            self._print(f"idxstream: warning: {text}")
        else:
            self._held.append(f"idxstream: {_time_of_day()} warning: {text}")
            self._held_count += 1

    def _note_warning(self, text: str) -> None:
        if self.status is not None:
            self.status.last_warning, self.status.last_warning_time = text, _time_of_day()

    def hold_warnings(self) -> None:
        """From now on the output shows the last one, and one place is enough."""
        self._held, self._held_count = deque(maxlen=WARNINGS_AT_THE_END), 0

    def release_warnings(self) -> None:
        """Print the last ones that were held: on the screen only one was seen at a time."""
        held, self._held = self._held or (), None
        for line in held:
            self._print(line)
        if more := self._held_count - len(held):
            self._held_count = 0
            self._print(f"idxstream: {plural(more, 'more warning')} came before these")

    def _print(self, line: str) -> None:
        """Never waits, by what `__main__` makes of stderr."""
        if sys.stderr is not None:
            with suppress(OSError, ValueError):  # closed: there is nobody to tell
                sys.stderr.write(line + "\n")


def _ring(text: str) -> None:
    """On the terminal that stderr is on, also while a line of status is at its bottom."""
    stream = getattr(sys.stderr, "behind", sys.stderr)
    if stream is not None and _is_terminal(stream):
        with suppress(OSError, ValueError):
            stream.write(ringing(text))
            stream.flush()


def _is_terminal(stream: TextIO | None) -> bool:
    with suppress(ValueError):  # it is closed
        return stream is not None and stream.isatty()
    return False


def _arrow(stream: TextIO) -> str:
    return "→" if (stream.encoding or "").lower().replace("-", "") == "utf8" else "->"


def _time_of_day() -> str:
    return time.strftime("%H:%M:%S")


def _trace(error: BaseException) -> Iterator[str]:
    """A message is one line, whatever it holds: a server must not be able to forge the next one."""
    for part in traceback.format_exception(error):
        yield from part.splitlines() if part.startswith("  ") else [part]
