"""`-o http://…`, `-o https://…`: values are posted to an endpoint, in a thread, so that the feed never waits for it."""

import http.client
import threading
import time
from collections import deque
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from coinapi_idx_cli.plugin import Batch, Level, OutputError, Sink, SinkContext, UsageError

BODY_BYTES = 1 << 20  # of one request, at most
REQUEST_TIMEOUT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
GIVE_UP_AFTER_S = 60.0
HERE = ("localhost", "127.0.0.1", "::1")
SETTINGS = {"authorization-file", "content-type", "give-up-after"}


class HttpPost(Sink):
    """Posts what it is given to one URL: in order, and again until the endpoint has taken it."""

    def __init__(self, url: str, context: SinkContext) -> None:
        self._url = checked(url)
        self.slow_one = self._url.hostname or ""
        self._journal = context.journal
        self._wake = context.wake
        if unknown := sorted(set(context.settings) - SETTINGS):
            raise UsageError(
                f"unknown setting {unknown[0]!r} of the http sink", f"there are {', '.join(sorted(SETTINGS))}"
            )
        self._give_up_after_s = float(context.settings.get("give-up-after", GIVE_UP_AFTER_S))
        self._headers = {"Content-Type": str(context.settings.get("content-type", "text/plain; charset=utf-8"))}
        if path := context.settings.get("authorization-file"):
            self._headers["Authorization"] = credential(path, self._url)
        self._head = b""
        self._queue: deque[bytes] = deque()
        self._changed = threading.Condition()  # guards all of the following
        self._pending_bytes = 0
        self._is_closing = False
        self._failure: OutputError | None = None

    @property
    def pending_bytes(self) -> int:  # type: ignore[override]
        return self._pending_bytes

    def open(self, head: bytes) -> None:
        self._head = head  # each request begins with it, as each file would
        threading.Thread(target=self._post_all, daemon=True, name="http sink").start()

    def write(self, batch: Batch, data: bytes) -> None:  # noqa: ARG002
        self._raise_failure()
        with self._changed:
            self._queue.append(data)
            self._pending_bytes += len(data)
            self._changed.notify_all()

    def next_due_s(self) -> float:
        return 0.0 if self._failure is not None else float("inf")

    def tick(self, now: float) -> None:  # noqa: ARG002
        self._raise_failure()

    def finish(self, timeout_s: float) -> bool:
        with self._changed:
            done = self._changed.wait_for(lambda: not self._pending_bytes or self._failure is not None, timeout_s)
        self._raise_failure()
        return done

    def close(self) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _post_all(self) -> None:
        while (body := self._next_body()) is not None:
            try:
                self._post_until_taken(body)
            except OutputError as error:
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                self._wake()  # the main loop raises it, in `tick`
                return
            with self._changed:
                self._pending_bytes -= len(body)
                self._changed.notify_all()

    def _next_body(self) -> bytes | None:
        """All that waits, up to a limit; None when the sink is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_closing)
            if self._is_closing:
                return None
            pieces = [self._queue.popleft()]
            size = len(pieces[0])
            while self._queue and size + len(self._queue[0]) <= BODY_BYTES:
                pieces.append(self._queue.popleft())
                size += len(pieces[-1])
        return b"".join(pieces)

    def _post_until_taken(self, body: bytes) -> None:
        pause_s, until_s = FIRST_PAUSE_S, time.monotonic() + self._give_up_after_s
        while not self._is_closing:
            reason, asked_s = self._post(body)
            if reason is None:
                return
            if time.monotonic() >= until_s:
                raise OutputError(
                    f"{self._url.hostname} took nothing for {self._give_up_after_s:g} s: {reason}", "see what ails it"
                )
            self._journal.record(
                "http_post_failed", Level.WARNING, f"{self._url.hostname}: {reason}; it is tried again", reason=reason
            )
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, asked_s if asked_s is not None else pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _post(self, body: bytes) -> tuple[str | None, float | None]:
        """Why it was not taken, and how long the server asks to wait; (None, None) when it was.

        Raises OutputError for an answer that another try would not change.
        """
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=REQUEST_TIMEOUT_S)
        target = self._url.path or "/"
        if self._url.query:
            target += f"?{self._url.query}"
        try:
            connection.request("POST", target, self._head + body, self._headers)
            response = connection.getresponse()
            response.read(1024)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer ({type(error).__name__})", None
        finally:
            connection.close()
        if 200 <= response.status < 300:
            return None, None
        reason = f"HTTP {response.status}"
        if response.status != 429 and response.status < 500:
            raise OutputError(f"{self._url.hostname} refuses the values: {reason}", "check the URL and the credential")
        asked = response.headers.get("Retry-After", "")
        return reason, min(float(asked), LONGEST_PAUSE_S) if asked.isdecimal() else None


def checked(url: str) -> SplitResult:
    """Raises UsageError. The URL may hold a password or a token, so that no message repeats it."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError
    except ValueError as error:
        raise UsageError("the URL of --output is not valid", "write https://host/path") from error
    if not parts.hostname or parts.username or parts.fragment:
        raise UsageError("the URL of --output needs a host, and no user or fragment", "write https://host/path")
    return parts


def credential(path: object, url: SplitResult) -> str:
    """Raises UsageError for a file that cannot be read, and for one whose content would travel without TLS."""
    if url.scheme == "http" and url.hostname not in HERE:
        raise UsageError("a credential is not sent to http://, where others can read it", "use https://")
    try:
        return Path(str(path)).expanduser().read_text().strip()
    except OSError as error:
        raise UsageError(f"cannot read authorization-file {path}: {error.strerror}", "check its path") from error
