"""Writes to a stream in an engine, or stands by while another machine does."""

from __future__ import annotations

import os
import random
import select
import time
from collections.abc import Mapping

from coinapi_idx_cli.engine.stream_log import StreamLog
from coinapi_idx_cli.errors import NoConnectionError, OutputError, UsageError
from coinapi_idx_cli.net.deadline import poll_milliseconds
from coinapi_idx_cli.protocol.backlog import Chunk
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.blocks import machine_name
from coinapi_idx_cli.protocol.follow import CaptureMachine
from coinapi_idx_cli.protocol.log_actions import Mode
from coinapi_idx_cli.protocol.status import NO_ENGINE
from coinapi_idx_cli.sinks.base import Sink, SinkContext
from coinapi_idx_cli.sinks.engine.news import EngineNews
from coinapi_idx_cli.sinks.engine.settings import SETTINGS, EngineSettings
from coinapi_idx_cli.sinks.engine.spool import Spool
from coinapi_idx_cli.sinks.engine.spool_memory import SpoolMemory
from coinapi_idx_cli.wording import plural

FIRST_LOOK_S = 3.0  # before the feed is asked for anything: what is wrong with the engine shows at once
AT_EASE_BYTES = 1024 * 1024  # so much is held by any machine that stands by
LOOK_S = 0.05


def _notes_nothing() -> None: ...


class EngineSink(Sink):
    """One machine of those that capture into a stream.

    What the engine does not take waits in memory, and counts as pending, so that the feed is held back when it is too
    much. With a spool it waits on disk.
    """

    nap_s = 0.001

    def __init__(self, url: str, context: SinkContext) -> None:
        settings = context.settings.get(SETTINGS)
        if not isinstance(settings, EngineSettings):
            raise UsageError(f"{url.partition('://')[0]}:// is an engine, and nothing says how to get there")
        self._settings = settings
        name = machine_name(settings.name)
        self._spool = Spool(settings.spool) if settings.spool is not None else None
        self._machine = CaptureMachine(
            f"{name}/{os.urandom(6).hex()}",
            takeover_s=settings.takeover_s,
            chance=random.random,
            backlog=self._spool,
        )
        self._memory = SpoolMemory(self._spool, self._machine, time.monotonic()) if self._spool is not None else None
        self._news = EngineNews(settings.target.stream, name, context.journal)
        note = self._memory.note if self._memory is not None else _notes_nothing
        self._log = StreamLog(settings.target, self._machine, name, context.wake, self._news.tell, note=note)
        self._began_s = time.monotonic()
        self._status = context.status
        self._is_spooling = False
        self._stopped_s = 0.0  # of the feed, or when the engine was there last after that
        self.slow_one = f"the engine {settings.target.name}"

    @property
    def pending_bytes(self) -> int:  # type: ignore[override]
        size = self._machine.waiting.waiting_bytes
        return size if size > AT_EASE_BYTES and self._spool is None else 0

    def open(self, head: bytes) -> None:  # noqa: ARG002 - the stream has no lines of that kind
        """Raises what is wrong with the engine for good; one that is not there now may come."""
        self._began_s = time.monotonic()
        until_s = self._began_s + FIRST_LOOK_S
        while not (self._log.has_worked or self._log.last_error) and time.monotonic() < until_s:
            self._turn(until_s)
        self._check(time.monotonic())

    def write(self, batch: Batch, data: bytes) -> None:
        now = time.monotonic()
        self._log.do(self._machine.feed(Chunk(data, data.count(b"\n"), batch.time_received_ns, now)))

    def note_loss(self) -> None:
        self._log.do(self._machine.lose_feed("connection", time.time_ns(), time.monotonic()))

    def note_gap(self, gap: Mapping[str, object]) -> None:
        """The stream's own record of it has the bounds of the stream."""
        kind = str(gap.get("kind", "connection"))
        self._log.do(self._machine.lose_feed(kind, time.time_ns(), time.monotonic()))

    def fileno(self) -> int | None:
        return self._log.client.fileno()

    def wants(self) -> int:
        return self._log.client.wants()

    def ready(self, events: int) -> None:
        now = time.monotonic()
        self._log.ready(events, now)
        self._check(now)

    def next_due_s(self) -> float:
        due_s = self._log.next_due_s()
        return due_s if self._memory is None else min(due_s, self._memory.next_due_s())

    def tick(self, now: float) -> None:
        self._log.tick(now)
        if self._memory is not None:
            self._memory.tick(now)
        self._check(now)

    def catch_up(self, timeout_s: float) -> None:
        """The loop does it."""

    def finish(self, timeout_s: float) -> bool:
        """What was received is to be in the stream, and another machine to know that this one writes no more."""
        until_s = time.monotonic() + timeout_s
        if not self._machine.is_stopping:
            self._stopped_s = time.monotonic()
            self._log.do(self._machine.stop(time.monotonic()))
        while not self._machine.is_done and time.monotonic() < until_s:
            self._turn(until_s)
            self._check(time.monotonic())
        limit_s = self._settings.give_up_after_s
        if self._log.is_connected or limit_s is None:
            self._stopped_s = max(self._stopped_s, time.monotonic())
        elif self._spool is None and time.monotonic() > self._stopped_s + limit_s:
            raise OutputError(self.unwritten(), "start the engine, or use --spool DIR, which keeps them")
        is_kept = self._spool is not None and not self._log.is_connected
        return self._machine.is_done or is_kept

    def unwritten(self) -> str:
        count = plural(self._machine.waiting_values, "value")
        kept = f"; they are kept in {self._settings.spool}" if self._spool is not None else ""
        return f"{count} that were received here are not in the stream {self._settings.target.stream} yet{kept}"

    def close(self) -> None:
        self._log.close()
        if self._spool is not None:
            self._spool.close()

    # ------------------------------------------------------------------------------------------------------------------

    def _turn(self, until_s: float) -> None:
        """Wait for the engine, and do what is due: where the main loop does not run."""
        now = time.monotonic()
        if now >= self._log.next_due_s():
            self._log.tick(now)
        poll = select.poll()
        if (fd := self.fileno()) is not None:
            poll.register(fd, self.wants())
        wait_s = min(until_s, self._log.next_due_s(), now + LOOK_S) - time.monotonic()
        for _, events in poll.poll(poll_milliseconds(wait_s)):
            self._log.ready(events, time.monotonic())

    def _check(self, now: float) -> None:
        """Raises what ends the run."""
        if self._log.failure is not None:
            raise self._log.failure
        limit_s, error = self._settings.give_up_after_s, self._log.last_error
        if not self._log.has_worked and limit_s is not None and now > self._began_s + limit_s:
            what = error.what if error is not None else f"{self.slow_one} did not answer"
            raise NoConnectionError(f"no engine for {limit_s:g} s: {what}", error.hint if error is not None else "")
        self._show()
        self._tell_spooling()

    def _show(self) -> None:
        if self._status is None:
            return
        mode = self._machine.mode
        if mode is Mode.WRITING:
            self._status.engine = "writing"
        elif mode is Mode.OFFLINE:
            self._status.engine = NO_ENGINE
        else:
            self._status.engine = "standing by"
        self._status.engine_waits = self._machine.waiting_values

    def _tell_spooling(self) -> None:
        """That the engine is away for long enough to be noticed, and that what was kept is in the stream."""
        if self._spool is None:
            return
        if not self._is_spooling and not self._log.is_connected and self._machine.waiting_values:
            self._is_spooling = True
            self._news.tell("spooling", {"folder": str(self._settings.spool)})
        elif self._is_spooling and self._machine.mode is Mode.WRITING and self._spool.values == 0:
            self._is_spooling = False
            self._news.tell("spool_drained", {})
