"""The series that is written equals the feed's own record: across restarts exactly, across losses with honest gaps."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Peer, Simulator
from tests.harness import GENEROUS_S, Running

VALUES_PER_S = 2000
FIFTY_IDS_IN_ALL = 10  # beside the forty of the catalogue
RESTARTS = 5  # more of them in ten seconds would be held to the pace


@contextmanager
def feed(**options: float) -> Iterator[Simulator]:
    with Simulator(rate=0, record=True, extra_ids=FIFTY_IDS_IN_ALL, max_buffered=10**9, **options) as sim:  # type: ignore[arg-type]
        assert len(sim.index_ids) == 50
        yield sim


def watching(sim: Simulator, *arguments: str) -> Running:
    return Running("watch", "--all", "-f", "ndjson", "--url", sim.url, *arguments)


def events(path: Path, *names: str) -> list[dict[str, object]]:
    logged = [json.loads(line) for line in path.read_text().splitlines()]
    return [event for event in logged if not names or event["event"] in names]


def finish(sim: Simulator, running: Running, *, missing: int = 0) -> list[str]:
    """The lines that were written, when all that was published could have arrived."""
    sim.stop_walk()
    running.out.wait_for(len(sim.record) - missing)
    running.interrupt(signal.SIGTERM)
    assert running.wait() == 143
    return running.out.lines


def restart(sim: Simulator, old: Peer, number: int, log: Path, delay_s: float = 0.0) -> Peer:
    """As the server's restart, but the old connection is closed when the new one is there, however slow the machine."""
    old.send_text('{"type":"reconnect","within_seconds":2,"before_time":"2020-08-06T19:19:09.7035429Z"}')
    new = sim.wait_for_peer(number, GENEROUS_S)
    new.delay_s = delay_s
    wait_for_events(log, "connected", number)
    return new


def wait_for_events(log: Path, name: str, count: int) -> None:
    """The server sees a connection before the client's main thread does: only the client's own word counts."""
    until_s = time.monotonic() + GENEROUS_S
    while log.read_text().count(f'"event":"{name}"') < count:
        assert time.monotonic() < until_s, log.read_text()
        time.sleep(0.005)


def no_delay(_number: int) -> float:
    return 0.0


def old_one_late(number: int) -> float:
    return 0.3 if number % 2 == 1 else 0.0


def new_one_late(number: int) -> float:
    return 0.3 if number % 2 == 0 else 0.0


@pytest.mark.parametrize("delay_of", [no_delay, old_one_late, new_one_late])
def test_restarts_in_a_row_lose_double_and_move_nothing(delay_of: Callable[[int], float], tmp_path: Path) -> None:
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--event-log", str(log)) as running:
        peer = sim.wait_for_peer(1)
        peer.delay_s = delay_of(1)
        sim.start_walk(VALUES_PER_S)
        for number in range(2, RESTARTS + 2):
            following = restart(sim, peer, number, log, delay_of(number))
            running.out.wait_for(len(sim.record) + 200)  # both are there for a tenth of a second at least
            peer.close(1001, "going away")
            wait_for_events(log, "handover", number - 1)  # else the signal at the end can be there before the close
            peer = following
        lines = finish(sim, running)
        assert len(lines) > VALUES_PER_S // 2
        assert lines == sim.record
        assert running.err.lines == []
    assert len(events(log, "handover")) == RESTARTS
    assert events(log, "gap") == []


def test_a_chain_of_notices_before_the_handover_is_done(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--event-log", str(log)) as running:
        sim.wait_for_peer(1)
        sim.start_walk(VALUES_PER_S)
        for number in range(2, 6):
            sim.restart(within_s=2.0)  # a notice to the second connection too, while the first still delivers
            sim.wait_for_peer(number, GENEROUS_S)
        sim.wait_for_peer(3).wait_closed(GENEROUS_S)
        assert finish(sim, running) == sim.record
    assert events(log, "gap") == []


def cut_fin(peer: Peer) -> None:
    peer.cut("fin")


def cut_rst(peer: Peer) -> None:
    peer.cut("rst")


def close_1011(peer: Peer) -> None:
    peer.close(1011, "internal error")


def half_a_frame(peer: Peer) -> None:
    peer.send_bytes(b'\x81\x7e\x01\x00{"type":"index","index_id":"IDX_')
    peer.cut("fin")


def freeze(peer: Peer) -> None:
    peer.freeze()


@pytest.mark.parametrize("cut", [cut_fin, cut_rst, close_1011, half_a_frame, freeze])
def test_after_a_loss_the_series_goes_on_and_what_is_missing_lies_in_the_gap(
    cut: Callable[[Peer], None], tmp_path: Path
) -> None:
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--event-log", str(log), "--stale-after", "1s") as running:
        first = sim.wait_for_peer(1)
        sim.start_walk(VALUES_PER_S)
        running.out.wait_for(500)
        sim.pause_accepting()
        cut(first)
        running.err.wait_until("next try|connecting again")
        running.err.wait_until("refused")
        sim.resume_accepting()
        sim.wait_for_peer(2, GENEROUS_S)
        so_far = len(running.out.lines)
        running.out.wait_for(so_far + 500)
        sim.stop_walk()
        running.err.wait_until("a gap of")
        record = sim.record
        last = record[-1]
        running.out.wait_until(last.replace("{", r"\{").replace(".", r"\."))
        running.interrupt()
        assert running.wait() == 130
        lines = running.out.lines
    (gap,) = events(log, "gap")
    check_gap(record, lines, gap)
    (lost, *_) = events(log, "disconnected")
    assert lost["connection"] == 1
    assert isinstance(lost["after_seconds"], float)
    assert lost["code"] == (1011 if cut is close_1011 else None)


def check_gap(record: list[str], lines: list[str], gap: dict[str, object]) -> None:
    """What was written is the record without one stretch, and the gap's bounds hold that stretch."""
    before = next(
        at for at, (written, published) in enumerate(zip(lines, record, strict=False)) if written != published
    )
    missing = len(record) - len(lines)
    assert missing > 0
    assert lines == record[:before] + record[before + missing :]
    sent_before, sent_after = (json.loads(record[at])["time_coinapi"] for at in (before - 1, before + missing))
    lost_times = [json.loads(line)["time_coinapi"] for line in record[before : before + missing]]
    assert sent_before <= min(lost_times)
    assert max(lost_times) <= sent_after <= str(gap["to"])
    # The bounds are times of receipt: the last one before was sent a moment before it was received.
    assert sent_before <= str(gap["from"]) < str(gap["to"])
    assert str(gap["from"]) <= lost_times[len(lost_times) // 100 + 20]


def test_stale_after_two_seconds_finds_a_frozen_server_within_three() -> None:
    with feed(heartbeat_s=0.2) as sim, watching(sim, "--stale-after", "2s") as running:
        first = sim.wait_for_peer(1)
        frozen_s = time.monotonic()
        first.freeze()
        running.err.wait_until("was silent for 2 s")
        sim.wait_for_peer(2, GENEROUS_S)
        took_s = running.err.times_s[0] - frozen_s
        assert took_s > 1.5
        assert took_s < GENEROUS_S


@pytest.mark.parametrize("sign_of_life", ["heartbeat", "ping"])
def test_a_quiet_server_that_lives_is_not_taken_for_dead(sign_of_life: str) -> None:
    heartbeats = sign_of_life == "heartbeat"
    timing = {"heartbeat_s": 0.1} if heartbeats else {"ping_interval_s": 0.1}
    arguments = ["--stale-after", "600ms", *([] if heartbeats else ["--no-heartbeat"])]
    with feed(**timing) as sim, watching(sim, *arguments, "-d", "2500ms") as running:
        assert running.wait() == 0
        assert sim.connections_made == 1
        assert running.err.lines == []


@pytest.mark.parametrize(("strategy", "handovers"), [("handover", 1), ("immediate", 0), ("wait", 0)])
def test_each_way_to_take_a_notice(strategy: str, handovers: int, tmp_path: Path) -> None:
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--reconnect", strategy, "--event-log", str(log)) as running:
        first = sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1)
        sim.restart(within_s=20)
        if strategy == "handover":
            wait_for_events(log, "connected", 2)
            sim.wait_for_peer(2, GENEROUS_S)
            sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        if strategy != "immediate":
            running.out.wait_for(len(sim.record))
            first.close(1001)
        first.wait_closed(GENEROUS_S)
        sim.wait_for_peer(2, GENEROUS_S)
        sim.publish("IDX_REFRATE_VWAP_BTC", 3)
        assert running.out.wait_for(len(sim.record)) == sim.record
        running.interrupt()
        running.wait()
    assert len(events(log, "handover")) == handovers
    assert len(events(log, "gap")) == (0 if handovers else 1)


def test_never_ends_the_run_with_exit_5() -> None:
    with feed() as sim, watching(sim, "--reconnect", "never") as running:
        sim.wait_for_peer(1).cut()
        assert running.wait() == 5
        (line,) = [line for line in running.err.lines if "the connection ended" in line]
        assert "--reconnect never" in line


def test_an_old_one_that_does_not_go_is_ended(tmp_path: Path) -> None:
    """Five seconds past its time, which is now: the notice is said to be over."""
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--event-log", str(log)) as running:
        first = sim.wait_for_peer(1)
        first.send_text('{"type":"reconnect","within_seconds":-4,"before_time":"2020-08-06T19:19:09.7035429Z"}')
        second = sim.wait_for_peer(2)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        first.wait_closed(GENEROUS_S)
        assert first.close_code == 1000
        assert second.is_open
        sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        assert running.out.wait_for(2) == sim.record


def test_the_events_of_a_session(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with feed() as sim, watching(sim, "--event-log", str(log)) as running:
        first = sim.wait_for_peer(1)
        first.send_text("no message" + "x" * 3000)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1)
        second = restart(sim, first, 2, log)
        sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        running.out.wait_for(2)
        first.close(1001)
        first.wait_closed(GENEROUS_S)
        sim.publish("IDX_REFRATE_VWAP_BTC", 3)
        running.out.wait_for(3)  # it came on the second connection alone, so the handover is done
        second.send_text('{"type":"error","message":"Line one\\nand \\u001b[31mtwo"}')
        running.err.wait_until("Line one and")
        running.interrupt()
        assert running.wait() == 130
    logged = events(log)
    assert [event["event"] for event in logged[:13]] == [
        "started", "connecting", "connected", "subscribed", "malformed", "reconnect_notice",
        "connecting", "connected", "subscribed", "disconnected", "handover",
        "server_error", "disconnected",
    ]  # fmt: skip
    assert logged[-1]["event"] == "stopped"
    assert all(str(event["time"]).endswith("Z") for event in logged)
    by_name = {str(event["event"]): event for event in logged}
    assert len(str(by_name["malformed"]["text"]).encode()) == 1024
    assert by_name["server_error"]["message"] == "Line one\nand \x1b[31mtwo"
    assert by_name["handover"]["from"] == 1
    assert by_name["stopped"]["values"] == 3
    assert by_name["stopped"]["handovers"] == 1
    assert "\x1b" not in running.err.text


def test_an_event_log_that_cannot_be_written(tmp_path: Path) -> None:
    with feed() as sim, watching(sim, "--event-log", str(tmp_path)) as running:
        assert running.wait() == 6
        assert "cannot write --event-log" in running.err.text


def test_events_are_appended(tmp_path: Path) -> None:
    log = tmp_path / "events"
    for _ in range(2):
        with feed() as sim, watching(sim, "--event-log", str(log), "-d", "200ms") as running:
            assert running.wait() == 0
    assert len(events(log, "stopped")) == 2
