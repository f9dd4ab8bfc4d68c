"""--wait-lock: receive while another run writes the file, and go on exactly where its last line ended.

What the other run writes is read in a thread as it grows (`follower`), and compared with what comes (`comparison`).
When it lets the file go, the rest is read, what the file lacks is written, and for a while what comes late is compared,
too. Nothing of this holds the loop up for more than some ms.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.outputs.given_up import given_up
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.protocol.written_values import WrittenValues
from coinapi_idx_cli.sinks.files.comparison import Comparison
from coinapi_idx_cli.sinks.files.encodings import TornError
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from coinapi_idx_cli.sinks.files.repair import check_columns
from coinapi_idx_cli.sinks.files.rival import Rival
from coinapi_idx_cli.wording import plural

DOUBLES_FOR_S = 30.0  # how far the other run may have been ahead
AT_ONCE_S = 0.005  # of writing, between two looks at the sockets


class TakeoverPhase(Enum):
    """Of a file that another run writes, until it is ours."""

    OURS = auto()
    WAITING = auto()  # for the other run to end
    READING = auto()  # the lock is ours; what the other wrote at last is compared
    WRITING = auto()  # what is in the file is known; what it lacks is written


class Takeover(Output):
    """A file that another run may still write, and what comes meanwhile.

    `output` encodes into `sink`; `wake` ends the session's wait. When too much is held the server is held back, as for
    a slow reader.
    """

    def __init__(
        self,
        output: EncodedOutput,
        sink: FileSink,
        status: Status,
        timeout_s: float,
        wake: Callable[[], None],
        *,
        by_time: bool,
    ) -> None:
        output.format.values_of([])  # raises UsageError for lines that do not tell which value they are
        self.nap_s = output.nap_s
        self._output = output
        self._format = output.format
        self._sink = sink
        self._status = status
        self._timeout_s = timeout_s
        self._wake = wake
        self._by_time = by_time
        self._held_bytes = 0  # too many, if not 0
        self._phase = TakeoverPhase.OURS
        self._rival: Rival | None = None
        self._past_rival: Rival | None = None  # it has the file open: closing it takes our name off the lock
        self._waits_until_s = 0.0
        self._changed = threading.Event()  # there is something to do: for `finish`
        self._rest: deque[Batch] = deque()  # to be written before anything that comes
        self._took_over: dict[str, object] = {}
        self._has_told_not_written = False
        self._suppressed: WrittenValues | None = None  # what the other run has written and may come here yet
        self._suppressed_until_s = 0.0

    @property
    def pending_bytes(self) -> int:
        return self._held_bytes

    @property
    def slow_one(self) -> str:
        rival = self._rival
        return super().slow_one if rival is None else f"{rival.who}, which writes {rival.path},"

    def open(self) -> None:
        now_ns, head = time.time_ns(), self._format.head()
        try:
            self._sink.open(head, now_ns)
        except FileInUseError as error:
            _check_columns(error.path, head)
            self._wait_for(error, now_ns)

    def write(self, batch: Batch) -> None:
        """Write it, now or when the file is ours. Raises UsageError at once for what cannot be encoded."""
        self._format.check(batch)
        self._write_or_hold(batch)

    def _write_or_hold(self, batch: Batch) -> None:
        if self._suppressed is not None:
            batch = self._without_written(self._suppressed, batch)
        if self._phase is TakeoverPhase.OURS:
            self._write(batch)
        elif self._phase is TakeoverPhase.WRITING:
            self._rest.append(batch)
        elif self._rival is not None:
            self._rival.comparison.hold(batch)
            self._bound_held(self._rival.comparison)

    def reopen(self) -> None:
        if self._phase is not TakeoverPhase.WAITING:
            self._sink.reopen()

    def next_due_s(self) -> float:
        rival = self._rival
        if self._phase is TakeoverPhase.OURS:
            return self._sink.next_due_s()
        if self._phase is TakeoverPhase.WRITING or rival is None or rival.has_news:
            return 0.0
        if self._phase is TakeoverPhase.WAITING:
            return 0.0 if rival.has_let_go else self._waits_until_s
        return float("inf")

    def tick(self, now: float) -> None:
        """Some ms of what there is to do. Raises OutputError when the time is over."""
        rival = self._rival
        if self._phase is TakeoverPhase.OURS:
            self._sink.tick(now)
        elif self._phase is TakeoverPhase.WRITING:
            self._write_rest()
        elif rival is not None:
            rival.compare()
            self._bound_held(rival.comparison)
            if self._phase is TakeoverPhase.READING:
                if rival.is_compared:
                    self._go_on(rival)
            elif rival.has_let_go:
                self._try_again(rival)
            elif now >= self._waits_until_s:
                raise self._given_up(rival)

    def finish(self, timeout_s: float) -> bool:
        """Also when the run ended by itself: what is held is to be written still, if it is not in the file."""
        until_s = time.monotonic() + timeout_s
        while self._phase is not TakeoverPhase.OURS:
            self._changed.clear()
            now, due_s = time.monotonic(), self.next_due_s()
            if due_s <= now:
                self.tick(now)
            elif self._phase is TakeoverPhase.WAITING and not self._held:
                return True
            elif now >= until_s:
                return False
            else:
                self._changed.wait(min(until_s, due_s) - now)
        return self._sink.finish(timeout_s)

    def unwritten(self) -> str:
        rival = self._rival
        count = self._held + sum(len(batch.values) for batch in self._rest)
        if rival is None and not count:
            return self._sink.unwritten()
        waits = rival is not None and self._phase is TakeoverPhase.WAITING
        why = f": {rival.who} still writes to {rival.path}" if rival is not None and waits else ""
        return f"not written: {plural(count, 'value')}{why}"

    def close(self) -> None:
        if self._phase is TakeoverPhase.READING and self._rival is not None:
            self._rest = deque(self._rival.comparison.rest())
        for gap in [] if self._has_told_not_written else given_up(self._rest):  # else it is recorded already
            self._sink.note_gap(gap)
        for rival in (self._rival, self._past_rival):
            if rival is not None:
                rival.close()
        self._sink.close()

    # -- waiting -------------------------------------------------------------------------------------------------------

    @property
    def _held(self) -> int:
        return 0 if self._rival is None else self._rival.comparison.held

    def _wait_for(self, in_use: FileInUseError, began_ns: int) -> None:
        self._phase = TakeoverPhase.WAITING
        self._waits_until_s = time.monotonic() + self._timeout_s
        self._rival = Rival(
            in_use,
            self._sink.name,
            self._format.values_of,
            self._sink.tell,
            self._notify,
            began_ns,
            by_time=self._by_time,
        )
        self._status.waits_for = self._rival.who

    def _try_again(self, rival: Rival) -> None:
        now_ns = time.time_ns()
        try:
            self._sink.open(self._format.head(), now_ns, goes_on_exactly=True)
        except FileInUseError as error:
            rival.found_again(error, now_ns)
            self._status.waits_for = rival.who
            return
        self._phase = TakeoverPhase.READING
        rival.ended(now_ns)

    def _notify(self) -> None:
        self._changed.set()
        self._wake()

    def _bound_held(self, comparison: Comparison) -> None:
        before = comparison.passed_over
        self._held_bytes = comparison.held_bytes if comparison.is_too_much() else 0
        self._status.held_values, self._status.held_bytes = comparison.held, comparison.held_bytes
        if comparison.passed_over and not before:
            values = plural(comparison.passed_over, "value")
            line = (
                f"left out, as the other run wrote what came a minute later: {values} received here and not found in "
                "the file; others will be, too: do both watch the same?"
            )
            self._sink.tell("passed_over", line, values=comparison.passed_over)

    def _given_up(self, rival: Rival) -> OutputError:
        return OutputError(
            f"{rival.path} was not free within {self._timeout_s:g} s: {rival.who} writes to it; "
            f"not written: {plural(self._held, 'value')} received meanwhile",
            "stop that run, or give a longer --wait-lock",
        )

    # -- taking over ---------------------------------------------------------------------------------------------------

    def _go_on(self, rival: Rival) -> None:
        """All that the other run wrote was compared."""
        comparison = rival.comparison
        if self._past_rival is not None:
            self._past_rival.close()
        if comparison.differing:
            indexes = plural(comparison.differing, "index")
            line = (
                f"this run and the other one were sent different values of {indexes}; there the series is cut by time, "
                "so one period may appear twice or be missing"
            )
            self._sink.tell("sites_differ", line, indexes=comparison.differing)
        self._rest = deque(comparison.rest())
        self._took_over = {**comparison.counts, "gap_seconds": self._told_gap(comparison)}
        self._suppressed, self._suppressed_until_s = comparison.written, time.monotonic() + DOUBLES_FOR_S
        self._rival, self._past_rival, self._phase, self._held_bytes = None, rival, TakeoverPhase.WRITING, 0
        self._status.waits_for, self._status.held_values, self._status.held_bytes = "", 0, 0
        self._write_rest()

    def _told_gap(self, comparison: Comparison) -> float | None:
        gap = comparison.gap_before(self._rest[0]) if self._rest else None
        if gap is None:
            return None
        seconds = (gap.to_ns - gap.from_ns) / NS
        text = f"a gap of {seconds:.3f} s between the other run's last value and the first one here"
        self._sink.tell("gap", text, **gap.fields)
        note = gap.note()
        note.beside = {**(note.beside or {}), "kind": "not_running", "reason": "neither of two runs received anything"}
        self._rest[0].notes.insert(0, note)
        return seconds

    def _write_rest(self) -> None:
        until_s = time.monotonic() + AT_ONCE_S
        while self._rest:
            batch = self._rest.popleft()
            try:
                self._write(batch)
            except OutputError:
                self._rest.appendleft(batch)
                self._tell_not_written()
                raise
            if time.monotonic() >= until_s:
                break
        if not self._rest and self._rival is None:
            self._phase = TakeoverPhase.OURS
            counts = self._took_over
            line = f"took over the file: of the values received meanwhile, {counts['values_dropped']:,} were in it, "
            line += f"{counts['values_written']:,} were written"
            self._sink.tell("took_over", line, **counts)

    def _tell_not_written(self) -> None:
        if not self._has_told_not_written:
            self._has_told_not_written = True
            count = sum(len(batch.values) for batch in self._rest)
            self._sink.tell(
                "not_written", f"not written: {plural(count, 'value')} received while it waited", values=count
            )

    def _write(self, batch: Batch) -> None:
        """It may begin another file, which another run may have: then it waits for that one."""
        try:
            self._output.write(batch)
        except FileInUseError as error:  # nothing of the batch is written
            self._wait_for(error, batch.time_received_ns)
            for held in (batch, *self._rest):
                self._write_or_hold(held)
            self._rest.clear()

    def _without_written(self, written: WrittenValues, batch: Batch) -> Batch:
        kept, _ = without_doubles(batch, written)
        if not len(written) or time.monotonic() > self._suppressed_until_s:
            self._suppressed = None
        return kept


def _check_columns(path: str, head: bytes) -> None:
    """Before anybody waits for it. Raises OutputError."""
    with suppress(OSError, TornError), Path(path).open("rb") as file:
        check_columns(path, file.fileno(), head)
