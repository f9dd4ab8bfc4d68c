"""Nonsense without end: the first of each kind is told, the rest counted, on stderr and in the event log alike."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.event_log import EventLog
from coinapi_idx_cli.cli.flood import AT_FIRST, EVERY_S, KINDS_AT_MOST, Counted, Flood
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Running

NONSENSE = b"\x81\x01x"
MANY = 100_000


def events(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_flood_of_nonsense_takes_a_few_lines_of_the_log_and_of_stderr(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with (
        Simulator(rate=0) as sim,
        Running("watch", "--all", "-f", "ndjson", "--url", sim.url, "--event-log", str(log)) as running,
    ):
        peer = sim.wait_for_peer()
        for _ in range(10):
            peer.send_bytes(NONSENSE * (MANY // 10))
        peer.send_text("[1, 2]")
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1, GENEROUS_S)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        malformed = [event for event in events(log) if event["event"] == "malformed"]
        assert [event.get("text") for event in malformed] == ["x", "[1, 2]", None]
        assert (malformed[-1]["more"], malformed[-1]["why"]) == (MANY - 1, "not JSON: invalid character")
        assert events(log)[-1]["malformed"] == MANY + 1
        told = [line for line in running.err.lines if "does not decode" in line]
        assert [line[-1] for line in told] == ["x", "]"]
        running.err.wait_until(rf"{MANY - 1:,} more messages that do not decode \(not JSON: invalid character\)")


def test_a_notice_that_changes_nothing_is_not_told_again(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with (
        Simulator(rate=0) as sim,
        Running("watch", "--all", "-f", "ndjson", "--url", sim.url, "--event-log", str(log)) as running,
    ):
        peer = sim.wait_for_peer()
        for _ in range(1000):
            peer.send_text('{"type":"reconnect","within_seconds":30,"before_time":"2020-08-06T19:19:09.7035429Z"}')
        sim.wait_for_peer(2)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1)
        running.interrupt(signal.SIGTERM)
        assert running.wait() == 143
        notices = [event for event in events(log) if event["event"] == "reconnect_notice"]
        assert [event["within_seconds"] for event in notices] == [30.0]


@pytest.mark.parametrize(("event", "at_first"), [("malformed", 1), ("disconnected", AT_FIRST), ("", AT_FIRST)])
def test_after_the_first_ones_one_a_minute_is_told_with_the_number_of_those_between(event: str, at_first: int) -> None:
    flood, fields = Flood(), {"why": "no object (byte 17)"}
    told = [
        flood.admit(event, Level.WARNING, "a line", fields, now)
        for now in (*[0.0] * at_first, 1.0, 2.0, EVERY_S + 1, EVERY_S + 2)
    ]
    assert told == [*[0] * at_first, None, None, 2, None]
    assert [(rest.event, rest.level, rest.count) for rest in flood.rest()] == [(event, Level.WARNING, 1)]


def test_what_was_counted_is_told_though_no_more_of_the_kind_comes() -> None:
    flood = Flood()
    for _ in range(3):
        flood.admit("malformed", Level.WARNING, "a line", {"why": "a"}, 0.0)
    assert list(flood.due(EVERY_S - 1)) == []
    assert list(flood.due(EVERY_S)) == [Counted("malformed", Level.WARNING, 2, "a line", "a")]
    assert list(flood.due(2 * EVERY_S)) == list(flood.rest()) == []


def test_kinds_that_a_server_makes_up_are_told_up_to_a_number() -> None:
    flood = Flood()
    kinds = [f"{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(600)]
    told = [flood.admit("unknown_message", Level.WARNING, "a line", {"type": kind}, 0.0) for kind in kinds]
    assert told.count(0) == KINDS_AT_MOST + 1
    rest = list(flood.rest())
    assert sum(counted.count for counted in rest) == 600 - told.count(0)
    assert rest[-1].text.endswith(" more messages of an unknown type (various types)")


def test_each_gap_is_in_the_log_however_many_there_are(tmp_path: Path) -> None:
    reporter, path = Reporter([]), tmp_path / "events"
    reporter.event_log = EventLog(path, reporter.warning)
    for number in range(3 * AT_FIRST):
        reporter.record("gap", Level.WARNING, "a gap", number=number)
        reporter.record("disconnected", Level.WARNING, "lost", number=number)
    reporter.event_log.close()
    logged = events(path)
    assert [event["number"] for event in logged if event["event"] == "gap"] == list(range(3 * AT_FIRST))
    assert [event["number"] for event in logged if event["event"] == "disconnected"] == list(range(AT_FIRST))
    assert not any("more" in event for event in logged)


@pytest.mark.parametrize(
    ("event", "count", "text"),
    [
        ("malformed", 5, "5 more messages that do not decode (not UTF-8)"),
        ("malformed", 1, "1 more message that does not decode (not UTF-8)"),
        ("unknown_message", 1_234, "1,234 more messages of an unknown type (not UTF-8)"),
        ("disconnected", 2, "2 more like this: the server cut the connection"),
        ("", 1, "1 more like this: the server cut the connection"),
    ],
)
def test_a_count_says_what_was_counted(event: str, count: int, text: str) -> None:
    assert Counted(event, Level.WARNING, count, "the server cut the connection", "not UTF-8").text == text


def test_counts_of_several_reasons_in_a_row_can_be_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter([])
    for why in ("not UTF-8", "not a JSON object"):
        for _ in range(3):
            reporter.record("malformed", Level.WARNING, f"a message that does not decode ({why})", why=why)
    reporter.record("stopped", Level.DEBUG, "")
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "idxstream: warning: 2 more messages that do not decode (not UTF-8)",
        "idxstream: warning: 2 more messages that do not decode (not a JSON object)",
    ]
