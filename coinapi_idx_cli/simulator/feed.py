"""The one feed behind all connections: every value gets its time and its bytes once, whoever listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coinapi_idx_cli.simulator.frames import text_frame
from coinapi_idx_cli.simulator.stamps import now_ticks, stamp, stamps
from coinapi_idx_cli.simulator.stretch import TICKS_PER_SECOND, Stretch
from coinapi_idx_cli.simulator.walk import Walk

_TICK_S = 0.01
# When the wall clock was set by more than this, times go on by the new one.
_CLOCK_SET_S = 0.5
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

    `on_hand`: gets each value that was handed in, with its index. To be used in the event loop's thread only.

    When the walk's steps are follows from the `stretches`: what was published can be had again from them.
    """

    def __init__(
        self,
        walk: Walk,
        listener: Listener,
        *,
        rate: float,
        keep_record: bool,
        clock_ahead_s: float = 0.0,
        stretches: list[Stretch] | None = None,
        on_hand: Callable[[str, str], None] | None = None,
    ) -> None:
        self.rate = rate
        self.record: list[str] | None = [] if keep_record else None
        self.stretches: list[Stretch] = [] if stretches is None else stretches
        self._walk = walk
        self._listener = listener
        self._on_hand = on_hand
        self._ahead_s = clock_ahead_s
        self._last_ticks = self._began_ticks = now_ticks(clock_ahead_s)
        self._began_s = 0.0
        self._stretch = Stretch(0, self._last_ticks, 1.0)
        self._task: asyncio.Task[None] | None = None

    def publish(self, index_id: str, value: float | str, time_coinapi: str | None = None) -> str:
        """Publish one value now and return the message. A `str` is a JSON number in the very text to send."""
        self._publish_due()
        number = value if isinstance(value, str) else json.dumps(value)
        time = json.dumps(time_coinapi or stamp(self._time_of_its_own()))
        text = f'{{"type":"index","index_id":{json.dumps(index_id)},"time_coinapi":{time},"value":{number}}}'
        self._hand_in([index_id], [text])
        self._send([index_id], [text])
        return text

    def publish_messages(self, index_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Publish messages as they are, each of the index beside it."""
        self._hand_in(index_ids, texts)
        self._send(index_ids, texts)

    def start(self, rate: float | None = None) -> None:
        """Let the walk run, at `rate` values a second if given. At rate 0 it stops."""
        self.stop()
        self.rate = self.rate if rate is None else rate
        if self.rate > 0:
            self._begin_stretch()
            self._task = asyncio.get_running_loop().create_task(self._run(self.rate))
            self._task.add_done_callback(_tell_failure)

    def stop(self) -> None:
        """Stop the walk; nothing comes from it after this returns."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, rate: float) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            done = self._stretch.count
            await asyncio.sleep(max(_TICK_S, self._began_s + (done + 1) / rate - clock()))
            self._publish_due()

    def _publish_due(self) -> None:
        """The steps up to now, at the times that the stretch has for them."""
        if self._task is None:
            return
        passed_s = asyncio.get_running_loop().time() - self._began_s
        stretch = self._stretch
        due = int(passed_s * self.rate) - stretch.count
        self._publish_steps(min(due, _MOST_IN_A_TICK))
        wall_ahead_s = (now_ticks(self._ahead_s) - self._began_ticks) / TICKS_PER_SECOND - passed_s
        if due > _MOST_IN_A_TICK or abs(wall_ahead_s) > _CLOCK_SET_S:
            self._begin_stretch()

    def _begin_stretch(self) -> None:
        # The first values belong to now, not to the pause before them.
        self._began_s = asyncio.get_running_loop().time()
        self._began_ticks = now_ticks(self._ahead_s)
        self._last_ticks = max(self._last_ticks, self._began_ticks)
        if self.stretches and not self.stretches[-1].count:
            self.stretches.pop()
        self._stretch = Stretch(self._walk.at, self._last_ticks, TICKS_PER_SECOND / self.rate)
        self.stretches.append(self._stretch)

    def _publish_steps(self, count: int) -> None:
        if count <= 0:
            return
        stretch, begin = self._stretch, self._walk.at
        steps = self._walk.steps(count)
        times = stretch.times(begin, begin + count)
        stretch.count += count
        self._last_ticks = max(self._last_ticks, times[-1])
        texts = [
            f'{{"type":"index","index_id":"{index_id}","time_coinapi":"{time}","value":{value!r}}}'
            for (index_id, value), time in zip(steps, stamps(times), strict=True)
        ]
        self._send([index_id for index_id, _ in steps], texts)

    def _time_of_its_own(self) -> int:
        """Now, or just after the last one."""
        self._last_ticks = max(now_ticks(self._ahead_s), self._last_ticks + 1)
        return self._last_ticks

    def _hand_in(self, index_ids: Sequence[str], texts: Sequence[str]) -> None:
        if self._on_hand is not None:
            for index_id, text in zip(index_ids, texts, strict=True):
                self._on_hand(index_id, text)

    def _send(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        if self.record is not None:
            self.record.extend(texts)
        self._listener(Publication(ids, [text_frame(text.encode()) for text in texts]))


def _tell_failure(task: asyncio.Task[None]) -> None:
    """A feed that ends by a bug must not look like a quiet one."""
    if not task.cancelled() and (error := task.exception()) is not None:
        asyncio.get_running_loop().call_exception_handler({"message": "the feed ended", "exception": error})
