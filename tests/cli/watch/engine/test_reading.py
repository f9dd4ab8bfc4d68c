"""`watch --url nats://…`: what a stream holds, in every format, from a time on; where its chain breaks, it is said."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.engine import wire
from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import answer
from coinapi_idx_cli.engine.target import parse_target
from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.engine.streams import create, texts_in
from tests.engine.nats_server import NatsServer
from tests.harness import Running, run_here

GAP = b'{"type":"gap","kind":"not_running","output":"a","from":"2026-11-26T10:00:02Z","to":"2026-11-26T10:00:05Z"}'


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with NatsServer() as running:
        yield running


def at(second: int) -> int:
    time_ns = parse_utc_ns(f"2026-11-26T10:00:{second:02}Z")
    assert time_ns is not None
    return time_ns


def text(second: int, index_id: str = "IDX_A") -> str:
    return (
        f'{{"type":"index","index_id":"{index_id}","time_coinapi":"2026-11-26T10:00:{second:02}.0000000Z",'
        f'"value":{second}.50}}'
    )


def block(sequence: int, *texts: str, second: int, after: str | None = None) -> StreamBlock:
    before = f"a/r/{sequence - 1}" if sequence > 1 else ""
    data = "".join(f"{each}\n" for each in texts).encode()
    return StreamBlock(
        f"a/r/{sequence}", (sequence - 1, before if after is None else after), len(texts), at(second), data
    )


def write(url: str, *blocks: StreamBlock) -> None:
    target = parse_target("-o", url)
    with EngineConversation(target) as conversation:
        for number, each in enumerate(blocks):
            subject = f"{target.stream}.{'control' if each.control else 'values'}"
            reply = f"{conversation._inbox}.w{number}"
            conversation.link.send(wire.publish(subject, each.data, reply=reply, headers=each.headers))
        conversation.state()
        assert all("seq" in answer(each) for each in conversation._heard)


@pytest.fixture(scope="module")
def url(server: NatsServer) -> str:
    url = create(server, "read")
    gap = StreamBlock("a/r/3", (2, "a/r/2"), 0, at(5), GAP, control=True)
    write(
        url,
        block(1, text(1), text(1, "IDX_B"), second=1),
        block(2, text(2), second=2),
        gap,
        block(4, text(5), text(5, "IDX_B"), second=5),
    )
    return url


def read(url: str, *options: str) -> list[str]:
    ended = run_here("watch", "--url", url, "--since", "start", *options)
    assert ended.code == 0, ended.err
    return ended.out.splitlines()


def test_a_stream_is_read_from_its_start_in_the_very_text(url: str) -> None:
    assert read(url, "-n", "5") == [text(1), text(1, "IDX_B"), text(2), text(5), text(5, "IDX_B")]


def test_ids_and_globs_filter_it(url: str) -> None:
    assert read(url, "-n", "2", "IDX_B") == [text(1, "IDX_B"), text(5, "IDX_B")]
    assert read(url, "-n", "3", "IDX_[AC]*") == [text(1), text(2), text(5)]
    refused = run_here("watch", "--url", url, "btc_usd", "-n", "1")
    assert refused.code == 2
    assert "short name" in refused.err


def test_every_format_and_field(url: str, tmp_path: Path) -> None:
    rows = read(url, "-n", "3", "-f", "csv", "--fields", "time_received,value")
    assert rows[1:] == [f"2026-11-26T10:00:0{second}.000000000Z,{second}.50" for second in (1, 1, 2)]
    with_gap = read(url, "-n", "5", "--include", "gap")
    assert [json.loads(line)["type"] for line in with_gap] == ["index", "index", "index", "gap", "index", "index"]
    path = tmp_path / "values.csv"
    read(url, "-n", "5", "-o", str(path))
    assert len(path.read_text().splitlines()) == 6
    (record,) = [json.loads(line) for line in (tmp_path / "values.gaps.ndjson").read_text().splitlines()]
    assert (record["kind"], record["from"]) == ("not_running", "2026-11-26T10:00:02Z")


def test_since_is_by_time_of_receipt(url: str) -> None:
    later = run_here("watch", "--url", url, "--since", "2026-11-26T10:00:02Z", "-n", "3")
    assert later.out.splitlines() == [text(2), text(5), text(5, "IDX_B")]
    assert run_here("watch", "--url", url, "--since", "1000d", "-n", "1").out.splitlines() == [text(1)]
    assert run_here("watch", "--url", url, "--since", "yesterday", "-n", "1").code == 2
    assert run_here("watch", "--demo", "--since", "2h", "-n", "1").code == 2


def test_a_chain_that_breaks_is_said_with_its_place(server: NatsServer, tmp_path: Path) -> None:
    url, log = create(server, "torn"), tmp_path / "events"
    write(url, block(1, text(1), second=1), block(2, text(2), second=2, after="a/r/9"))
    ended = run_here("watch", "--url", url, "--since", "start", "-n", "2", "--include", "gap", "--event-log", str(log))
    assert [json.loads(line)["type"] for line in ended.out.splitlines()] == ["index", "gap", "index"]
    assert "message 2 follows 1 a/r/9, and the last one here was 1 a/r/1" in ended.err
    assert "stream_broken" in [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_what_was_deleted_by_its_age_is_a_gap(server: NatsServer) -> None:
    url = f"{server.url}/small"
    assert run_here("engine", "create", url, "--max-bytes", "1kB").code == 0
    write(url, *(block(number, text(number), text(number), second=number) for number in range(1, 10)))
    ended = run_here("watch", "--url", url, "--since", "start", "-n", "2", "--include", "gap")
    assert json.loads(ended.out.splitlines()[0])["type"] == "gap"
    assert "not in the stream any more" in ended.err


def test_a_reader_goes_on_while_the_server_is_away() -> None:
    with NatsServer() as mortal:
        url = create(mortal, "live")
        with Running("watch", "--url", url, "-n", "2", "-v") as reader:
            reader.err.wait_until("connected to the engine")
            while not reader.out.lines:  # what was written before it began to read is not for it
                with EngineConversation(parse_target("-o", url)) as conversation:
                    last = conversation.state().last
                write(url, block(last + 1, text(1), second=1))
                time.sleep(0.05)
            mortal.kill()
            mortal.start()
            with EngineConversation(parse_target("-o", url)) as conversation:
                last = conversation.state().last
            if len(reader.out.lines) < 2:
                write(url, block(last + 1, text(2), second=2))
            assert reader.wait() == 0


def test_what_is_wrong_with_a_stream_or_an_option(server: NatsServer, url: str) -> None:
    assert run_here("watch", "--url", f"{server.url}/nothing", "-n", "1").code == 4
    assert run_here("watch", "--url", url, "-n", "1", "--redundant").code == 2
    assert run_here("watch", "--url", url, "-n", "1", "-o", f"{server.url}/other").code == 2
    mortal = NatsServer()
    mortal.start()
    mortal.kill()
    gone = run_here("watch", "--url", f"{mortal.url}/x", "-n", "1", "--give-up-after", "100ms")
    assert gone.code == 5


def test_what_was_captured_is_what_is_read(server: NatsServer, tmp_path: Path) -> None:
    url = create(server, "whole")
    with Simulator(rate=500.0) as feed:
        assert run_here("watch", "--all", "--url", feed.url, "-n", "100", "-o", url).code == 0
    assert read(url, "-n", "100") == texts_in(url)


def test_bars_and_alerts_of_a_stream(url: str) -> None:
    ended = run_here("watch", "--url", url, "--since", "start", "-n", "5", "--bars", "1s", "--alert", "IDX_B > 5")
    assert ended.code == 0
    bars = [json.loads(line) for line in ended.out.splitlines()]
    shown = [(bar["index_id"], bar["time_start"][17:19], bar["open"], bar["complete"]) for bar in bars]
    assert shown == [
        ("IDX_A", "01", 1.5, False),
        ("IDX_B", "01", 1.5, False),
        ("IDX_A", "02", 2.5, False),
        ("IDX_A", "05", 5.5, False),
        ("IDX_B", "05", 5.5, False),
    ]
    assert "alert: IDX_B > 5: 5.50 at 2026-11-26T10:00:05.0000000Z" in ended.err


def test_a_reader_meets_nothing_twice_when_the_server_forgot_and_was_given_it_back() -> None:
    with NatsServer() as mortal:
        url = create(mortal, "forgot")
        write(url, block(1, text(1), second=1))
        mortal.kill(signal.SIGTERM)  # which has it write out what it acknowledged
        copy = mortal.save_store()
        mortal.start()
        write(url, block(2, text(2), second=2))
        with Running("watch", "--url", url, "--since", "start", "-n", "3", "-v") as reader:
            reader.out.wait_for(2)
            mortal.kill()
            mortal.restore_store(copy)
            mortal.start()
            reader.err.wait_until("lost|closed|cannot connect")
            write(url, block(2, text(2), second=2), block(3, text(3), second=3))
            assert reader.wait() == 0
        assert reader.out.lines == [text(1), text(2), text(3)]
        assert "not whole" not in reader.err.text


def test_a_value_has_its_place_in_the_stream(url: str) -> None:
    fields = ("--fields", "stream_sequence,stream_line,value")
    assert read(url, "-n", "5", "-f", "csv", *fields)[1:] == [
        "1,1,1.50",
        "1,2,1.50",
        "2,1,2.50",
        "4,1,5.50",
        "4,2,5.50",
    ]
    (line, *_) = read(url, "-n", "2", *fields, "IDX_B")
    assert json.loads(line) == {"stream_sequence": 1, "stream_line": 2, "value": 1.5}
    of_the_feed = run_here("watch", "--demo", "-n", "1", *fields).out
    assert json.loads(of_the_feed)["stream_sequence"] is None
    assert run_here("watch", "--demo", "-n", "1", "-f", "csv", *fields).out.splitlines()[1].startswith(",,")
