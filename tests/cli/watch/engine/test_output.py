"""`watch -o nats://…`: one machine and two, and what is wrong before the feed is asked for anything."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.engine.target import EngineCredentials
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.engine.streams import blocks_in, create, texts_in
from tests.engine.nats_server import NatsServer
from tests.harness import Running, run_here

SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


@pytest.fixture
def feed() -> Iterator[Simulator]:
    with Simulator(rate=500.0, record=True) as simulator:
        yield simulator


def test_what_the_feed_sends_is_in_the_stream_and_the_stream_is_left_at_the_end(
    server: NatsServer, feed: Simulator, tmp_path: Path
) -> None:
    url, log = create(server, "one"), tmp_path / "events"
    ended = run_here("watch", "--all", "--url", feed.url, "-n", "200", "-o", url, "--event-log", str(log))
    assert ended.code == 0
    texts = texts_in(url)
    assert len(texts) == 200
    begin = feed.record.index(texts[0])
    assert texts == feed.record[begin : begin + 200]
    assert blocks_in(url)[-1].is_yield
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    ours = [event for event in events if event in ("engine_connected", "writing", "yielded", "standing_by")]
    assert ours == ["engine_connected", "writing", "yielded", "standing_by"]


def test_a_second_machine_goes_on_when_the_first_one_stops(server: NatsServer, feed: Simulator) -> None:
    url = create(server, "two")
    options = ("--all", "--url", feed.url, "-o", url, "-v")
    with (
        Running("watch", *options, "--engine-name", "first") as first,
        Running("watch", *options, "--engine-name", "second") as second,
    ):
        while not {"first", "second"} & {block.machine for block in blocks_in(url)}:
            pass
        writer, other = (first, second) if blocks_in(url)[0].machine == "first" else (second, first)
        other.err.wait_until("connected to the engine")
        feed.wait_for_peer(2)
        began = len(texts_in(url))
        while len(texts_in(url)) < began + 300:  # the second one has met the stream by then
            pass
        writer.interrupt(signal.SIGTERM)
        assert writer.wait() == 143
        other.err.wait_until("writes the stream")
        began = len(texts_in(url))
        while len(texts_in(url)) < began + 100:
            pass
        other.interrupt(signal.SIGTERM)
        assert other.wait() == 143
    texts = texts_in(url)
    begin = feed.record.index(texts[0])
    assert texts == feed.record[begin : begin + len(texts)]
    assert not any(block.is_gap for block in blocks_in(url))


def test_a_machine_that_begins_where_nobody_received_writes_the_gap(server: NatsServer, feed: Simulator) -> None:
    url = create(server, "gap")
    for _ in range(2):
        options = ("--all", "--url", feed.url, "-n", "20", "--takeover-after", "100ms")
        assert run_here("watch", *options, "-o", url).code == 0
    gaps = [json.loads(block.data) for block in blocks_in(url) if block.is_gap]
    assert [(gap["type"], gap["kind"]) for gap in gaps] == [("gap", "not_running")]
    times = [json.loads(text)["time_coinapi"] for text in texts_in(url)]
    assert (gaps[0]["time_coinapi_from"], gaps[0]["time_coinapi_to"]) == (times[19], times[20])


def test_an_engine_and_a_file_get_the_same(server: NatsServer, feed: Simulator, tmp_path: Path) -> None:
    url, path = create(server, "both"), tmp_path / "values.csv"
    options = ("--all", "--url", feed.url, "-n", "50", "-o", url, "-o", str(path), "--fields", "value,index_id")
    assert run_here("watch", *options).code == 0
    rows = [f"{json.loads(text)['index_id']}" for text in texts_in(url)]
    assert rows == [line.rpartition(",")[2] for line in path.read_text().splitlines()[1:]]


def test_what_an_engine_cannot_do_is_refused(server: NatsServer) -> None:
    url = f"{server.url}/x"
    for options in (
        ("-o", url, "-f", "csv"),
        ("-o", url, "--update-limit-ms", "100"),
        ("-o", server.url),
        ("-o", "nats://me:correct-horse@127.0.0.1/x"),
        ("-o", "x.csv", "--engine-name", "me"),
    ):
        ended = run_here("watch", "--demo", "-n", "1", *options)
        assert ended.code == 2, options
        assert "correct-horse" not in ended.err


def test_an_engine_that_is_not_right_ends_the_run_before_the_feed_is_asked(server: NatsServer, feed: Simulator) -> None:
    missing = run_here("watch", "--all", "--url", feed.url, "-o", f"{server.url}/missing")
    assert missing.code == 4
    assert "idxstream engine create" in missing.err
    assert feed.connections_made == 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ("--give-up-after", "100ms", "-o", f"nats://127.0.0.1:{port}/x")
    nobody = run_here("watch", "--all", "--url", feed.url, *options)
    assert nobody.code == 5
    assert f"127.0.0.1:{port}" in nobody.err


def test_credentials_that_are_refused_are_nowhere_repeated(feed: Simulator, tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.write_text(f"me:{SECRET}\n")
    user.chmod(0o600)
    with NatsServer(f'authorization {{ user: "me", password: "{SECRET}" }}') as guarded:
        url = create(guarded, "guarded", EngineCredentials(user="me", password=SECRET))
        options = ("watch", "--all", "--url", feed.url, "-n", "5", "-vv", "-o", url)
        refused = run_here(*options, env={"IDXSTREAM_ENGINE_USER": "me:wrong-password"})
        assert refused.code == 3
        assert "wrong-password" not in refused.err
        taken = run_here(*options, "--engine-user-file", str(user))
        assert taken.code == 0
        assert SECRET not in taken.err


def test_an_engine_that_goes_away_for_good_ends_the_run_and_says_what_is_not_there(feed: Simulator) -> None:
    with NatsServer() as mortal:
        url = create(mortal, "gone")
        options = ("--all", "--url", feed.url, "-o", url, "--give-up-after", "300ms", "-v", "-d", "3s")
        with Running("watch", *options) as run:
            run.err.wait_until("writes the stream")
            mortal.kill()
            assert run.wait() == 6
    assert "are not in the stream gone yet" in run.err.text
    assert "--spool" in run.err.text


def test_of_several_servers_one_that_is_there_is_enough(server: NatsServer, feed: Simulator) -> None:
    create(server, "several")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = listener.getsockname()[1]
    url = f"nats://127.0.0.1:{nobody},127.0.0.1:{server.port}/several"
    for _ in range(3):  # which one is asked first is left to chance
        options = ("--all", "--url", feed.url, "-n", "5", "--takeover-after", "50ms")
        assert run_here("watch", *options, "-o", url).code == 0
    assert len(texts_in(f"{server.url}/several")) == 15
