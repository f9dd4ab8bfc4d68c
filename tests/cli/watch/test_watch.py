"""`idxstream watch` from the outside: a real process, a real server, real pipes and signals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import COMMAND, GENEROUS_S, Running, environment, run

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


def watch(sim: Simulator, *arguments: str) -> Running:
    return Running("watch", "--url", sim.url, *arguments)


def test_ndjson_is_what_the_feed_published() -> None:
    with Simulator(rate=0, record=True) as sim, watch(sim, "--all", "-n", "3", "-v") as running:
        sim.wait_for_peer()
        for number in range(3):
            sim.publish("IDX_REFRATE_VWAP_BTC", 1.5 + number)
        assert running.wait() == 0
        assert running.out.lines == sim.record
        assert "stopped after 3 values" in running.err.text


def test_the_demo_needs_nothing_and_counts_exactly() -> None:
    done = run("watch", "--demo", "-n", "100", "-f", "ndjson")
    assert (done.wait(), len(done.out.lines), done.err.lines) == (0, 100, [])
    assert all(json.loads(line)["type"] == "index" for line in done.out.lines)


def test_csv_has_one_header_three_fields_and_the_servers_times() -> None:
    done = run("watch", "--demo", "-f", "csv", "-d", "1s")
    assert done.wait() == 0
    header, *rows = [line.split(",") for line in done.out.lines]
    assert header == ["time_coinapi", "index_id", "value"]
    assert len(rows) > 5
    assert all(len(row) == 3 and TIME.fullmatch(row[0]) and float(row[2]) > 0 for row in rows)


def test_the_hello_carries_what_was_asked_for() -> None:
    arguments = ["IDX_B", "IDX_A", "IDX_B", "--update-limit-ms", "500", "--no-heartbeat", "--ids-from", "-"]
    with Simulator(rate=0) as sim, Running("watch", "--url", sim.url, *arguments, stdin=b"IDX_C # c\n") as running:
        assert json.loads(sim.wait_for_peer().received[0]) == {
            "type": "hello",
            "heartbeat": False,
            "subscribe_filter_index_id": ["IDX_B", "IDX_A", "IDX_C"],
            "subscribe_update_limit_ms_index": 500,
        }
        running.interrupt()
        assert running.wait() == 130


def test_all_asks_for_the_unfiltered_stream() -> None:
    with Simulator(rate=0) as sim, watch(sim, "--all"):
        assert json.loads(sim.wait_for_peer().received[0]) == {"type": "hello", "heartbeat": True}


def test_a_line_is_out_at_once_also_when_nothing_follows() -> None:
    with Simulator(rate=0) as sim, watch(sim, "--all", "-f", "csv") as running:
        sim.wait_for_peer()
        delays_s = []
        for number in range(2, 22):  # the header is out with the first one
            sent_s = time.monotonic()
            sim.publish("IDX_REFRATE_VWAP_BTC", 1.0)
            running.out.wait_for(number)
            delays_s.append(running.out.times_s[number - 1] - sent_s)
        # A buffer that waits for more would hold every line; a loaded machine only some.
        assert min(delays_s) < 0.05


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_after_a_close_frame_and_with_all_that_was_received(number: signal.Signals, code: int) -> None:
    with Simulator(rate=0, record=True) as sim, watch(sim, "--all") as running:
        peer = sim.wait_for_peer()
        for value in range(500):
            sim.publish("IDX_REFRATE_VWAP_BTC", value)
        running.out.wait_for(500)
        running.interrupt(number)
        assert running.wait() == code
        peer.wait_closed()
        assert peer.close_code == 1000
        assert running.out.lines == sim.record
        assert running.err.lines == []


def test_a_signal_ends_it_also_when_the_server_is_dead() -> None:
    with Simulator(rate=0) as sim, watch(sim, "--all") as running:
        peer = sim.wait_for_peer()
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1)
        peer.freeze()
        running.interrupt()
        assert running.wait(10.0) == 130


def test_a_signal_ends_it_while_it_connects_and_while_it_waits() -> None:
    with Simulator(rate=0) as sim:
        sim.pause_accepting()
        with watch(sim, "--all") as running:
            running.err.wait_until("cannot connect to .*refused")
            running.interrupt(signal.SIGTERM)
            assert running.wait(10.0) == 143


def test_head_ends_it_at_once_with_141_and_without_a_word() -> None:
    script = " ".join([*COMMAND, "watch --demo -f ndjson | head -n 1; echo ${PIPESTATUS[0]}"])
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=GENEROUS_S, env=environment(), check=False
    )
    first, code = done.stdout.splitlines()
    assert json.loads(first)["type"] == "index"
    assert (code, done.stderr) == ("141", "")


def test_a_reader_that_leaves_ends_it_also_when_the_feed_is_silent() -> None:
    with Simulator(rate=0) as sim:
        process = subprocess.Popen(
            [*COMMAND, "watch", "--all", "--url", sim.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        sim.wait_for_peer()
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(GENEROUS_S) == 141
        assert process.stderr is not None
        with process.stderr as errors:
            assert errors.read() == b""


@pytest.mark.parametrize(
    "arguments", [["-d", "300ms"], ["--max-bytes", "2kB"], ["--idle-timeout", "200ms"]], ids=lambda given: given[0]
)
def test_stops_that_were_asked_for_exit_with_0(arguments: list[str]) -> None:
    rate = 0 if "--idle-timeout" in arguments else 500
    with Simulator(rate=rate) as sim, watch(sim, "--all", *arguments) as running:
        assert running.wait() == 0


def test_bad_messages_are_counted_and_told_and_the_stream_goes_on() -> None:
    good = '{"type":"index","index_id":"IDX_A","time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1.50}'
    bad = ["{", '{"type":"index","index_id":"IDX_A","value":1}', good.replace("1.50", "true"), '{"type":"trade"}']
    with Simulator(rate=0) as sim, watch(sim, "--all", "-n", "7", "--stats", "10ms") as running:
        peer = sim.wait_for_peer()
        for text in bad:
            peer.send_text(text)
            peer.send_text(good)
        peer.send_binary(good.encode())
        peer.send_text(good.encode().replace(b"IDX_A", b"\xff"))
        peer.send_fragments([good[:10], good[10:40], good[40:]])
        peer.send_text(good)
        running.out.wait_for(6)
        running.err.wait_until(" 5 malformed")
        peer.send_text(good)
        assert running.wait() == 0
        assert running.out.lines == [good] * 7
        assert (
            len([line for line in running.err.lines if "does not decode" in line]) == 5
        )  # each for a reason of its own
        assert "5 messages did not decode" in running.err.text
        assert "an unknown type, 'trade'" in running.err.text


def test_a_huge_message_costs_the_connection_and_not_the_stream() -> None:
    with Simulator(rate=0, record=True) as sim, watch(sim, "--all") as running:
        peer = sim.wait_for_peer()
        peer.send_text(b'{"type":"index","index_id":"' + b"x" * (16 << 20))
        second = sim.wait_for_peer(2)
        assert "more than 1024 KiB" in running.err.wait_until("more than")
        sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        assert running.out.wait_for(1) == sim.record
        assert second.is_open


def test_a_lost_connection_is_made_again_with_the_same_hello_and_the_gap_is_told() -> None:
    with Simulator(rate=0, record=True) as sim, watch(sim, "--all", "--include", "gap") as running:
        first = sim.wait_for_peer()
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        running.out.wait_for(1)
        first.cut("rst")
        second = sim.wait_for_peer(2)
        sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        running.out.wait_for(3)
        assert second.received == first.received
        before, gap, after = running.out.lines
        assert [before, after] == sim.record
        assert json.loads(gap)["type"] == "gap"
        assert json.loads(gap)["seconds"] > 0
        running.err.wait_until("a gap of")


def test_a_reconnect_notice_moves_to_another_connection() -> None:
    with Simulator(rate=0) as sim, watch(sim, "--all", "-v") as running:
        sim.wait_for_peer()
        sim.restart(within_s=30)
        sim.wait_for_peer(2)
        running.err.wait_until("is going away within 30 s")


def test_silence_means_a_new_connection_and_heartbeats_mean_life() -> None:
    with Simulator(rate=0, heartbeat_s=0.1) as sim, watch(sim, "--all", "--stale-after", "1s") as running:
        first = sim.wait_for_peer()
        first.freeze()
        sim.wait_for_peer(2, GENEROUS_S)
        assert "was silent for 1 s" in running.err.wait_until("silent")


def test_included_heartbeats_and_notices_are_lines() -> None:
    with Simulator(rate=0, heartbeat_s=0.05) as sim, watch(sim, "--all", "--include", "heartbeat,reconnect") as running:
        sim.wait_for_peer()
        assert json.loads(running.out.wait_for(1)[0]) == {"type": "heartbeat"}
        sim.restart(within_s=20)
        assert '"type":"reconnect"' in running.out.wait_until("reconnect")


def test_statistics_lines() -> None:
    with Simulator(rate=0) as sim, watch(sim, "--all", "--stats", "50ms", "-q") as running:
        sim.wait_for_peer()
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        line = running.err.wait_until("live: 1 value")
        assert re.search(
            r"live: 1 value, [\d.]+/s, \d+ bytes received, 0 malformed, 1 connection, 0.0 of 16 MiB to write", line
        )


def test_a_stalled_reader_holds_the_server_back_and_nothing_is_lost(tmp_path: Path) -> None:
    message = '{"type":"index","index_id":"IDX_A","time_coinapi":"%s","value":1}'
    with Simulator(rate=0, max_buffered=10**9) as sim:
        process = subprocess.Popen(
            [*COMMAND, "watch", "--all", "--url", sim.url, "-n", "1000", "--event-log", str(tmp_path / "events")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        peer = sim.wait_for_peer()
        assert process.stdout is not None
        assert process.stderr is not None
        texts = [message % (f"{number:05d}" * 10_000) for number in range(1000)]
        for text in texts:
            peer.send_text(text)
        for line in process.stderr:
            if b"held back" in line:
                break
        with process.stdout as out:
            assert out.read().decode().splitlines() == texts
        process.stderr.close()
        assert process.wait(GENEROUS_S) == 0
    events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    (pressure,) = [event for event in events if event["event"] == "backpressure"]
    assert pressure["seconds"] > 0


def test_a_count_that_was_reached_is_a_success_whatever_the_server_says_next() -> None:
    good = '{"type":"index","index_id":"IDX_A","time_coinapi":"2017-03-18T22:42:21.0000000Z","value":1.50}'
    error = '{"type":"error","message":"Quota exceeded"}'
    frames = b"".join(bytes([0x81, len(text)]) + text.encode() for text in (good, good, good, error))
    for arguments in ([], ["--reconnect", "never"]):
        with Simulator(rate=0) as sim, watch(sim, "--all", "-n", "3", *arguments) as running:
            sim.wait_for_peer().send_bytes(frames + b"\x88\x02\x03\xe9")
            assert running.wait() == 0
            assert running.out.lines == [good] * 3


def test_a_signal_ends_it_also_when_nobody_reads_stdout_and_stderr() -> None:
    message = '{"type":"index","index_id":"IDX_A","time_coinapi":"%s","value":1}' % ("x" * 60_000)
    with Simulator(rate=0, max_buffered=10**9) as sim:
        process = subprocess.Popen(
            [*COMMAND, "watch", "--all", "--url", sim.url, "-v", "--stats", "1ms"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(),
        )  # fmt: skip
        peer = sim.wait_for_peer()
        for _ in range(150):
            peer.send_text(message)
        peer.ping().result(GENEROUS_S)  # it is alive, and everything it can hold is on its way
        process.send_signal(signal.SIGINT)
        assert process.wait(GENEROUS_S) == 130
        assert process.stdout is not None
        process.stdout.close()
