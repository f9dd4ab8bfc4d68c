"""As the first process of a container: no signal ends it by default, and orphans of --exec are its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.harness import COMMAND, GENEROUS_S, environment

NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
ROOTS = ((), ("--map-root-user",))  # for whoever is root, and for others where the kernel lets them


def new_namespace() -> tuple[str, ...]:
    for more in ROOTS:
        command = (*NAMESPACE, *more)
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    raise AssertionError("no PID namespace can be made here")


@contextmanager
def first_process(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process that waits for it, and its own number outside."""
    process = subprocess.Popen(
        [*new_namespace(), *COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        wait_until(lambda: bool(children(process.pid)) and b"coinapi" in command_line(children(process.pid)[0]))
        yield process, children(process.pid)[0]
    finally:
        process.kill()
        process.communicate()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def states(pids: list[int]) -> list[str]:
    return [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids]


def caught_signals(pid: int) -> int:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("SigCgt")]
    return int(line.split()[1], 16)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with (
        Simulator(rate=100) as sim,
        first_process("watch", "--all", "--url", sim.url, "-o", str(path)) as (waiting, pid),
    ):
        wait_until(path.exists)
        os.kill(pid, number)
        assert waiting.wait(GENEROUS_S) == 128 + number
    assert path.read_bytes().endswith(b"}\n")


def test_a_signal_ends_what_has_not_begun_yet() -> None:
    """While the list of indexes is asked of a server that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        arguments = ("watch", "IDX_*_USD", "--url", f"ws://{address}", "--rest-url", f"http://{address}")
        with first_process(*arguments, "-f", "ndjson") as (waiting, pid):
            accepted, _ = silent.accept()
            with accepted:
                assert caught_signals(pid) & (1 << (signal.SIGTERM - 1))
                os.kill(pid, signal.SIGTERM)
                assert waiting.wait(GENEROUS_S) == 143


def test_orphans_of_a_command_are_collected(tmp_path: Path) -> None:
    script = tmp_path / "leaves.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"  # its parent ends before it
        f"        with open({str(tmp_path / 'left')!r}, 'a') as file:\n"
        "            file.write('x')\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    left = tmp_path / "left"
    command = ("--exec", f"{sys.executable} {script}", "--alert", "IDX_ORPHANS > 1")
    arguments = ("watch", "--all", "-f", "ndjson", *command)
    with (
        Simulator(rate=0, index_ids=["IDX_ORPHANS"]) as sim,
        first_process(*arguments, "--url", sim.url) as (_, pid),
    ):
        sim.wait_for_peer()
        for number in range(1, 6):
            sim.publish("IDX_ORPHANS", 2)
            wait_until(lambda number=number: left.exists() and left.stat().st_size >= number)  # type: ignore[misc]
            sim.publish("IDX_ORPHANS", 0)
        wait_until(lambda: len(children(pid)) <= 1)  # the last orphan may wait for the next command
