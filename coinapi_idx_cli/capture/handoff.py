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
from enum import Enum, auto

from coinapi_idx_cli.capture.comparison import Comparison
from coinapi_idx_cli.capture.follower import Follower
from coinapi_idx_cli.capture.lock_wait import LockWait
from coinapi_idx_cli.capture.sink import FileSink
from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.outputs.base import Output, Sink
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.doubles import without_doubles
from coinapi_idx_cli.protocol.seam import Past
from coinapi_idx_cli.protocol.times import NS

DOUBLES_FOR_S = 30.0  # how far the other run may have been ahead
AT_ONCE_S = 0.005  # of work, between two looks at the sockets


class Phase(Enum):
    """Of a file that another run writes, until it is ours."""

    OURS = auto()
    WAITING = auto()  # for the other run to end
    READING = auto()  # the lock is ours; what the other wrote at last is compared
    WRITING = auto()  # what is in the file is known; what it lacks is written


class Handoff(Sink):
    """The file as the session sees it. `output` is what writes to `sink`; `wake` ends the session's wait.

    When too much is held the server is held back, as for a slow reader.
    """

    def __init__(
        self, sink: FileSink, output: Output, timeout_s: float, wake: Callable[[], None], *, by_time: bool
    ) -> None:
        output.values_of([])  # raises UsageError for lines that do not tell which value they are
        self._sink = sink
        self._output = output
        self._status = output.context.status
        self._timeout_s = timeout_s
        self._wake = wake
        self._head = b""
        self._phase = Phase.OURS
        self._began_ns = self._looked_ns = time.time_ns()
        self._began_s = self._looked_s = time.monotonic()
        self._in_use: FileInUseError | None = None
        self._wait: LockWait | None = None
        self._changed = threading.Event()  # there is something to do: for `finish`
        self._follower: Follower | None = None
        self._comparison = Comparison(by_time=by_time)
        self._failures = 0
        self._rest: deque[Batch] = deque()  # to be written before anything that comes
        self._took_over: dict[str, object] = {}
        self._suppressed: Past | None = None  # what the other run has written and may come here yet
        self._suppressed_until_s = 0.0

    def open(self, head: bytes) -> None:
        self._head = head
        self._try()

    def take(self, batch: Batch) -> None:
        """What is to be written: now, or when the file is ours."""
        if self._phase in (Phase.WAITING, Phase.READING):
            self._comparison.hold(batch)
            self._bound_held()
            return
        if self._suppressed is not None:
            batch = self._without_written(self._suppressed, batch)
        if self._phase is Phase.WRITING:
            self._rest.append(batch)
        else:
            self._output.write(batch)

    @property
    def slow_one(self) -> str:  # type: ignore[override]
        return f"{_who(self._in_use)}, which writes {self._in_use.path}," if self._in_use else Sink.slow_one

    def write(self, data: bytes, received_ns: int) -> None:
        self._sink.write(data, received_ns)

    def reopen(self) -> None:
        if self._phase is not Phase.WAITING:
            self._sink.reopen()

    def next_due_s(self) -> float:
        match self._phase:
            case Phase.OURS:
                return self._sink.next_due_s()
            case Phase.WAITING if not self._is_free() and not self._has_news():
                return self._began_s + self._timeout_s
            case Phase.READING if not self._has_news():
                return float("inf")
        return 0.0

    def tick(self, now: float) -> None:
        """Some ms of what there is to do. Raises OutputError when the time is over."""
        if self._phase in (Phase.WAITING, Phase.READING):
            self._compare()
        match self._phase:
            case Phase.OURS:
                self._sink.tick(now)
            case Phase.WAITING if self._is_free():
                self._try()
            case Phase.WAITING if now >= self._began_s + self._timeout_s:
                raise self._given_up()
            case Phase.READING if self._follower is not None and self._follower.is_done:
                self._go_on()
            case Phase.WRITING:
                self._write_rest()

    def finish(self, timeout_s: float) -> bool:
        """Also when the run ended by itself: what is held is to be written still, if it is not in the file."""
        until_s = time.monotonic() + timeout_s
        while self._phase is not Phase.OURS:
            self._changed.clear()
            now, due_s = time.monotonic(), self.next_due_s()
            if due_s <= now:
                self.tick(now)
            elif self._phase is Phase.WAITING and not self._comparison.held:
                return True
            elif now >= until_s:
                return False
            else:
                self._changed.wait(min(until_s, due_s) - now)
        return self._sink.finish(timeout_s)

    def unwritten(self) -> str:
        count = self._comparison.held + sum(len(batch.values) for batch in self._rest)
        why = f": another run still writes to {self._in_use.path}" if self._in_use is not None else ""
        return f"{count} values were not written{why}"

    def close(self) -> None:
        if self._follower is not None:
            self._follower.close()
        self._sink.close()

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _try(self) -> None:
        """Take the file, or wait for who has it: also again, when that one has gone on to the next file."""
        now_ns = time.time_ns()
        try:
            self._sink.open(self._head, now_ns)
        except FileInUseError as error:
            self._wait_for(error)
            return
        self._in_use = None
        if self._follower is not None:
            self._phase = Phase.READING
            self._follower.go_on(self._names_since_last_look(now_ns), is_last=True)

    def _wait_for(self, in_use: FileInUseError) -> None:
        self._in_use = in_use
        self._status.waits_for = f"{in_use.path}, {_who(in_use)}"
        if self._follower is None:
            self._phase = Phase.WAITING
            self._follower = Follower(self._output.values_of, self._notify)
            paths = self._sink.name.before(self._began_ns)
            line = f"{_who(in_use)} writes to {in_use.path}; waiting for it to end, and receiving meanwhile"
            self._sink.tell("waiting_lock", line, file=in_use.path, pid=in_use.pid or None)
        else:
            paths = self._names_since_last_look(time.time_ns())
        self._follower.go_on([*paths, in_use.path])
        self._wait = LockWait(in_use.path, self._notify)

    def _is_free(self) -> bool:
        return self._wait is not None and self._wait.is_over

    def _notify(self) -> None:
        self._changed.set()
        self._wake()

    def _names_since_last_look(self, now_ns: int) -> list[str]:
        """Of the files that the other run may have written to meanwhile."""
        now_s = time.monotonic()
        names = self._sink.name.during(self._looked_ns, now_ns, int((now_s - self._looked_s) * NS))
        self._looked_ns, self._looked_s = now_ns, now_s
        return names

    def _given_up(self) -> OutputError:
        path = "" if self._in_use is None else self._in_use.path
        return OutputError(
            f"{path} was not free within {self._timeout_s:g} s: {_who(self._in_use)} writes to it; "
            f"{self._comparison.held} values that came meanwhile are not in it",
            "end that one, or give a longer --wait-lock",
        )

    # -- comparing -----------------------------------------------------------------------------------------------------

    def _has_news(self) -> bool:
        return self._follower is not None and (self._follower.has_some or self._follower.is_done)

    def _compare(self) -> None:
        """Some of what the other run has written since."""
        until_s = time.monotonic() + AT_ONCE_S
        while self._follower is not None and (portion := self._follower.take()) is not None:
            try:
                if isinstance(portion, Exception):
                    raise portion
                self._comparison.saw_written(portion)
            except Exception as error:  # noqa: BLE001 - whatever it is: what is held is written, at worst twice
                self._tell_failure(error)
            if time.monotonic() >= until_s:
                break
        self._bound_held()

    def _bound_held(self) -> None:
        comparison, passed_over = self._comparison, self._comparison.passed_over
        self.pending_bytes = comparison.held_bytes if comparison.is_too_much() else 0
        self._status.held_values, self._status.held_bytes = comparison.held, comparison.held_bytes
        if comparison.passed_over and not passed_over:
            line = (
                f"{comparison.passed_over} values that came here are not in the file, although the other run has "
                "written what came a minute later; they are left out, as others will be: do both watch the same?"
            )
            self._sink.tell("passed_over", line, values=comparison.passed_over)

    def _tell_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            reason = f"{type(error).__name__}: {error}"
            line = (
                f"what the other run writes cannot be read back ({reason}); "
                "what is not compared is written, and may stand in the file twice"
            )
            self._sink.tell("read_back_failed", line, error=reason)

    # -- taking over ---------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """All that the other run wrote was compared."""
        comparison = self._comparison
        self._comparison = Comparison(by_time=False)
        self._bound_held()
        self._status.waits_for = ""
        self._suppressed, self._suppressed_until_s = comparison.written, time.monotonic() + DOUBLES_FOR_S
        self._rest = deque(comparison.rest())
        self._took_over = {
            "values_dropped": comparison.received - comparison.held - comparison.passed_over,
            "values_written": comparison.held,
            "values_passed_over": comparison.passed_over,
            "gap_seconds": self._told_gap(comparison),
        }
        self._phase = Phase.WRITING
        self._write_rest()

    def _told_gap(self, comparison: Comparison) -> float | None:
        gap = comparison.gap_before(self._rest[0]) if self._rest else None
        if gap is None:
            return None
        seconds = (gap.to_ns - gap.from_ns) / NS
        text = f"a gap of {seconds:.3f} s between the other run's last value and the first one here"
        self._sink.tell("gap", text, **gap.fields)
        self._rest[0].notes.insert(0, gap.note())
        return seconds

    def _write_rest(self) -> None:
        until_s = time.monotonic() + AT_ONCE_S
        while self._rest:
            self._output.write(self._rest.popleft())
            if time.monotonic() >= until_s:
                return
        self._phase = Phase.OURS
        counts = self._took_over
        line = f"took over the file: {counts['values_dropped']} values that came meanwhile stood in it, "
        line += f"{counts['values_written']} were written"
        self._sink.tell("took_over", line, **counts)

    def _without_written(self, written: Past, batch: Batch) -> Batch:
        kept, _ = without_doubles(batch, written)
        if not len(written) or time.monotonic() > self._suppressed_until_s:
            self._suppressed = None
        return kept


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


def _who(in_use: FileInUseError | None) -> str:
    return f"process {in_use.pid}" if in_use is not None and in_use.pid else "another run"
