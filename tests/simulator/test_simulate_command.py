from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect

from coinapi_idx_cli.cli import run
from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, TIME, environment
from tests.simulator.clients import hello, receive, receive_end, received_code


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command in a process of its own, with the lines it wrote up to the one that says it listens."""
    command = [*COMMAND, "simulate", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        try:
            while not lines or "simulator at" not in lines[-1]:
                lines.append(process.stderr.readline())
                assert lines[-1], "the command ended"
            yield process, lines
        finally:
            process.kill()


def url_in(line: str) -> str:
    match = re.fullmatch(
        TIME.pattern + r"idxstream: simulator at (ws://\S+) \(40 indexes, \d+ values/s\); Ctrl-C stops it\n", line
    )
    assert match, line
    return match[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_serves_until_a_signal_and_closes_with_1001(number: signal.Signals, code: int) -> None:
    with running("--rate", "0", "--delay", "1ms") as (process, lines):
        with connect(url_in(lines[-1]), proxy=None) as websocket:
            websocket.send(hello(heartbeat=True))
            assert receive(websocket) == {"type": "heartbeat"}
            process.send_signal(number)
            assert received_code(receive_end(websocket)) == 1001
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err) == (code, "", "")
        assert len(lines) == 1


def test_faults_and_key_reach_the_server() -> None:
    options = ("--api-key", "k", "--restart-every", "50ms", "--within", "20s", "--rate", "0", "--seed", "3")
    with running(*options) as (_, lines), connect(url_in(lines[-1]), proxy=None) as websocket:
        websocket.send(hello(apikey="k"))
        notice = receive(websocket)
        assert (notice["type"], notice["within_seconds"]) == ("reconnect", 20)


def test_an_address_that_others_can_reach_gets_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Tests listen on loopback only, so this one listens nowhere.
    monkeypatch.setattr(Simulator, "start", lambda _: signal.raise_signal(signal.SIGINT))
    assert run(["simulate", "--host", "0.0.0.0", "--port", "1"]) == 130
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("idxstream: warning: 0.0.0.0 ")
    assert second.startswith("idxstream: simulator at ws://0.0.0.0:1 ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--host", "192.0.2.1", "--port", "0"],
            r"cannot listen on 192\.0\.2\.1 port 0: \w[\w ]+; choose another --host",
        ),
        (["--delay", "soon"], "is not a valid duration"),
        (["--port", "99999"], "--port"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *arguments]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_a_port_in_use_is_a_usage_error(sim: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--port", str(sim.port)]) == 2
    assert capsys.readouterr().err == (
        f"idxstream: port {sim.port} on 127.0.0.1 is in use; choose another --port, or 0 for any free one\n"
    )


def test_the_command_does_not_import_the_simulator_before_it_runs() -> None:
    program = "import sys, coinapi_idx_cli.cli.simulate.command; print('websockets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
