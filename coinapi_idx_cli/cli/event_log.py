"""`--event-log`: the session's events as NDJSON, appended, each with the operating system when it happened."""

from __future__ import annotations

import os
import time
from pathlib import Path

import orjson

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.redactor import Redactor


class EventLog:
    """Raises OutputError when the file cannot be opened; `failed` tells of the first write that did not work."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed: str | None = None
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise OutputError(
                f"cannot write --event-log {path}: {error.strerror}", "check its path and its permissions"
            ) from error

    def write(self, event: str, fields: dict[str, object], redactor: Redactor) -> None:
        """One line in one write, so that lines of several processes do not mix. A full disk does not end the run."""
        known = {name: _utf8(content) for name, content in fields.items()}
        line = orjson.dumps({"event": event, "time": utc_text(time.time_ns()), **known})
        try:
            os.write(self._fd, redactor.clean_bytes(line) + b"\n")
        except OSError as error:
            self.failed = self.failed or f"cannot write --event-log {self.path}: {error.strerror}"

    def close(self) -> None:
        os.close(self._fd)


def _utf8(content: object) -> object:
    """Names of files may hold bytes that are no text."""
    return content.encode("utf-8", "backslashreplace").decode() if isinstance(content, str) else content
