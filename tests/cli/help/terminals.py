"""A program on a terminal, to its end: all that it wrote there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress

from tests.harness import GENEROUS_S, environment


def shown_on_a_terminal(*arguments: str, **variables: str) -> str:
    """With the line ends of a text, not of a terminal."""
    ours, theirs = pty.openpty()
    env = environment({"TERM": "xterm", **variables})
    command = [sys.executable, "-m", "coinapi_idx_cli", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        data = b""
        with suppress(OSError):  # the other side is closed
            while part := os.read(ours, 65536):
                data += part
        process.wait(GENEROUS_S)
    os.close(ours)
    return data.decode().replace("\r\n", "\n")
