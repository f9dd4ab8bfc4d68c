"""--wait-lock beside lines that are hard to read: what a feed may send one day, and what somebody else wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.harness import GENEROUS_S

ODD_IDS = ['a"b', "a,b", "line\nend", 'x\n","y', "\r", "", "t,A,1", "Ü \u2028"]
ODD_NUMBERS = [
    "1e5",
    "67401.10",
    "-0.0",
    "12345678901234567890.5",
    "18446744073709551616",
    "9007199254740993",
    "5e-324",
]


def odd_messages() -> list[str]:
    numbers = ODD_NUMBERS * 2
    return [
        f'{{"type":"index","index_id":{json.dumps(index_id)},"time_coinapi":"2026-01-01T00:00:0{at}Z","value":{number},'
        f'"new":[{"1e999" if at % 2 else "1.0"},{{}}]}}'
        for at, (index_id, number) in enumerate(zip(ODD_IDS, numbers, strict=False))
    ]


NOTICE = '{"type":"reconnect","within_seconds":600,"before_time":""}'


def send(sim: Simulator, texts: list[str], *numbers: int) -> None:
    for number in numbers:
        peer = sim.wait_for_peer(number, GENEROUS_S)
        for text in texts:
            peer.send_text(text)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ticks.csv", []),
        ("ticks.csv", ["--fields", "value,index_id,time_received,time_coinapi", "--no-header"]),
        ("ticks.ndjson", []),
        ("ticks.ndjson", ["--fields", "value,index_id,time_coinapi"]),
    ],
)
def test_odd_values_stand_once_whichever_run_wrote_them(name: str, arguments: list[str], tmp_path: Path) -> None:
    path, alone, log = tmp_path / name, tmp_path / f"alone-{name}", tmp_path / "events"
    texts = odd_messages()
    with Simulator(rate=0) as sim, capture(sim, path, *arguments) as first:
        send(sim, texts[:4], 1)
        wait_until(lambda: path.exists() and path.read_bytes().endswith(b"\n") and b"67401.1" in path.read_bytes())
        waiting = ("--wait-lock", "60s", "--event-log", str(log), "--reconnect", "wait")
        with capture(sim, path, *waiting, *arguments) as second:
            send(sim, [*texts, NOTICE], 2)
            wait_until(lambda: '"reconnect_notice"' in log.read_text())  # so all before it was received, too
            send(sim, texts[4:6], 1)
            wait_until(lambda: b"9007199254740993" in path.read_bytes())
            first.interrupt()
            assert first.wait() == 130
            wait_until(lambda: '"took_over"' in log.read_text())
            second.interrupt()
            assert second.wait() == 130
            assert second.err.lines == []
        waited, took_over = (
            next(event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == name)
            for name in ("waiting_lock", "took_over")
        )
        assert (waited["file"], waited["pid"]) == (str(path), first.process.pid)
        assert (took_over["values_dropped"], took_over["values_written"]) == (6, 2)
        with capture(sim, alone, *arguments, "-n", str(len(texts))) as whole:
            send(sim, texts, 3)
            assert whole.wait() == 0
    if "time_received" in "".join(arguments):
        assert path.read_text().count("\n") == alone.read_text().count("\n")
    else:
        assert path.read_bytes() == alone.read_bytes()


FOREIGN_ROWS = ['x,"never closed', "a,b,[1]", "a,b,true", "a,b,1e999", '"', f"a,{'b' * 200_000},1"]


def test_rows_of_somebody_else_hide_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    path.write_text("time_coinapi,index_id,value\n" + "".join(f"{row}\n" for row in FOREIGN_ROWS))
    before = path.read_bytes()
    with Simulator(rate=0, record=True) as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        with capture(sim, path, "--wait-lock", "60s", "-n", "3") as second:
            sim.wait_for_peer(2, GENEROUS_S)
            for value in (1.5, 2.5):
                sim.publish("IDX_REFRATE_VWAP_BTC", value)
            wait_until(lambda: path.read_bytes().endswith(b"2.5\n"))
            first.interrupt()
            assert first.wait() == 130
            sim.publish("IDX_REFRATE_VWAP_BTC", 3.5)
            assert second.wait() == 0
            assert second.err.lines == []
    rows = path.read_bytes().removeprefix(before).decode().splitlines()
    assert [row.split(",")[2] for row in rows] == ["1.5", "2.5", "3.5"]


@pytest.mark.parametrize("name", ["ticks.csv", "ticks.csv.gz"])
def test_other_columns_are_told_before_anybody_waits(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with Simulator(rate=0) as sim, capture(sim, path) as first:
        sim.wait_for_peer(1)
        sim.publish("IDX_REFRATE_VWAP_BTC", 1.5)
        wait_until(path.exists)
        wait_until(lambda: path.stat().st_size > 0)
        with capture(sim, path, "--wait-lock", "60s", "--fields", "index_id,time_coinapi,value") as second:
            assert second.wait() == 6
            assert "has the columns time_coinapi,index_id,value, not index_id,time_coinapi,value" in second.err.text
        assert sim.connections_made == 1
        first.interrupt()
        assert first.wait() == 130
