"""What a service manager hears of a run: at a real socket, from the real command."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.harness import Running
from tests.monitoring.service_manager_socket import ManagerSocket, manager_socket

BEAT_S = 0.2


def service(url: str, manager: ManagerSocket, *arguments: str, **more: str) -> Running:
    env = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(int(BEAT_S * 2e6)), **more}
    return Running("watch", "--all", "-f", "ndjson", "--url", url, "--give-up-after", "never", *arguments, env=env)


@pytest.mark.parametrize("is_abstract", [False, True], ids=["a path", "abstract"])
def test_a_service_is_ready_then_alive_then_stopping(tmp_path: Path, is_abstract: bool) -> None:
    with manager_socket(tmp_path, is_abstract=is_abstract) as manager:
        with Simulator(rate=50) as sim, service(sim.url, manager) as running:
            manager.wait_for("READY=1")
            manager.wait_for_more("WATCHDOG=1", 5)
            manager.wait_for("STATUS=live, 1")
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
        manager.wait_for("STOPPING=1")
        lines = manager.lines
        assert lines[:3] == ["EXTEND_TIMEOUT_USEC=600000000", "STATUS=starting", "STATUS=connecting, 0 values"]
        assert lines.count("READY=1") == lines.count("STOPPING=1") == 1
        assert lines.index("READY=1") < lines.index("STOPPING=1")


def test_it_is_ready_at_the_first_connection_however_late_that_comes(tmp_path: Path) -> None:
    """Longer than a short TimeoutStartSec: each beat asks for more time."""
    with socket.create_server(("127.0.0.1", 0)) as refusing:
        port = refusing.getsockname()[1]
    with manager_socket(tmp_path) as manager, service(f"ws://127.0.0.1:{port}", manager) as running:
        manager.wait_for("STATUS=reconnecting in")
        manager.wait_for_more("WATCHDOG=1", 10)
        manager.wait_for("EXTEND_TIMEOUT_USEC=90000000", 10)
        assert manager.count("READY=1") == 0
        with Simulator(rate=5, port=port):
            manager.wait_for("READY=1")
            extended = (
                manager.lines.index("READY=1"),
                max(position for position, line in enumerate(manager.lines) if line.startswith("EXTEND")),
            )
            assert extended[1] < extended[0]
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143


def test_it_asks_for_time_before_the_main_loop(tmp_path: Path) -> None:
    """While a server does not answer who asks for the list of indexes; no beat: a hang has to be seen there, too."""
    with manager_socket(tmp_path) as manager, socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        env = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"}
        arguments = (
            "watch",
            "IDX_*_USD",
            "-f",
            "ndjson",
            "--url",
            f"ws://{address}",
            "--rest-url",
            f"http://{address}",
        )
        with Running(*arguments, env=env):
            accepted, _ = silent.accept()
            manager.wait_for("STATUS=starting")
            accepted.close()
            assert manager.lines == ["EXTEND_TIMEOUT_USEC=600000000", "STATUS=starting"]


def test_it_beats_while_the_feed_is_silent_and_while_there_is_none(tmp_path: Path) -> None:
    with manager_socket(tmp_path) as manager, Simulator(rate=0) as sim:
        with service(sim.url, manager, "--no-heartbeat") as running:
            manager.wait_for("READY=1")
            manager.wait_for_more("WATCHDOG=1", 5)
            sim.stop()
            manager.wait_for("STATUS=reconnecting")
            manager.wait_for_more("WATCHDOG=1", 5)
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
        assert manager.count("READY=1") == 1


def test_it_beats_while_it_waits_for_a_lock(tmp_path: Path) -> None:
    file = str(tmp_path / "a.ndjson")
    with (
        manager_socket(tmp_path) as manager,
        Simulator(rate=50) as sim,
        Running("watch", "--all", "--url", sim.url, "-o", file) as first,
    ):
        wait_until(lambda: Path(file).exists())
        with service(sim.url, manager, "-o", file, "--wait-lock", "10m") as second:
            manager.wait_for("READY=1")
            manager.wait_for("STATUS=waiting for process")
            manager.wait_for_more("WATCHDOG=1", 5)
            second.interrupt(signal.SIGTERM)
            assert second.wait() == 143
        first.interrupt(signal.SIGTERM)
        first.wait()


def test_it_beats_while_nobody_takes_what_it_writes(tmp_path: Path) -> None:
    """Also at the end, while what is pending has its last chance."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    pipe = f"/proc/{os.getpid()}/fd/{writing}"
    with manager_socket(tmp_path) as manager, Simulator(rate=200) as sim, service(sim.url, manager, "-o", pipe) as run:
        manager.wait_for("READY=1")
        wait_until(lambda: not select.select([], [writing], [], 0)[1])  # it is full
        manager.wait_for_more("WATCHDOG=1", 5)
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 143
    manager.wait_for("STOPPING=1")
    assert "WATCHDOG=1" in manager.lines[manager.lines.index("STOPPING=1") :]
    assert "did not take" in run.err.text
    os.close(reading)
    os.close(writing)


def test_a_main_loop_that_stands_still_does_not_beat(tmp_path: Path) -> None:
    with manager_socket(tmp_path) as manager, Simulator(rate=50) as sim, service(sim.url, manager) as running:
        manager.wait_for("READY=1")
        manager.wait_for_more("WATCHDOG=1", 2)
        running.interrupt(signal.SIGSTOP)
        wait_until(lambda: _state(running.process.pid) == "T")
        before = len(manager.lines)
        wait_until(lambda: time.monotonic() - manager.told[-1][0] > BEAT_S * 10)  # as long as ten beats
        assert len(manager.lines) - before <= 3  # one datagram that was on its way
        running.interrupt(signal.SIGCONT)
        manager.wait_for_more("WATCHDOG=1", 2)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143


def test_how_the_watchdog_ends_it_leaves_where_it_hung(tmp_path: Path) -> None:
    with manager_socket(tmp_path) as manager, Simulator(rate=50) as sim, service(sim.url, manager) as running:
        manager.wait_for("READY=1")
        running.interrupt(signal.SIGABRT)  # as systemd does
        assert running.wait() == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in running.err.text
    assert re.search(r'File ".*session/loop\.py", line \d+ in run', running.err.text)  # wherever it was below that


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_watchdog_of_another_process_gets_no_beat(tmp_path: Path) -> None:
    with manager_socket(tmp_path) as manager, Simulator(rate=50) as sim:
        with service(sim.url, manager, "-n", "20", WATCHDOG_PID="1") as running:
            assert running.wait() == 0
        manager.wait_for("STOPPING=1")
        assert manager.count("READY=1") == 1
        assert manager.count("WATCHDOG=1") == 0


def test_no_child_process_speaks_in_its_name(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "names = [name for name in os.environ if name == 'NOTIFY_SOCKET' or name.startswith('WATCHDOG')]\n"
        f"pathlib.Path({str(tmp_path / 'found')!r}).write_text(repr(names))\n"
    )
    alert = ["--alert", "IDX_REFRATE_VWAP_BTC > 0", "--exec", f"{sys.executable} {script}"]
    with manager_socket(tmp_path) as manager, Simulator(rate=50) as sim:
        with service(sim.url, manager, *alert, WATCHDOG_PID="") as running:
            wait_until(lambda: (tmp_path / "found").exists() and bool((tmp_path / "found").read_text()))
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
        assert manager.count("READY=1") == 1
    assert (tmp_path / "found").read_text() == "[]"


def test_a_socket_that_is_gone_is_a_warning_and_the_run_goes_on(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    with Simulator(rate=50) as sim:
        env = {"NOTIFY_SOCKET": gone}
        with Running("watch", "--all", "-f", "ndjson", "-n", "20", "--url", sim.url, env=env) as running:
            assert running.wait() == 0
    assert running.err.text == f"idxstream: warning: NOTIFY_SOCKET {gone} takes nothing: No such file or directory"
    assert len(running.out.lines) == 20


def test_a_manager_that_does_not_read_holds_nothing_up_and_hears_what_matters_when_it_does(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, Simulator(rate=50) as sim:
        manager.bind(address)
        filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        filler.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                filler.sendto(b"X=1", address)
        env = {"NOTIFY_SOCKET": address}
        with Running("watch", "--all", "-f", "ndjson", "--url", sim.url, env=env) as running:
            running.out.wait_for(50)
            manager.settimeout(30)
            while b"READY=1" not in manager.recv(4096):
                pass
            running.interrupt(signal.SIGTERM)
            assert running.wait() == 143
        filler.close()
