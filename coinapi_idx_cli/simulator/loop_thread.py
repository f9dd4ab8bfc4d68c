"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

# Everything that is called answers at once; a longer wait is a bug to be seen, not to be sat through.
_ANSWER_WITHIN_S = 30.0


class LoopThread:
    """Runs `set_up`, then whatever is called, then `tear_down`, all in one loop of one thread."""

    def __init__(self, set_up: Callable[[], Awaitable[None]], tear_down: Callable[[], Awaitable[None]]) -> None:
        self._set_up = set_up
        self._tear_down = tear_down
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="simulator", daemon=True)

    def begin(self) -> None:
        """Start the thread and wait for `set_up`; whatever that raises is raised here."""
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self._thread.join()
            raise

    def end(self) -> None:
        """Run `tear_down` and wait for the end of the thread."""
        if self._thread.is_alive() and self._stopping is not None:
            self._started.result().call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the loop's thread and return its result. Raises `RuntimeError` after the end."""

        async def work() -> T:
            return function()

        return self.start(work()).result(_ANSWER_WITHIN_S)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the loop. Raises `RuntimeError` after the end."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the simulator is not running")
        return asyncio.run_coroutine_threadsafe(work, self._started.result())

    async def _run(self) -> None:
        self._stopping = asyncio.Event()
        setting_up = asyncio.ensure_future(self._set_up())
        await asyncio.wait([setting_up])
        if error := setting_up.exception():
            self._started.set_exception(error)
            return
        self._started.set_result(asyncio.get_running_loop())
        await self._stopping.wait()
        await self._tear_down()
