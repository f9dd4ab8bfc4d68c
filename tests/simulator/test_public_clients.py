"""Two public clients that nobody here wrote talk to `idxstream simulate`: hello in, values and heartbeats out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Running

INDEX = "IDX_VOL_CAPIVIX_BTC_USD"  # slow enough for a heartbeat between two values
HELLO = json.dumps({"type": "hello", "heartbeat": True, "subscribe_filter_index_id": [INDEX]})


@pytest.fixture
def url() -> Iterator[str]:
    with Running("simulate", "--port", "0", "--rate", "200") as simulator:
        yield simulator.err.wait_until("simulator at").split()[3]


def client(name: str) -> str:
    """Beside this Python, where pip puts it, or on the PATH, where npm does."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def values_and_heartbeats(command: list[str], stdin: bytes) -> set[str]:
    """The types of the messages that the client prints, as soon as there are two kinds."""
    kinds: set[str] = set()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(stdin)
        process.stdin.flush()
        for line in process.stdout:
            text = line.decode().lstrip("> \r").strip()
            if text.startswith("{"):
                kinds.add(json.loads(text)["type"])
            if len(kinds) == 2:
                break
        process.kill()
    return kinds


def test_websocat(url: str) -> None:
    assert values_and_heartbeats([client("websocat"), url], f"{HELLO}\n".encode()) == {"index", "heartbeat"}


def test_wscat(url: str) -> None:
    command = [client("wscat"), "--no-color", "-c", url, "-x", HELLO, "-w", "-1"]
    assert values_and_heartbeats(command, b"") == {"index", "heartbeat"}
