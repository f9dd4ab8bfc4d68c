"""What a slow reader does not take costs about its bytes, however small the pieces in which it came."""

from __future__ import annotations

import os
import threading
import tracemalloc

from coinapi_idx_cli.sinks.stream import StreamSink

MIB = 1024 * 1024


def test_a_queue_of_single_lines_takes_about_what_they_hold() -> None:
    read, write = os.pipe()
    sink = StreamSink(write)
    sent: list[bytes] = []
    tracemalloc.start()
    while sink.pending_bytes < MIB:
        sent.append(b"2026-11-26T00:00:00.1000000Z,A,%d\n" % len(sent))
        sink.put(sent[-1])
    ours = tracemalloc.get_traced_memory()[0] - sum(line.__sizeof__() for line in sent) - sent.__sizeof__()
    tracemalloc.stop()
    assert ours < 2 * MIB

    received: list[bytes] = []

    def read_all() -> None:
        while data := os.read(read, 65536):
            received.append(data)

    reader = threading.Thread(target=read_all)
    reader.start()
    assert sink.finish(30.0)
    sink.put(b"the last one\n")
    assert sink.finish(30.0)
    sink.close()
    os.close(write)
    reader.join()
    os.close(read)
    assert b"".join(received) == b"".join(sent) + b"the last one\n"
