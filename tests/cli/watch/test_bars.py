"""`watch --bars`: bars instead of values, in every output, by the feed's time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.help.terminals import shown_on_a_terminal
from tests.cli.watch.endings import the_line
from tests.harness import GENEROUS_S, Running, run, run_here

BTC, ETH = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"
MINUTE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)  # of a capture that is replayed: all of it is long past
FIELDS = "index_id,time_start,time_end,open,high,low,close,count,complete"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(rate=0) as simulator:
        yield simulator


def at(seconds: float) -> str:
    return f"{(MINUTE + timedelta(seconds=seconds)).isoformat(timespec='microseconds').partition('+')[0]}0Z"


def publish(sim: Simulator, *values: tuple[str, str, float]) -> None:
    for index_id, text, seconds in values:
        sim.publish(index_id, text, at(seconds))


def watching(sim: Simulator, *arguments: str) -> Running:
    return Running("watch", "--url", sim.url, "--all", "--bars", "1m", *arguments)


VALUES = [
    (BTC, "1.50", -5.0),
    (BTC, "2.10", 1.0),
    (BTC, "2.0", 2.0),
    (ETH, "7e0", 2.0),
    (BTC, "2.50", 59.0),
    (BTC, "2.20", 58.0),
    (ETH, "7.10", 61.0),
    (BTC, "2.30", 59.5),
    (BTC, "9", 130.0),
    (BTC, "8", 1.0),
]


def test_bars_are_written_in_the_texts_that_came(sim: Simulator) -> None:
    with watching(sim, "-n", str(len(VALUES))) as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        publish(sim, *VALUES)
        assert running.wait() == 0
        assert running.err.lines == [f"idxstream: warning: 1 value came too late for a bar: {BTC} of {at(1)}"]
        lines = running.out.lines
    begin, middle = '{"type":"bar","index_id":', ',"time_start":"2026-11-26T09:30:00.0000000Z"'
    assert lines[1] == (
        f'{begin}"{BTC}"{middle},"time_end":"2026-11-26T09:31:00.0000000Z"'
        ',"open":2.10,"high":2.50,"low":2.0,"close":2.30,"count":5,"complete":true}'
    )
    bars = [json.loads(line) for line in lines]
    shown = [(bar["index_id"], bar["time_start"], bar["count"], bar["complete"]) for bar in bars]
    assert shown == [
        (BTC, at(-60), 1, False),
        (BTC, at(0), 5, True),
        (ETH, at(0), 1, True),
        (ETH, at(60), 1, True),
        (BTC, at(120), 1, False),
    ]


def test_as_csv_in_files_and_beside_a_pipe(sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "bars.csv.gz"
    with watching(sim, "-n", str(len(VALUES)), "-o", str(file), "-o", "-") as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        publish(sim, *VALUES)
        assert running.wait() == 0
        assert [json.loads(line)["type"] for line in running.out.lines] == ["bar"] * 5
    head, *rows = gzip.decompress(file.read_bytes()).decode().splitlines()
    assert head == FIELDS
    assert rows[1] == f"{BTC},{at(0)},{at(60)},2.10,2.50,2.0,2.30,5,true"
    assert len(rows) == 5


def test_a_gap_makes_bars_incomplete_and_stands_beside_the_file(sim: Simulator, tmp_path: Path) -> None:
    file, log = tmp_path / "bars.csv", tmp_path / "events.ndjson"
    with watching(sim, "-n", "6", "-o", str(file), "--event-log", str(log)) as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        publish(sim, (BTC, "1", -60), (BTC, "2", 0), (BTC, "3", 60))
        sim.drop()
        sim.wait_for_peer(2, timeout_s=GENEROUS_S)
        publish(sim, (BTC, "4", 70), (BTC, "5", 125), (BTC, "6", 182))
        assert running.wait() == 0
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    assert [(row[1], row[-1]) for row in rows] == [
        (at(-60), "false"),
        (at(0), "true"),
        (at(60), "false"),
        (at(120), "true"),
        (at(180), "false"),
    ]
    (gap,) = (tmp_path / "bars.gaps.ndjson").read_text().splitlines()
    assert (json.loads(gap)["time_coinapi_from"], json.loads(gap)["time_coinapi_to"]) == (at(60), at(70))


def test_a_signal_writes_what_is_open(sim: Simulator) -> None:
    with watching(sim) as running:
        sim.wait_for_peer(timeout_s=GENEROUS_S)
        publish(sim, (BTC, "0", -60), (BTC, "1", 0), (BTC, "2", 3))  # the last of them closes the first bar
        running.out.wait_for(1)
        running.interrupt()
        assert running.wait() == 130
        _, bar = map(json.loads, running.out.lines)
    assert (bar["open"], bar["count"], bar["complete"]) == (1, 2, False)


def test_one_that_goes_on_with_a_file_says_from_where(tmp_path: Path) -> None:
    file = tmp_path / "bars.ndjson"
    for _ in range(2):
        done = run("watch", "--demo", BTC, "--bars", "1ms", "-n", "5", "-o", str(file), "-q")
        assert done.process.returncode == 0
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "bars.gaps.ndjson").read_text().splitlines()]
    assert kinds == ["not_running"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bars", "7m"], "'7m' does not divide a day"),
        (["--bars", "25h"], "'25h' does not divide a day"),
        (["--bars", "0.1ms"], "does not divide a day"),
        (["--bars", "0"], "too short"),
        (["--bars", "1m", "--fields", "value"], "--bars and --fields contradict each other"),
        (["--bars", "1m", "--include", "gap"], "--bars and --include contradict each other"),
        (["--bars", "1m", "-o", "x.csv", "--wait-lock", "1s"], "--bars and --wait-lock contradict each other"),
        (["--bars", "1m", "-o", "nats://127.0.0.1/S"], "--bars and --output nats://127.0.0.1/S contradict each other"),
    ],
)
def test_what_cannot_be_had_is_a_usage_error(arguments: list[str], words: str) -> None:
    done = run_here("watch", "--demo", *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert words in done.err


def test_days_and_parts_of_a_day_are_fine_and_a_flag_beats_the_fields_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('fields = ["value"]\n')
    for length in ("2d", "24h", "1m30s", "250ms"):
        done = run(
            "watch", "--demo", "-n", "1", "-f", "csv", "--bars", length, "--config", str(tmp_path / "config.toml")
        )
        assert (done.process.returncode, done.out.lines[0], len(done.out.lines)) == (0, FIELDS, 2)


def test_the_settings_cannot_have_both(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('fields = ["value"]\nbars = "1m"\n')
    done = run("watch", "--demo", "--config", str(tmp_path / "config.toml"))
    assert "contradict each other" in the_line(done, 2)


def test_on_a_terminal_bars_are_lines_and_a_table_of_them_is_a_usage_error() -> None:
    bar = shown_on_a_terminal("watch", "--demo", "-q", "--bars", "1m", "-n", "1")
    assert json.loads(bar.splitlines()[0])["type"] == "bar"
    refused = shown_on_a_terminal("watch", "--demo", "--bars", "1m", "-f", "table")
    assert refused == "idxstream: --bars does not work with -f table\n→ use -f ndjson or -f csv\n"
