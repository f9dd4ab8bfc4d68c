"""--wait-lock: receive while another run writes the file, and go on exactly where its last line ended.

Both runs receive the same series, each with its own delay. So what is held here and stands in the file already is
dropped, value by value, as between two connections; and for a while after, because the other may have been ahead.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from coinapi_idx_cli.capture.lock import check_free, wait_for_lock
from coinapi_idx_cli.capture.repair import last_lines
from coinapi_idx_cli.capture.sink import FileSink
from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.outputs.base import Output, Sink
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Gap
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.seam import Past, WrittenTimes, WrittenValues
from coinapi_idx_cli.protocol.times import parse_utc_ns

LINES_COMPARED = 65_536
HELD_COMPARED_BYTES = 4 * 1024 * 1024  # held since the last time: see what of it the other run has written meanwhile
HELD_LIMIT_BYTES = 64 * 1024 * 1024
DOUBLES_FOR_S = 30.0  # how far the other run may have been ahead


class Handoff(Sink):
    """The file as the session sees it. `output` is what writes to `sink`; `wake` ends the session's wait."""

    def __init__(
        self, sink: FileSink, output: Output, timeout_s: float, wake: Callable[[], None], *, by_time: bool
    ) -> None:
        output.values_of([])  # raises UsageError for lines that do not tell which value they are
        self._sink = sink
        self._output = output
        self._timeout_s = timeout_s
        self._wake = wake
        self._by_time = by_time
        self._head = b""
        self._held: list[Batch] = []
        self._held_bytes = self._compared_bytes = 0
        self._past: Past | None = None
        self._past_until_s = 0.0
        self._waits_for: str | None = None
        self._moved_lines: list[bytes] = []
        self._waits_at: int | None = None  # its descriptor: the name may come to mean another file
        self._met = False  # something stands in the file that was received here too
        self._is_free = threading.Event()
        self._began_ns = time.time_ns()
        self._ends_s = time.monotonic() + timeout_s

    def open(self, head: bytes) -> None:
        self._head = head
        self._try()

    def take(self, batch: Batch) -> None:
        """What is to be written: now, or when the file is ours."""
        if self._waits_for is not None:
            self._hold(batch)
        elif self._past is not None:
            self._write_new(batch)
        else:
            self._output.write(batch)

    def write(self, data: bytes, received_ns: int) -> None:
        self._sink.write(data, received_ns)

    def reopen(self) -> None:
        if self._waits_for is None:
            self._sink.reopen()

    def next_due_s(self) -> float:
        if self._waits_for is None:
            return self._sink.next_due_s()
        return 0.0 if self._is_free.is_set() else self._ends_s

    def tick(self, now: float) -> None:
        """Raises OutputError when the time is over."""
        if self._waits_for is None:
            self._sink.tick(now)
        elif self._is_free.is_set():
            self._try()
        elif now >= self._ends_s:
            raise OutputError(
                f"{self._waits_for} was not free within {self._timeout_s:g} s: another run writes to it",
                "end that one, or give a longer --wait-lock",
            )

    def finish(self, timeout_s: float) -> bool:
        """Also when the run ended by itself: what is held is to be written still."""
        if self._waits_for is None:
            return self._sink.finish(timeout_s)
        self._is_free.wait(timeout_s)
        self.tick(time.monotonic())
        return self._waits_for is None

    def unwritten(self) -> str:
        count = sum(len(batch.values) for batch in self._held)
        return f"{count} values were not written: another run still writes to {self._waits_for}"

    def close(self) -> None:
        self._sink.close()

    def _try(self) -> None:
        """Every file that the other run may have gone on to is looked at in the order of time; the last one is ours."""
        now_ns = time.time_ns()
        name = self._sink.name
        self._moved_lines += self._lines_if_moved()
        written = list(self._moved_lines)
        try:
            for path in [*name.before(self._began_ns), *name.between(self._began_ns, now_ns)[:-1]]:
                written += _lines_if_free(path)
            self._sink.open(self._head, now_ns)
        except FileInUseError as error:
            self._wait_for(error.path)
            return
        was_waiting, self._waits_for = self._waits_for is not None, None
        if was_waiting:
            self._go_on(written + self._sink.last_lines(LINES_COMPARED))

    def _wait_for(self, path: str) -> None:
        self._waits_for = path
        self._is_free.clear()
        try:
            self._waits_at = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # it is moved or gone since a moment ago
            self._is_free.set()
            return
        threading.Thread(target=self._wait_in_thread, args=(self._waits_at,), name="wait-lock", daemon=True).start()

    def _wait_in_thread(self, fd: int) -> None:
        """Whoever had it is gone when this returns; the lock itself is taken by who opens the file."""
        with suppress(OSError):  # no locks there: then nobody has one
            wait_for_lock(fd)
        self._is_free.set()
        self._wake()

    def _lines_if_moved(self) -> list[bytes]:
        """Of the file that was waited for, if its name does not lead to it any more. It is let go."""
        fd, self._waits_at = self._waits_at, None
        if fd is None or self._waits_for is None:
            return []
        with open(fd, "rb") as file:  # noqa: PTH123
            with suppress(OSError):
                if os.path.samestat(os.fstat(fd), Path(self._waits_for).stat()):
                    return []
            return last_lines(self._waits_for, file, LINES_COMPARED)

    def _hold(self, batch: Batch) -> None:
        size = sum(map(len, batch.texts))
        self._held.append(batch)
        self._held_bytes += size
        self._compared_bytes += size
        if self._compared_bytes > HELD_COMPARED_BYTES and self._waits_for is not None and self._waits_at is not None:
            self._compared_bytes = 0
            with open(self._waits_at, "rb", closefd=False) as file:
                self._drop_written(last_lines(self._waits_for, file, LINES_COMPARED))
        if self._held_bytes > HELD_LIMIT_BYTES:
            raise OutputError(
                f"{self._waits_for} is held by another run that has not written what came since",
                "see what that one does",
            )

    def _drop_written(self, lines: list[bytes]) -> Past:
        past = self._past_of(lines)
        held, self._held = self._held, []
        for batch in held:
            kept, found = without_doubles(batch, past)
            self._met = self._met or found
            if kept.values:
                self._held.append(kept)
        self._held_bytes = sum(len(text) for batch in self._held for text in batch.texts)
        return past

    def _go_on(self, lines: list[bytes]) -> None:
        self._past = self._drop_written(lines)
        self._past_until_s = time.monotonic() + DOUBLES_FOR_S
        held, self._held = self._held, []
        if held and lines and not self._met:
            self._tell_gap(held[0], lines)
        for batch in held:
            self._output.write(batch)

    def _tell_gap(self, first: Batch, lines: list[bytes]) -> None:
        """What the other wrote last is older than what came here first: what lay between was received by nobody."""
        values = self._output.values_of(lines)[-1:]
        sent_ns = parse_utc_ns(values[-1].time_coinapi) if values else None
        if sent_ns is None or sent_ns >= first.time_received_ns:
            return
        fields = Gap(sent_ns, first.time_received_ns).fields
        text = f"a gap of {fields['seconds']:.3f} s between the other run's last value and the first one here"
        self._sink.tell("gap", text, **fields)

    def _write_new(self, batch: Batch) -> None:
        past = self._past
        if past is not None:
            batch, _ = without_doubles(batch, past)
            if not len(past) or time.monotonic() > self._past_until_s:
                self._past = None
        self._output.write(batch)

    def _past_of(self, lines: list[bytes]) -> Past:
        past: Past = WrittenTimes() if self._by_time else WrittenValues()
        for value in self._output.values_of(lines):
            past.add(value)
        return past


class HandingOff(Output):
    """Gives all to a `Handoff`, which knows whether it can be written yet."""

    name = "handing off"
    summary = ""

    def __init__(self, output: Output, handoff: Handoff) -> None:
        super().__init__(output.context)
        self._output = output
        self._handoff = handoff

    def open(self) -> None:
        self._output.open()

    def head(self) -> bytes:
        return self._output.head()

    def write(self, batch: Batch) -> None:
        self._handoff.take(batch)

    def close(self) -> None:
        self._output.close()


def _lines_if_free(path: str) -> list[bytes]:
    """Raises FileInUseError while another run writes to it."""
    check_free(path)
    try:
        with Path(path).open("rb") as file:
            return last_lines(path, file, LINES_COMPARED)
    except FileNotFoundError:
        return []
