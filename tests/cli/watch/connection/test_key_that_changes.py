"""The file of the key is read again before a retry after a refusal, so a run of months outlives its first key."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.bench.blaster import accept_upgrade
from tests.cli.watch.endings import KEY
from tests.harness import GENEROUS_S, Running
from tests.transport.servers import read_request, serving

NEW_KEY = "AB9876543210-000Y-EK73-RCE5-EFF0C1F4"


def value(number: int, key: str) -> bytes:
    """Which echoes the key."""
    fields = {"index_id": "IDX_A", "time_coinapi": "2026-11-26T00:00:00.0000000Z", "value": number, "note": key}
    text = json.dumps({"type": "index", **fields}).encode()
    return bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text


@pytest.mark.parametrize("auth", ["header", "query"])
def test_a_key_that_is_changed_under_the_run(auth: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o600)
    good_key = KEY

    def handle(peer: socket.socket) -> None:
        nonlocal good_key
        request = read_request(peer)
        if good_key.encode() not in request:
            peer.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 15\r\n\r\nInvalid API key")
            file.write_text(NEW_KEY)
            return
        accept_upgrade(peer, request)
        peer.settimeout(GENEROUS_S)
        peer.recv(65536)  # the hello
        peer.sendall(value(1 if good_key == KEY else 2, good_key))
        good_key = NEW_KEY
        peer.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while peer.recv(4096):
                pass

    with serving(handle) as port:
        url = f"ws://127.0.0.1:{port}"
        arguments = ["--auth", auth, "--api-key-file", str(file), "-n", "2", "-f", "ndjson"]
        with Running("watch", "--all", "--url", url, *arguments) as running:
            assert running.wait() == 0
    notes = [json.loads(line)["note"] for line in running.out.lines]
    assert notes == ["***", "***"]
    assert "HTTP 401" in running.err.text
    assert NEW_KEY not in running.err.text
