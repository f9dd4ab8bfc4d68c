"""The feed and its list behind nginx and HAProxy, which do TLS and compress on the fly, and through a forward proxy."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
from collections.abc import Mapping
from pathlib import Path

import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import KEY
from tests.certificates import server_context
from tests.doctor.examined import BTC, STEPS
from tests.harness import GENEROUS_S, Running, run, run_here
from tests.world.fronts import Front, nginx, tinyproxy

VALUES_PER_S = 1000
WITH_KEY = {"COINAPI_KEY": KEY}


def watching(front: Front, ca_file: Path, *arguments: str, env: Mapping[str, str] = WITH_KEY) -> Running:
    return Running("watch", "--all", "-f", "ndjson", "--url", front.url, "--ca-file", str(ca_file), *arguments, env=env)


def events(log: Path, name: str) -> list[dict[str, object]]:
    logged = [json.loads(line) for line in log.read_text().splitlines()]
    return [event for event in logged if event["event"] == name]


def all_that_was_published(sim: Simulator, running: Running) -> list[str]:
    sim.stop_walk()
    running.out.wait_for(len(sim.record))
    running.interrupt(signal.SIGTERM)
    assert running.wait() == 143
    return running.out.lines


def test_values_come_as_they_were_sent(front: Front, sim: Simulator, ca_file: Path) -> None:
    with watching(front, ca_file) as running:
        peer = sim.wait_for_peer(timeout_s=GENEROUS_S)
        assert peer.headers["X-CoinAPI-Key"] == KEY
        sim.start_walk(VALUES_PER_S)
        running.out.wait_for(VALUES_PER_S // 2)
        assert all_that_was_published(sim, running) == sim.record
        assert running.err.lines == []
        peer.wait_closed(GENEROUS_S)
        assert peer.close_code == 1000  # our close frame came through


def test_a_planned_restart_loses_and_doubles_nothing(
    front: Front, sim: Simulator, ca_file: Path, tmp_path: Path
) -> None:
    log = tmp_path / "events"
    with watching(front, ca_file, "--event-log", str(log)) as running:
        first = sim.wait_for_peer(timeout_s=GENEROUS_S)
        sim.start_walk(VALUES_PER_S)
        running.out.wait_for(100)
        first.send_text('{"type":"reconnect","within_seconds":5,"before_time":"2020-08-06T19:19:09.7035429Z"}')
        sim.wait_for_peer(2, GENEROUS_S)
        running.out.wait_for(len(sim.record) + 200)  # both deliver
        first.close(1001, "going away")
        first.wait_closed(GENEROUS_S)
        running.out.wait_for(len(sim.record) + 100)
        assert all_that_was_published(sim, running) == sim.record
        assert running.err.lines == []
    assert len(events(log, "handover")) == 1
    assert events(log, "gap") == []


def test_the_server_in_front_is_restarted(front: Front, sim: Simulator, ca_file: Path, tmp_path: Path) -> None:
    """Its connections are cut without a notice: one honest gap, and the values go on."""
    log = tmp_path / "events"
    with watching(front, ca_file, "--event-log", str(log)) as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        sim.publish(BTC, 1)
        running.out.wait_for(1)
        front.stop()
        assert front.start()
        sim.wait_for_peer(2, GENEROUS_S)
        sim.publish(BTC, 2)
        running.out.wait_for(2)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
    assert running.out.lines == sim.record
    assert len(events(log, "gap")) == 1


def test_the_list_comes_compressed_in_chunks_and_whole(front: Front, sim: Simulator, ca_file: Path) -> None:
    connection = http.client.HTTPSConnection(
        "localhost", front.port, context=ssl.create_default_context(cafile=ca_file), timeout=GENEROUS_S
    )
    connection.request("GET", "/v1/indexes", headers={"Accept-Encoding": "gzip", "X-CoinAPI-Key": KEY})
    answer = connection.getresponse()
    assert (answer.headers["Content-Encoding"], answer.headers["Transfer-Encoding"]) == ("gzip", "chunked")
    connection.close()
    done = run("indexes", "--rest-url", front.rest_url, "--ca-file", str(ca_file), env=WITH_KEY)
    assert (done.wait(), done.out.lines, done.err.lines) == (0, sorted(sim.index_ids), [])


def test_doctor_finds_nothing_wrong(front: Front, sim: Simulator, ca_file: Path) -> None:
    sim.start_walk(VALUES_PER_S)
    done = run_here("doctor", BTC, "--url", front.url, "--ca-file", str(ca_file), env=WITH_KEY)
    lines = {line["step"]: line for line in map(json.loads, done.out.splitlines())}
    assert (done.code, done.err, list(lines)) == (0, "", STEPS)
    assert {name: line["ok"] for name, line in lines.items()} == dict.fromkeys(STEPS, True)
    assert [line["hint"] for line in lines.values() if line["hint"]] == []


def test_its_page_for_a_feed_that_is_away_is_not_shown_and_tried_again(
    front: Front, sim: Simulator, ca_file: Path
) -> None:
    sim.stop()
    with watching(front, ca_file, "--give-up-after", "300ms") as running:
        assert running.wait() == 5
    listed = run("indexes", "--rest-url", front.rest_url, "--ca-file", str(ca_file), env=WITH_KEY)
    assert listed.wait() == 5
    for done in (running, listed):
        assert any(status in done.err.text for status in ("HTTP 502", "HTTP 503")), done.err.text
        assert "<" not in done.err.text
        assert all(line.isprintable() for line in done.err.lines)  # nginx compresses its page, too


def test_a_page_that_refuses_is_not_a_refused_key(
    sim: Simulator, authority: trustme.CA, ca_file: Path, tmp_path: Path
) -> None:
    with nginx(tmp_path, authority, sim.port, status=403) as front:
        with watching(front, ca_file, "--give-up-after", "300ms") as running:
            assert running.wait() == 5
        assert "nginx" in running.err.text
        assert "<" not in running.err.text


def test_through_a_forward_proxy(authority: trustme.CA, ca_file: Path, tmp_path: Path) -> None:
    """0.0.0.0 is this machine, and not taken for loopback, for which no proxy would be asked."""
    tls = server_context(authority, "0.0.0.0")
    with (
        Simulator(rate=VALUES_PER_S, api_key=KEY, ssl_context=tls) as sim,
        tinyproxy(tmp_path) as proxy,
    ):
        there = ["--ca-file", str(ca_file), "--rest-url", f"https://0.0.0.0:{sim.port}"]
        env = {**WITH_KEY, "https_proxy": f"http://127.0.0.1:{proxy.port}"}
        feed = ["--url", f"wss://0.0.0.0:{sim.port}"]
        watched = run("watch", BTC, "-n", "3", *feed, *there, env=env)
        assert (watched.wait(), len(watched.out.lines), watched.err.lines) == (0, 3, [])
        listed = run("indexes", *there, env=env)
        assert (listed.wait(), listed.out.lines) == (0, sorted(sim.index_ids))
        examined = run_here("doctor", BTC, *feed, *there, env=env)
        assert examined.code == 0, examined.out
        assert f"0.0.0.0:{sim.port}" in proxy.log
