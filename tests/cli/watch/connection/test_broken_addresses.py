"""A name with an address that swallows packets, as with a broken IPv6: it costs a moment, on every way there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.certificates import tls_simulator
from tests.cli.watch.connection.test_unbroken import VALUES_PER_S, events, feed, finish, restart, wait_for_events
from tests.harness import GENEROUS_S, Running, run
from tests.names import SWALLOWING, resolving, swallowing
from tests.transport.servers import proxying

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
BROKEN = {"two.localhost": [SWALLOWING, "127.0.0.1"]}
RESTARTS = 2
PATIENT = ("--connect-timeout", f"{GENEROUS_S:g}s")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "resolver"
    folder.mkdir()
    return resolving(BROKEN, folder)


def test_watch_connects_by_the_other_address(env: dict[str, str]) -> None:
    with Simulator() as sim, swallowing(sim.port):
        done = run("watch", "--all", "-n", "3", "--url", f"ws://two.localhost:{sim.port}", *PATIENT, env=env)
    assert (done.wait(), done.err.lines, len(done.out.lines)) == (0, [], 3)


def test_the_list_comes_by_the_other_address(env: dict[str, str]) -> None:
    with Simulator() as sim, swallowing(sim.port):
        done = run("indexes", "--rest-url", f"http://two.localhost:{sim.port}", *PATIENT, env=env)
    assert (done.wait(), done.err.lines) == (0, [])
    assert done.out.lines == sorted(sim.index_ids)


def test_doctor_says_which_address_does_not_answer(env: dict[str, str]) -> None:
    with Simulator() as sim, swallowing(sim.port):
        url = f"ws://two.localhost:{sim.port}"
        done = run("doctor", "-f", "ndjson", "--url", url, "--connect-timeout", "2s", env=env)
    steps = {line["step"]: line for line in map(json.loads, done.out.lines)}
    assert done.wait() == 0
    assert f"{SWALLOWING}:{sim.port} did not answer within 2 s" in steps["tcp"]["detail"]
    assert "some addresses do not answer" in steps["tcp"]["hint"]
    assert all(steps[step]["ok"] for step in ("tcp", "upgrade", "heartbeat", "list"))


def test_a_proxy_with_such_an_address_is_reached_too(env: dict[str, str], authority: trustme.CA, ca_file: Path) -> None:
    requests: list[bytes] = []
    with tls_simulator(authority, "0.0.0.0") as sim, proxying(requests) as port, swallowing(port):
        env |= {"https_proxy": f"http://two.localhost:{port}"}
        arguments = ["--ca-file", str(ca_file), "--api-key", KEY, *PATIENT]
        done = run("watch", "--all", "-n", "1", "--url", f"wss://0.0.0.0:{sim.port}", *arguments, env=env)
        assert (done.wait(), done.err.lines) == (0, [])
        done = run("indexes", "--rest-url", f"https://0.0.0.0:{sim.port}", *arguments, env=env)
        assert (done.wait(), done.err.lines) == (0, [])
    assert [request.split()[0] for request in requests] == [b"CONNECT", b"CONNECT"]


def test_name_tcp_tls_and_upgrade_share_one_deadline(env: dict[str, str]) -> None:
    """Both addresses are silent: the attempt ends after its time, however many there are."""
    with swallowing() as port:
        env["TEST_NAMES"] = json.dumps({"two.localhost": [SWALLOWING] * 4})
        url = f"ws://two.localhost:{port}"
        done = run("watch", "--all", "--url", url, "--connect-timeout", "300ms", "--reconnect", "never", env=env)
    assert done.wait() == 5
    assert f"two.localhost:{port} did not answer within 0.3 s" in done.err.text


def test_restarts_in_a_row_under_load_lose_nothing(env: dict[str, str], tmp_path: Path) -> None:
    """As `test_unbroken` has it, while the first address of the name swallows packets."""
    log = tmp_path / "events"
    with feed() as sim, swallowing(sim.port):
        arguments = ["--event-log", str(log), "-f", "ndjson", "--url", f"ws://two.localhost:{sim.port}"]
        with Running("watch", "--all", *arguments, env=env) as running:
            peer = sim.wait_for_peer(1, GENEROUS_S)
            sim.start_walk(VALUES_PER_S)
            for number in range(2, RESTARTS + 2):
                following = restart(sim, peer, number, log)
                running.out.wait_for(len(sim.record) + 200)  # both are there for a tenth of a second at least
                peer.close(1001, "going away")
                wait_for_events(log, "handover", number - 1)
                peer = following
            assert finish(sim, running) == sim.record
            assert running.err.lines == []
    assert len(events(log, "handover")) == RESTARTS
    assert events(log, "gap") == []
