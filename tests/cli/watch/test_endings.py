"""Every exit code of the contract, for each of its causes, from real sockets; and the one line that says why."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from coinapi_idx_cli import __version__
from coinapi_idx_cli.simulator import Faults, Simulator
from tests.cli.watch.endings import KEY, gave_up, the_line, watch
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run
from tests.transport.servers import answering, black_hole


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["watch"], 2, "no index ids given.*metered"),
        (["watch", "IDX_A"], 3, "no API key"),
        (["watch", "--demo", "-f", "xml"], 2, "unknown format 'xml'"),
        (["watch", "--demo", "--fields", "valu"], 2, "unknown field 'valu'.*did you mean value"),
        (
            ["watch", "--demo", "-n", "1", "--fields", "price", "-f", "ndjson"],
            2,
            "unknown field 'price'.*there are index_id",
        ),
        (["watch", "--demo", "-d", "5q"], 2, "'5q' is not a valid duration; write 90s"),
        (["watch", "--demo", "--max-bytes", "5X"], 2, "'5X' is not a valid size"),
        (["watch", "--demo", "-n", "0"], 2, "--count"),
        (["watch", "--demo", "--include", "gaps"], 2, "unknown kind 'gaps'.*gap, heartbeat, reconnect"),
        (["watch", "--demo", "-f", "table"], 2, "needs a terminal"),
        (["watch", "--demo", "--auth", "cookie"], 2, "--auth"),
        (["watch", "--demo", "--all", "IDX_A"], 2, "contradict"),
        (["watch", "--demo", "--url", "wss://a"], 2, "contradict"),
        (["watch", "--demo", "--bogus"], 2, "--bogus"),
        (["watch", "--demo", "--coutn", "1"], 2, "--count"),
        (["wacth"], 2, "did you mean watch"),
        (["watch", "IDX_A", "--api-key-file", "/nonexistent/key"], 3, "cannot read the key file /nonexistent/key"),
        (["watch", "IDX_A", "--ids-from", "/nonexistent/ids"], 2, "cannot read --ids-from /nonexistent/ids"),
        (["watch", "IDX_A", "--api-key", KEY, "--url", "https://a.example"], 2, "is not a wss:// URL"),
        (["watch", "IDX_A", "--api-key", KEY, "--url", "ws://a.example"], 2, "in the clear.*--allow-plaintext"),
        (["watch", "IDX_A", "--api-key", KEY, "--url", f"wss://a.example/?apikey={KEY}"], 2, "holds a key"),
        (["watch", "IDX_A", "--api-key", KEY, "--api-key-file", "x"], 2, "both name a key"),
        (["watch", "IDX_A", "--api-key", "two words"], 3, "white space"),
        (
            ["watch", "IDX_A", "--api-key", KEY, "--ca-file", "/nonexistent/ca"],
            2,
            "cannot use --ca-file /nonexistent/ca: No such file",
        ),
    ],
    ids=lambda given: " ".join(given).replace(KEY, "KEY") if isinstance(given, list) else None,
)
def test_bad_input_gets_one_line_that_says_what_to_do(arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    done.err.wait_until(words)
    if arguments == ["watch", "--demo", "-n", "1", "--fields", "price", "-f", "ndjson"]:
        assert done.wait() == code
    else:
        the_line(done, code)


@pytest.mark.parametrize("auth", ["header", "query", "hello"])
def test_a_good_key_gets_in_by_each_way_and_a_bad_one_by_none(auth: str) -> None:
    with Simulator(api_key=KEY, accept_auth=frozenset({auth})) as sim:
        assert watch(sim.url, "--auth", auth, "-n", "1", env={"COINAPI_KEY": KEY}).wait() == 0
        bad = watch(sim.url, "--auth", auth, env={"COINAPI_KEY": KEY[::-1]})
        assert "says: Invalid API key" in the_line(bad, 3)
        assert KEY[::-1] not in bad.err.text


def test_without_a_key_the_server_says_what_it_wants() -> None:
    with Simulator(api_key=KEY) as sim:
        assert "API key" in the_line(watch(sim.url), 3)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_keys(status: int) -> None:
    with Simulator() as sim:
        sim.answer_upgrades_with(status, {}, f"bad key {KEY}")
        line = the_line(watch(sim.url, "--api-key", KEY), 3)
        assert f"HTTP {status}" in line
        assert "bad key ***" in line


@pytest.mark.parametrize(("text", "code"), [("Invalid API key", 3), ("Invalid index \x1b[31m\nid", 4)])
def test_errors_of_the_server_end_the_run(text: str, code: int) -> None:
    with Simulator(faults=Faults(error_text=text)) as sim:
        line = the_line(watch(sim.url), code)
        assert text.split()[-1] in line
        assert "\x1b" not in line


def test_the_error_about_the_full_buffer_means_connect_again() -> None:
    text = "Reached maximum allowed buffered messages for this connection."
    with Simulator(rate=0) as sim, Running("watch", "--all", "--url", sim.url, "-n", "1") as running:
        sim.wait_for_peer().send_text(f'{{"type":"error","message":"{text}"}}')
        sim.wait_for_peer(2)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        assert running.wait() == 0
        assert "read too slowly" in running.err.text


@pytest.mark.parametrize("status", [400, 404, 410, 426])
def test_other_client_errors_are_final(status: int) -> None:
    with Simulator() as sim:
        sim.answer_upgrades_with(status)
        assert f"HTTP {status}" in the_line(watch(sim.url), 4)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_never_followed(status: int) -> None:
    with Simulator() as elsewhere, Simulator() as sim:
        sim.answer_upgrades_with(status, {"Location": elsewhere.url})
        assert "redirect" in the_line(watch(sim.url, "--api-key", KEY), 4)
        assert elsewhere.connections_made == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: no\r\n\r\n"
        ),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"\xff\xfe\r\n",
    ],
    ids=["200", "ssh", "wrong accept", "bare 101", "binary"],
)
def test_answers_that_are_no_upgrade_are_final(answer: bytes) -> None:
    with answering(answer) as port:
        assert f"127.0.0.1:{port}" in the_line(watch(port), 4)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_busy_servers_are_tried_again(status: int) -> None:
    with Simulator() as sim:
        sim.answer_upgrades_with(status)
        with Running("watch", "--all", "--url", sim.url, "-n", "1") as running:
            sim.wait_for_refusals(2)
            sim.answer_upgrades_with(None)
            assert running.wait() == 0
            assert f"HTTP {status}" in running.err.text


def test_a_name_that_does_not_resolve() -> None:
    assert "does not resolve" in gave_up("wss://no-such-host.invalid", "--api-key", KEY)


def test_a_refused_connection() -> None:
    with Simulator() as sim:
        sim.pause_accepting()
        assert "refused" in gave_up(sim.url)


def test_a_server_that_never_answers() -> None:
    with black_hole() as port:
        assert "did not answer within 0.1 s" in gave_up(port, "--connect-timeout", "100ms")


def test_a_server_that_hangs_up_before_the_upgrade() -> None:
    with answering(b"") as port:
        assert "closed the connection before the upgrade" in gave_up(port)


def test_help_into_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (6, 1)


def test_ids_from_a_stdin_that_is_closed() -> None:
    script = " ".join([*COMMAND, "watch --demo --ids-from - <&-"])
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=environment(), check=False)
    assert done.returncode == 2
    assert b"stdin is closed" in done.stderr


def test_version_everywhere() -> None:
    for arguments in (["-V"], ["watch", "--version"], ["simulate", "-V"]):
        assert run(*arguments).out.lines == [f"idxstream {__version__}"]


def test_an_interrupt_at_any_moment_ends_it_quietly() -> None:
    """Also in the middle of the imports. The interpreter's own start is not ours: the signal comes after it."""
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); print('up', flush=True);"
        "from coinapi_idx_cli.__main__ import main; sys.argv = ['', 'watch', '--demo', '-f', 'ndjson']; main()"
    )
    for step in range(25):
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            threading.Event().wait(step * 0.02)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=GENEROUS_S)
            assert process.returncode in (130, -signal.SIGINT)
            assert errors == b""


def test_a_disk_that_is_full() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "watch", "--demo", "-f", "csv"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode == 6
    assert b"No space left" in done.stderr


def test_a_closed_stdout() -> None:
    script = " ".join([*COMMAND, "watch --demo -f csv >&-"])
    done = subprocess.run(["bash", "-c", script], stderr=subprocess.PIPE, env=environment(), check=False)
    assert done.returncode == 6
    assert b"stdout is closed" in done.stderr


def test_a_key_file_and_quiet(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o644)
    with Simulator(api_key=KEY) as sim:
        loud = watch(sim.url, "--api-key-file", str(file), "-n", "1")
        assert (loud.wait(), len(loud.err.lines)) == (0, 1)
        assert "chmod 600" in loud.err.text
        quiet = watch(sim.url, "--api-key-file", str(file), "-n", "1", "-q")
        assert (quiet.wait(), quiet.err.lines) == (0, [])
