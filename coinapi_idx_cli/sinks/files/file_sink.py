"""Where `-o` writes: the file of the moment, which may become another with each value."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress

from coinapi_idx_cli.errors import FileInUseError, OutputError
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.times import NS, parse_utc_ns, utc_text
from coinapi_idx_cli.sinks.base import Sink
from coinapi_idx_cli.sinks.files.encodings import is_compressed
from coinapi_idx_cli.sinks.files.file import CaptureFile
from coinapi_idx_cli.sinks.files.gaps_file import GapsFile
from coinapi_idx_cli.sinks.files.joiner import Joiner, clear, needs_joining
from coinapi_idx_cli.sinks.files.lock import check_free
from coinapi_idx_cli.sinks.files.names import CurrentName, FileName
from coinapi_idx_cli.sinks.files.record_search import newest_last_line
from coinapi_idx_cli.sinks.files.repair import Tell
from coinapi_idx_cli.sinks.files.syncs import Syncs

EXPECTED = ("rotated", "waiting_lock", "took_over")  # no reason to worry
LOOK_EVERY_S = 1.0  # whether somebody moved the file
LAST_JOINING_S = 0.3  # to give up what is being joined at the end
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def tell_into(journal: Journal) -> Tell:
    """What happens to files goes into the session's journal; what nobody expects is a warning there."""

    def tell(event: str, line: str, **fields: object) -> None:
        journal.record(event, Level.INFO if event in EXPECTED else Level.WARNING, line, **fields)

    return tell


class FileSink(Sink):
    """The file of the moment, and those that it becomes.

    Of plain text, what is written is with the operating system when `write` returns; of what is compressed, a second
    later. `needs_locks`: see `CaptureFile`.
    """

    nap_s = 0.01  # who follows a file looks at it less often than that

    def __init__(
        self,
        name: FileName,
        tell: Tell,
        fsync_s: float | None,
        *,
        needs_locks: bool = False,
    ) -> None:
        self.name = name
        self._current = CurrentName(name, time.time_ns())
        self.tell = tell
        self._needs_locks = needs_locks
        self._lacks_locks = False
        self._head = b""
        self._file: CaptureFile | None = None
        self._moved: CaptureFile | None = None  # see `reopen`
        self._let_go_ones: list[CaptureFile] = []  # threads may still have them
        self._written_before = 0  # to the files that were let go
        self._last_line: bytes | None = None  # of the run before
        self._look_s = float("inf")
        self._joiner = Joiner()
        self._gaps = GapsFile(name.pattern, tell)
        self._syncs = None if fsync_s is None else Syncs(fsync_s)

    @property
    def path(self) -> str:
        """Of the file of the moment."""
        return self._current.text

    @property
    def written_bytes(self) -> int:
        """By which all files grew, as they are in them. To another thread it may skip for a moment."""
        files = (self._file, self._moved)
        written = self._written_before + sum(file.written_bytes for file in files if file is not None)
        return max(0, written - self._joiner.saved_bytes)

    def open(self, head: bytes, now_ns: int | None = None, *, goes_on_exactly: bool = False) -> None:
        """At the start, so that what is wrong is reported at once. Raises OutputError.

        Unless it `goes_on_exactly` where another run stopped, the time since that run's last line is a gap.
        """
        self._head = head
        now_ns = time.time_ns() if now_ns is None else now_ns
        self._let_go_current()  # the next one was another run's
        earlier = self.name.before(now_ns)
        for path in earlier:
            check_free(path)  # who has it will want the same next name as we
        self._current = CurrentName(self.name, now_ns)
        self._file = self._capture(self._current.text)
        clear(self._current.text)
        self._last_line = None if goes_on_exactly else self._line_before()
        self._look_s = time.monotonic() + LOOK_EVERY_S
        for path in filter(needs_joining, earlier):
            with suppress(OutputError):  # it is not ours to write to any more, and need not be
                file = CaptureFile(path, b"", self.tell)
                clear(path)
                self._let_go(file)

    def last_lines(self, count: int) -> list[bytes]:
        """Of the file of the moment, as it was found."""
        return [] if self._file is None else self._file.last_lines(count)

    def write(self, batch: Batch, data: bytes) -> None:
        """Raises OutputError; FileInUseError before anything of it is written."""
        if self._file is None:
            return
        received_ns = batch.time_received_ns
        if self._last_line is not None and batch.values:
            self._note_that_it_did_not_run(self._last_line, batch)
        try:
            self._write(self._file, received_ns, data)
        except FileInUseError:
            raise
        except OutputError as error:
            fields = {"from": utc_text(received_ns), "to": None, "seconds": 0.0, "reason": error.what}
            times = {"time_coinapi_from": batch.values[0].time_coinapi} if batch.values else {}
            self._gaps.add("not_written", {**fields, **times})
            raise

    def _write(self, file: CaptureFile, received_ns: int, data: bytes) -> None:
        if not self._current.moves(received_ns) or file.takes_name(self._current.text):
            file.write(data)
        elif self._has_to_be_finished(self._current.text):  # the clock was set back: tried again a second later
            self._current.text = file.path
            file.write(data)
        else:
            self._rotate(data)
        self._let_go_moved()

    def note_gap(self, gap: Mapping[str, object]) -> None:
        """Beside the file: of what it lacks there is nothing in it, where the format has no lines for gaps."""
        self._gaps.add(str(gap.get("kind", "connection")), gap)

    def reopen(self) -> None:
        """Begin another file in place of one that was moved away or removed.

        It is made with the next line. Until then the lock on the one before shows who waits for us that we are alive.
        """
        file = self._file
        if file is not None and not file.is_current():
            following = self._capture(self._current.text)
            file.settle_doubt()
            file.flush()
            self._file, self._moved = following, file
            if following.fileno() >= 0:
                self._let_go_moved()

    def next_due_s(self) -> float:
        due_s = self._look_s if self._file is None else min(self._look_s, self._file.due_s)
        return due_s if self._syncs is None else min(due_s, self._syncs.due_s)

    def tick(self, now: float) -> None:
        """Raises OutputError, also when the disk did not take what was written earlier."""
        file = self._file
        if file is None:
            return
        if now >= file.due_s:
            file.flush()
        if now >= self._look_s:
            self._look_s = now + LOOK_EVERY_S
            self._tell_failures()
            file.settle_doubt()
            self.reopen()
        if self._syncs is not None:
            self._syncs.begin(file, now)

    def finish(self, timeout_s: float) -> bool:
        """Close the file. It is whole then, and has become as small as it can when this is True."""
        self._let_go_current()
        if self._syncs is not None and not self._syncs.wait(timeout_s):
            return False
        return self._joiner.wait(timeout_s)

    def unwritten(self) -> str:
        return f"{self._current.text} is whole, but its many small parts were not joined, for lack of time"

    def close(self) -> None:
        try:
            self._let_go_current()
        finally:
            self._joiner.cancel()
            if self._syncs is not None:
                self._syncs.finish()
            self._joiner.wait(LAST_JOINING_S)
            self._tell_failures()

    def _capture(self, path: str) -> CaptureFile:
        file = CaptureFile(path, self._head, self.tell, needs_lock=self._needs_locks)
        if file.lacks_lock is not None and not self._lacks_locks:
            self._lacks_locks = True
            line = (
                f"the file system of {path} refuses locks ({file.lacks_lock}): make sure that no other run writes to it"
            )
            self.tell("no_locks", line, file=path, reason=file.lacks_lock)
        return file

    def _rotate(self, data: bytes) -> None:
        """The new one first: at any time one is locked, and who waits for us sees that we are alive."""
        before, file = self._file, self._capture(self._current.text)
        try:
            file.write(data)
        except BaseException:
            file.close()
            raise
        is_told = before is not None and before.fileno() >= 0  # else no value came while it had its turn
        self._file = file
        if before is not None:
            self._let_go(before)
        if before is not None and is_told:
            fields = {"from": before.path, "to": file.path}
            self.tell("rotated", f"{before.path} is complete; {file.path} goes on", **fields)

    def _let_go_current(self) -> None:
        file, self._file = self._file, None
        try:
            if file is not None:
                self._let_go(file)
        finally:
            self._let_go_moved()

    def _let_go_moved(self) -> None:
        file, self._moved = self._moved, None
        if file is not None:
            self._let_go(file)

    def _let_go(self, file: CaptureFile) -> None:
        """It is closed when it is on the disk, and its members are joined, where that is to be."""
        try:
            file.settle_doubt()
            file.flush()
        finally:
            self._written_before += file.written_bytes
            self._let_go_ones = [each for each in (*self._let_go_ones, file) if each.fileno() >= 0]
            is_to_be_joined = is_compressed(file.path) and not file.failed
            release = self._joiner.add if is_to_be_joined else CaptureFile.close
            if self._syncs is None:
                release(file)
            else:
                self._syncs.let_go(file, release)

    def _has_to_be_finished(self, path: str) -> bool:
        """Whether that file was let go, and a thread of ours has it still, with its lock."""
        return any(each.path == path and each.fileno() >= 0 for each in self._let_go_ones)

    def _line_before(self) -> bytes | None:
        """The last one that an earlier run left, in this file or in the newest of that name."""
        if lines := self.last_lines(1):
            return lines[0]
        return newest_last_line(self.name.pattern, but=self.path)

    def _note_that_it_did_not_run(self, last_line: bytes, batch: Batch) -> None:
        self._last_line = None
        times = [text.decode() for text in _TIME.findall(last_line)]
        by_time = {time_ns: text for text in times if (time_ns := parse_utc_ns(text)) is not None}
        if not by_time:
            return
        from_ns, to_ns = max(by_time), batch.time_received_ns  # that of its receipt follows the feed's
        seconds = (to_ns - from_ns) / NS
        if seconds > 0:
            line = f"a gap of {seconds:.3f} s between the last value of an earlier run and the first one of this run"
            fields = {"from": utc_text(from_ns), "to": utc_text(to_ns), "seconds": seconds}
            self.tell("gap", line, kind="not_running", **fields)
            of_the_feed = {"time_coinapi_from": by_time[min(by_time)], "time_coinapi_to": batch.values[0].time_coinapi}
            self._gaps.add("not_running", {**fields, **of_the_feed, "reason": "no run wrote to it"})

    def _tell_failures(self) -> None:
        while self._joiner.failures:
            path, why = self._joiner.failures.popleft()
            line = f"the many small parts of {path} were not joined ({why}); it is as it was"
            self.tell("not_joined", line, file=path, reason=why)
