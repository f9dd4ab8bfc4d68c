"""Nobody reads stderr, be it a pipe, a terminal or a socket: values come out, pings are answered, a signal ends it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Faults, Peer, Simulator
from tests.cli.watch.floods.flooded import MEASURE, frame, sending, value
from tests.harness import COMMAND, GENEROUS_S, Stream, environment, run
from tests.unread import KINDS, Unread, unread

INDEX = "IDX_REFRATE_VWAP_BTC"
LONG = "n" * 300_000


@contextmanager
def watching(sim: Simulator, stderr: Unread, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], Stream]]:
    command = [*COMMAND, "watch", "--all", "-f", "ndjson", "--url", sim.url, *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr.fd, env=environment()
    )
    assert process.stdout is not None
    out = Stream(process.stdout)
    try:
        yield process, out
    finally:
        process.kill()
        process.wait()
        out.thread.join(GENEROUS_S)


def test_a_flood_of_nonsense_that_nobody_reads_about_takes_no_memory(tmp_path: Path) -> None:
    def nonsense() -> Iterator[bytes]:
        for number in range(40):
            yield b"\x81\x01x" * 1000 + frame(b'{"type":"%d%s"}' % (number, b"n" * 100_000)) + frame(b"x" * 100_000)
        yield value(INDEX, 1)

    figures = tmp_path / "figures"
    measure = [sys.executable, "-S", "-c", MEASURE, str(figures), str(2 * GENEROUS_S), *COMMAND]
    with sending(nonsense) as port, unread("pipe") as stderr:
        watch = ["watch", "--all", "--url", f"ws://127.0.0.1:{port}", "-n", "1", "-vv", "-f", "csv"]
        command = [*measure, *watch, "--event-log", str(tmp_path / "events")]
        subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=stderr.fd, env=environment(), timeout=3 * GENEROUS_S, check=True
        )
    peak_kib, code = map(int, figures.read_text().split())
    assert code == 0
    assert peak_kib < 48 * 1024
    assert (tmp_path / "events").stat().st_size < 64 * 1024


def exit_codes(*command: str) -> set[int]:
    """Of one run for each kind of stderr."""
    with ExitStack() as stack:
        ends = [stack.enter_context(unread(kind)) for kind in KINDS]
        runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end.fd, env=environment()) for end in ends]
        for process in runs:
            stack.callback(process.kill)
        return {process.wait(GENEROUS_S) for process in runs}


def check_that_it_lives(sim: Simulator, peer: Peer, out: Stream) -> None:
    count = len(out.lines) + 1
    sim.publish(INDEX, count)
    out.wait_for(count)
    peer.ping().result(GENEROUS_S)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_long_foreign_text_holds_up_nothing(kind: str) -> None:
    with (
        Simulator(rate=0) as sim,
        unread(kind) as stderr,
        watching(sim, stderr, "-v", "--stats", "100ms") as (process, out),
    ):
        peer = sim.wait_for_peer()
        check_that_it_lives(sim, peer, out)
        peer.send_text(f'{{"type":"{LONG}"}}')
        check_that_it_lives(sim, peer, out)
        peer.send_text(LONG)
        check_that_it_lives(sim, peer, out)
        peer.send_text(f'{{"type":"reconnect","within_seconds":1,"before_time":"{LONG}"}}')
        second = sim.wait_for_peer(2)
        check_that_it_lives(sim, second, out)
        peer.close(1001, "r" * 120)
        check_that_it_lives(sim, second, out)
        sim.answer_upgrades_with(503, {}, LONG)
        second.cut()
        sim.wait_for_refusals(1)
        sim.answer_upgrades_with(None)
        third = sim.wait_for_peer(3, GENEROUS_S)
        check_that_it_lives(sim, third, out)
        process.send_signal(signal.SIGUSR1)
        signalled_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS_S) == 143
        assert time.monotonic() - signalled_s < GENEROUS_S / 2


def test_a_long_error_of_the_server_ends_it_all_the_same() -> None:
    with Simulator(faults=Faults(error_text=LONG)) as sim:
        assert exit_codes(*COMMAND, "watch", "--all", "-vv", "--url", sim.url) == {4}


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_that_comes_back_gets_what_was_said_meanwhile(kind: str) -> None:
    with Simulator(rate=0) as sim, unread(kind) as stderr, watching(sim, stderr, "-v") as (_, out):
        check_that_it_lives(sim, sim.wait_for_peer(), out)
        stderr.read()
        stderr.wait_for(b"idxstream: connected to 127.0.0.1", GENEROUS_S)


@pytest.mark.parametrize("kind", KINDS)
def test_a_simulator_serves_and_ends_all_the_same(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with unread(kind) as stderr:
        simulator = subprocess.Popen(
            [*COMMAND, "simulate", "--port", str(port), "--rate", "500", "-v"], stderr=stderr.fd, env=environment()
        )
        try:
            watch = ["watch", "--all", "--url", f"ws://127.0.0.1:{port}", "-n", "100", "-f", "ndjson"]
            assert run(*watch).wait() == 0
            simulator.send_signal(signal.SIGTERM)
            assert simulator.wait(GENEROUS_S) == 143
        finally:
            simulator.kill()
            simulator.wait()


def test_doctor_ends_all_the_same() -> None:
    assert exit_codes(*COMMAND, "doctor", "--demo", "-vv", "-f", "ndjson") == {0}


@pytest.mark.parametrize(
    "arguments",
    [["watch", "--fields", "x" * 100_000, "--demo"], ["watch", "--no-such-option"], ["nonsense"]],
    ids=["value", "option", "command"],
)
def test_usage_errors_end_it_all_the_same(arguments: list[str]) -> None:
    assert exit_codes(*COMMAND, *arguments) == {2}


CRASHING = """
import sys, threading, warnings
from coinapi_idx_cli import __main__, cli
def run(arguments):
    warnings.warn("w" * 300_000)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    raise RuntimeError("e" * 300_000)
cli.run = run
__main__.main()
"""


def test_warnings_and_tracebacks_of_python_itself_hold_up_nothing() -> None:
    assert exit_codes(sys.executable, "-c", CRASHING) == {1}


@pytest.mark.parametrize("term", ["dumb", "xterm"])
@pytest.mark.parametrize("arguments", [["-f", "table", "-v"], ["-o", "FILE"]], ids=" ".join)
def test_a_stopped_terminal_holds_up_neither_the_end_nor_pings(term: str, arguments: list[str], tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, unread("terminal") as ends:
        options = [str(tmp_path / "a.csv") if word == "FILE" else word for word in arguments]
        process = subprocess.Popen(
            [*COMMAND, "watch", "--url", sim.url, INDEX, *options],
            stdin=ends.fd, stdout=ends.fd, stderr=ends.fd, env=environment({"TERM": term}),
        )  # fmt: skip
        try:
            peer = sim.wait_for_peer(timeout_s=GENEROUS_S)
            peer.send_text(LONG)
            peer.ping().result(GENEROUS_S)
            process.send_signal(signal.SIGTERM)
            assert process.wait(GENEROUS_S) == 143
        finally:
            process.kill()
            process.wait()
