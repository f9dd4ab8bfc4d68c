"""`--exec`: a command for each alert, without a shell, in threads of its own, so that nothing waits for it."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread, current_thread

from coinapi_idx_cli.cli.watch.orphans import Orphans
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.alerts import Alert
from coinapi_idx_cli.terminal.one_line import one_line
from coinapi_idx_cli.wording import plural

AT_ONCE = 4
TO_START_S = 1.0  # at the end of a run, for commands that were not started yet


def command_words(text: str) -> tuple[str, ...]:
    """By the shell's rules for words. Raises UsageError."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--exec {text!r} cannot be cut into words: {error}", "close its quotes") from error
    if not words or not words[0]:
        raise UsageError("--exec names no command", "give a program and its arguments, such as 'notify-send idxstream'")
    return words


class AlertCommand:
    """Runs a command for each alert, four at a time at most; what would be more is counted and told.

    `warn` is called from any thread. `clean` takes secrets out of a text; a variable that holds one is left out.
    """

    def __init__(
        self,
        words: tuple[str, ...],
        environment: Mapping[str, str],
        warn: Callable[[str], None],
        clean: Callable[[str], str],
    ) -> None:
        self._words = words
        self._warn = warn
        self._environment = {
            name: value for name, value in environment.items() if name != "COINAPI_KEY" and clean(value) == value
        }
        self._lock = Lock()
        self._running = 0
        self._starting: set[Thread] = set()
        self._left_out = 0
        self._orphans = Orphans()

    def run(self, alert: Alert) -> None:
        """Start it, and come back at once."""
        with self._lock:
            is_one_more = self._running < AT_ONCE
            if is_one_more:
                self._running += 1
            else:
                self._left_out += 1
        if not is_one_more:
            if self._left_out == 1:
                self._warn(f"{AT_ONCE} commands of --exec run already: none is run for more alerts until one ends")
            return
        thread = Thread(target=self._run, args=(self._with(alert),), name="alert command", daemon=True)
        self._starting.add(thread)
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no thread left: no reason to end the run
            self._starting.discard(thread)
            with self._lock:
                self._running -= 1
            self._warn(f"cannot run --exec {self._words[0]}: {error}")

    def close(self) -> None:
        """Wait until all are started, for a second at most; nobody waits for them to end."""
        until_s = time.monotonic() + TO_START_S
        while self._starting and time.monotonic() < until_s:
            time.sleep(0.005)
        if self._left_out:
            self._warn(f"for {plural(self._left_out, 'alert')} no command was run, as {AT_ONCE} were running")

    def _with(self, alert: Alert) -> dict[str, str]:
        told = {
            "IDXSTREAM_ALERT": alert.rule,
            "IDXSTREAM_INDEX_ID": alert.index_id,
            "IDXSTREAM_VALUE": alert.value,
            "IDXSTREAM_TIME": alert.time,
        }
        return self._environment | {name: _safe(value) for name, value in told.items()}

    def _popen(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the user says which
            self._words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _run(self, environment: dict[str, str]) -> None:
        process = None
        try:
            process = self._orphans.start(lambda: self._popen(environment))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self._warn(f"cannot run --exec {self._words[0]}: {reason}")
        finally:
            self._starting.discard(current_thread())
        try:
            if process is not None and (code := process.wait()):
                how = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
                self._warn(f"the command of --exec, {self._words[0]}, {how}")
            self._orphans.collect(process)
        finally:
            with self._lock:
                self._running -= 1


def _safe(text: str) -> str:
    return one_line(text).encode("utf-8", "replace").decode()
