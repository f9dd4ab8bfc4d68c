"""Another run that has the file: who it is, whether it still has it, and what it writes beside what comes here."""

from __future__ import annotations

import time
from collections.abc import Callable

from coinapi_idx_cli.errors import FileInUseError
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.comparison import Comparison
from coinapi_idx_cli.sinks.files.follower import Follower, ValuesOf
from coinapi_idx_cli.sinks.files.lock_wait import LockWait
from coinapi_idx_cli.sinks.files.names import FileName

Tell = Callable[..., None]  # (event, line, **fields)
AT_ONCE_S = 0.005  # of comparing, between two looks at the sockets


class Rival:
    """From when it is met (`began_ns` is when what it writes begins to matter) until all that it wrote was compared.

    `notify` is called from threads when there is something to do.
    """

    def __init__(
        self,
        in_use: FileInUseError,
        name: FileName,
        values_of: ValuesOf,
        tell: Tell,
        notify: Callable[[], None],
        began_ns: int,
        *,
        by_time: bool,
    ) -> None:
        self.comparison = Comparison(by_time=by_time)
        self._in_use = in_use
        self._name = name
        self._tell = tell
        self._notify = notify
        self._looked_ns, self._looked_s = began_ns, time.monotonic()
        self._failures = 0
        self._follower = Follower(values_of, notify)
        self._follower.go_on([*name.before(began_ns), in_use.path])
        self._lock_wait = LockWait(in_use.path, notify)
        line = f"{self.who} writes to {self.path}; waiting for it to end, and receiving meanwhile"
        tell("waiting_lock", line, file=self.path, pid=in_use.pid or None)

    @property
    def who(self) -> str:
        return f"process {self._in_use.pid}" if self._in_use.pid else "another run"

    @property
    def path(self) -> str:
        return self._in_use.path

    @property
    def has_let_go(self) -> bool:
        """Of `path`. It may have gone on to the next one."""
        return self._lock_wait.is_over

    @property
    def has_news(self) -> bool:
        """`compare` has something to do, or has done all."""
        return self._follower.has_some or self._follower.is_done

    @property
    def is_compared(self) -> bool:
        """All of it, after `ended`."""
        return self._follower.is_done

    def found_again(self, in_use: FileInUseError, now_ns: int) -> None:
        """With the next file, or with the next run."""
        self._in_use = in_use
        self._follower.go_on([*self._names_since_last_look(now_ns), in_use.path])
        self._lock_wait = LockWait(in_use.path, self._notify)

    def ended(self, now_ns: int) -> None:
        """The file is ours: what it wrote at last is all there is."""
        self._follower.go_on(self._names_since_last_look(now_ns), is_last=True)

    def compare(self) -> None:
        """Some of what it has written since. Whatever goes wrong, what is held stays held, and is written at worst
        twice."""
        until_s = time.monotonic() + AT_ONCE_S
        while (portion := self._follower.next_portion()) is not None:
            try:
                if isinstance(portion, Exception):
                    raise portion
                self.comparison.saw_written(portion)
            except Exception as error:  # noqa: BLE001 - see above
                self._tell_failure(error)
            if time.monotonic() >= until_s:
                break

    def close(self) -> None:
        self._follower.close()

    def _names_since_last_look(self, now_ns: int) -> list[str]:
        """Of the files that it may have written to meanwhile."""
        now_s = time.monotonic()
        names = self._name.during(self._looked_ns, now_ns, int((now_s - self._looked_s) * NS))
        self._looked_ns, self._looked_s = now_ns, now_s
        return names

    def _tell_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            reason = f"{type(error).__name__}: {error}"
            line = (
                f"what the other run writes cannot be read back ({reason}); "
                "values that cannot be compared are written, and may appear twice in the file"
            )
            self._tell("read_back_failed", line, error=reason)
