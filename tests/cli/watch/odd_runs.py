"""Odd messages through real runs: what comes out on the other side, beside what a second reader makes of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

from coinapi_idx_cli.simulator import Peer, Simulator
from tests.harness import GENEROUS_S, Running
from tests.protocol.json_mutations import mutated
from tests.protocol.json_oracle import MALFORMED, Outcome, expected

LAST = b'{"type":"index","index_id":"THE_LAST","time_coinapi":"t","value":0.0}'
FORMATS = ("ndjson", "csv")


def harmless(seed: int) -> Iterator[bytes]:
    """Those that neither end a connection nor ask for another one."""
    return (raw for raw in mutated(seed) if expected(raw)[0] in ("index", "unknown", *MALFORMED))


def run_through(seed: int, count: int) -> Counter[str]:
    """So many messages, to one run of each format at once; how many were of which kind. AssertionError for what comes
    out otherwise than it should."""
    messages = [*islice(harmless(seed), count), LAST]
    outcomes = list(map(expected, messages))
    values = [outcome for outcome in outcomes if outcome[0] == "index"]
    with ExitStack() as stack:
        sim = stack.enter_context(Simulator(rate=0, max_buffered=10**9))
        arguments = ("watch", "--all", "--url", sim.url, "-q", "-n", str(len(values)))
        runs = [stack.enter_context(Running(*arguments, "-f", kind)) for kind in FORMATS]
        for number in range(1, len(runs) + 1):
            send(sim.wait_for_peer(number, GENEROUS_S), messages)
        for running in runs:
            assert running.wait() == 0, (seed, running.err.lines)
        ndjson, rows = ("".join(f"{line}\n" for line in running.out.lines) for running in runs)
    check_ndjson(ndjson, values)
    check_csv(rows, values)
    return Counter("malformed" if outcome is MALFORMED else str(outcome[0]) for outcome in outcomes)


def send(peer: Peer, messages: list[bytes]) -> None:
    for raw in messages:
        peer.send_text(raw)


def check_ndjson(written: str, values: list[Outcome]) -> None:
    lines = written.encode().split(b"\n")
    assert lines.pop() == b""
    for line, (*_, text) in zip(lines, values, strict=True):
        assert line == text


def check_csv(written: str, values: list[Outcome]) -> None:
    header, *rows = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert header == ["time_coinapi", "index_id", "value"]
    for (time, index_id, number), (_, wanted_id, wanted_time, value, text) in zip(rows, values, strict=True):
        assert (time, index_id, float(number)) == (wanted_time, wanted_id, value)
        assert isinstance(text, bytes)
        assert number.encode() in text
