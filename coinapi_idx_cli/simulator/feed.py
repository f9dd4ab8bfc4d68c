"""The one feed behind all connections: every value gets its time and its bytes once, whoever listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coinapi_idx_cli.simulator.frames import text_frame
from coinapi_idx_cli.simulator.stamps import now_ticks, stamp
from coinapi_idx_cli.simulator.walk import Walk

_TICK_S = 0.01
# What a slow machine does not manage in a tick is not owed later, or it would never catch up.
_MOST_IN_A_TICK = 10_000


@dataclass(frozen=True, slots=True)
class Publication:
    """Values published together: `frames[n]` is the whole WebSocket frame of a value of the index `ids[n]`."""

    ids: Sequence[str]
    frames: Sequence[bytes]


Listener = Callable[[Publication], None]


class Feed:
    """Publishes values to one listener, of its own accord at `rate` values a second, and those handed in.

    To be used in the event loop's thread only.
    """

    def __init__(
        self, walk: Walk, listener: Listener, *, rate: float, keep_record: bool, clock_ahead_s: float = 0.0
    ) -> None:
        self.rate = rate
        self.record: list[str] | None = [] if keep_record else None
        self._walk = walk
        self._listener = listener
        self._ahead_s = clock_ahead_s
        self._last_ticks = now_ticks(clock_ahead_s)
        self._task: asyncio.Task[None] | None = None

    def publish(self, index_id: str, value: float | str, time_coinapi: str | None = None) -> str:
        """Publish one value now and return the message. A `str` is a JSON number in the very text to send."""
        number = value if isinstance(value, str) else json.dumps(value)
        time = json.dumps(time_coinapi or stamp(self._times(1)[0]))
        text = f'{{"type":"index","index_id":{json.dumps(index_id)},"time_coinapi":{time},"value":{number}}}'
        self._send([index_id], [text])
        return text

    def publish_messages(self, index_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Publish messages as they are, each of the index beside it."""
        self._send(index_ids, texts)

    def start(self, rate: float | None = None) -> None:
        """Let the walk run, at `rate` values a second if given. At rate 0 it stops."""
        self.stop()
        self.rate = self.rate if rate is None else rate
        # The first values belong to now, not to the pause before them.
        self._last_ticks = max(self._last_ticks, now_ticks(self._ahead_s))
        if self.rate > 0:
            self._task = asyncio.get_running_loop().create_task(self._run(self.rate))
            self._task.add_done_callback(_tell_failure)

    def stop(self) -> None:
        """Stop the walk; nothing comes from it after this returns."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, rate: float) -> None:
        clock = asyncio.get_running_loop().time
        started, done = clock(), 0
        while True:
            await asyncio.sleep(max(_TICK_S, started + (done + 1) / rate - clock()))
            due = int((clock() - started) * rate) - done
            done += due
            self._publish_steps(min(due, _MOST_IN_A_TICK))

    def _publish_steps(self, count: int) -> None:
        if count <= 0:
            return
        steps = self._walk.steps(count)
        texts = [
            f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{stamp(ticks)}","value":{value!r}}}'
            for (index_id, value), ticks in zip(steps, self._times(count), strict=True)
        ]
        self._send([index_id for index_id, _ in steps], texts)

    def _times(self, count: int) -> list[int]:
        """`count` times up to now, spread over what has passed since the last one; no two are the same."""
        last = self._last_ticks
        self._last_ticks = max(now_ticks(self._ahead_s), last + count)
        passed = self._last_ticks - last
        return [last + passed * number // count for number in range(1, count + 1)]

    def _send(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        if self.record is not None:
            self.record.extend(texts)
        self._listener(Publication(ids, [text_frame(text.encode()) for text in texts]))


def _tell_failure(task: asyncio.Task[None]) -> None:
    """A feed that ends by a bug must not look like a quiet one."""
    if not task.cancelled() and (error := task.exception()) is not None:
        asyncio.get_running_loop().call_exception_handler({"message": "the feed ended", "exception": error})
