"""`watch --alert` and `--exec`: what is told, to whom, and that nothing waits for a command."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.watch.alert_command import AT_ONCE, AlertCommand
from coinapi_idx_cli.protocol.alerts import Alert
from coinapi_idx_cli.simulator import SIMULATOR, Simulator
from tests.cli.watch.endings import the_line
from tests.harness import COMMAND, GENEROUS_S, Running, run, run_here
from tests.table.screens import terminal
from tests.table.test_jobs import running

BTC, ETH = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"
TIME = "2026-11-26T09:30:00.0000000Z"
KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(rate=0, server=SIMULATOR, api_key=KEY) as simulator:
        yield simulator


def watching(sim: Simulator, *arguments: str) -> Running:
    return Running("watch", "--url", sim.url, BTC, *arguments, env={"COINAPI_KEY": KEY})


def publish(sim: Simulator, *texts: str) -> None:
    sim.wait_for_peer(timeout_s=GENEROUS_S)
    for text in texts:
        sim.publish(BTC, text, TIME)


def wait_for(path: Path) -> str:
    until_s = time.monotonic() + GENEROUS_S
    while not path.exists() or not path.read_text().endswith("end\n"):
        assert time.monotonic() < until_s
        time.sleep(0.01)
    return path.read_text()


def test_it_is_told_on_stderr_and_in_the_event_log(sim: Simulator, tmp_path: Path) -> None:
    log = tmp_path / "events.ndjson"
    rules = ["--alert", "btc_usd > 70000", "--alert", f"{BTC} < 60000"]
    with watching(sim, "-n", "5", "-q", *rules, "--event-log", str(log)) as here:
        publish(sim, "69000", "70000.10", "69990", "70001", "59999.90")
        assert here.wait() == 0
        assert len(here.out.lines) == 5
        assert here.err.lines == [
            f"idxstream: alert: btc_usd > 70000: 70000.10 at {TIME}",
            f"idxstream: alert: {BTC} < 60000: 59999.90 at {TIME}",
        ]
    events = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "alert"]
    assert [event["rule"] for event in events] == ["btc_usd > 70000", f"{BTC} < 60000"]
    del events[0]["time"]
    assert events[0] == {
        "event": "alert",
        "rule": "btc_usd > 70000",
        "index_id": BTC,
        "value": "70000.10",
        "time_coinapi": TIME,
    }


def test_silence_and_gaps(sim: Simulator) -> None:
    with watching(sim, "--alert", "btc_usd silent 100ms", "--alert", "gap") as here:
        publish(sim, "1.50")
        here.err.wait_until(f"alert: btc_usd silent 100ms: 1.50 at {TIME}")
        sim.drop()
        sim.wait_for_peer(2, timeout_s=GENEROUS_S)
        sim.publish(BTC, "2", TIME)
        here.err.wait_until(f"alert: gap at {TIME}")


def test_bars_do_not_hide_values_from_it(sim: Simulator) -> None:
    with watching(sim, "-n", "2", "--bars", "1m", "--alert", "btc_usd > 1") as here:
        publish(sim, "1", "1.5")
        assert here.wait() == 0
        assert here.err.lines == [f"idxstream: alert: btc_usd > 1: 1.5 at {TIME}"]


def test_the_command_gets_what_happened_and_no_key(sim: Simulator, tmp_path: Path) -> None:
    told = tmp_path / "told of it"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\n{{ env; echo "args:$1:$2"; echo end; }} > {shlex.quote(str(told))}\necho noise\n')
    script.chmod(0o755)
    env = {"COINAPI_KEY": KEY, "OTHER": f"x{KEY}", "KEPT": "1"}
    command = f"{script} 'two words' '$HOME;|'"
    arguments = ["--url", sim.url, BTC, "-n", "1", "--alert", "btc_usd > 1", "--exec", command]
    with Running("watch", *arguments, env=env) as here:
        publish(sim, "1.50")
        assert here.wait() == 0
        assert len(here.out.lines) == 1
    text = wait_for(told)
    assert "args:two words:$HOME;|\n" in text
    lines = text.splitlines()
    for name, value in (("ALERT", "btc_usd > 1"), ("INDEX_ID", BTC), ("VALUE", "1.50"), ("TIME", TIME)):
        assert f"IDXSTREAM_{name}={value}" in lines
    assert KEY not in text
    assert "KEPT=1" in lines


def test_a_command_that_hangs_delays_nothing(sim: Simulator, tmp_path: Path) -> None:
    hangs = ["--exec", "sleep 10", "--alert", "btc_usd > 1"]
    with watching(sim, "-n", "100", *hangs) as here:
        publish(sim, *["2", "0"] * 50)
        assert here.wait() == 0
        assert len(here.out.lines) == 100
        assert sum("alert: btc_usd" in line for line in here.err.lines) == 50
        assert "4 commands of --exec run already" in here.err.text
        assert f"for {50 - AT_ONCE} alerts no command was run, as 4 were running" in here.err.text


def test_a_command_that_cannot_be_run_or_fails_is_told(sim: Simulator) -> None:
    with watching(sim, "-n", "2", "--alert", "btc_usd > 1", "--exec", "/no/such/program") as here:
        publish(sim, "2")
        here.err.wait_until("cannot run --exec")  # at its end a run waits a second for it, and no longer
        sim.publish(BTC, "2", TIME)
        assert here.wait() == 0
        assert "idxstream: warning: cannot run --exec /no/such/program: No such file or directory" in here.err.lines
    with watching(sim, "--alert", "btc_usd > 1", "--exec", "false") as here:
        sim.wait_for_peer(2, timeout_s=GENEROUS_S)
        sim.publish(BTC, "2", TIME)
        here.err.wait_until("the command of --exec, false, exited with 1")


def test_four_run_at_a_time_and_a_place_becomes_free(tmp_path: Path) -> None:
    warnings: list[str] = []
    os.mkfifo(tmp_path / "fifo")
    command = AlertCommand(("sh", "-c", f"read line < {tmp_path}/fifo"), os.environ, warnings.append, str)
    for _ in range(AT_ONCE + 2):
        command.run(Alert("gap"))
    assert len(warnings) == 1
    with (tmp_path / "fifo").open("w") as fifo:
        fifo.write("x\n" * AT_ONCE)
    command.close()
    assert warnings[-1] == "for 2 alerts no command was run, as 4 were running"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--alert", "btc_usd >"], "--alert 'btc_usd >' ends where a number belongs"),
        (["--alert", "btx_usd > 1"], "no index is called 'btx_usd'; did you mean"),
        (["--alert", "usd > 1"], "'usd' may be any of"),
        (["--alert", "eth_usd > 1"], f"'eth_usd > 1' is about {ETH}, which this run does not watch"),
        (["--alert", "IDX_* > 1"], "'IDX_*' is not an index id"),
        (["--alert", "a,b > 1"], "'a,b' is not an index id"),
        (["--exec", "true"], "--exec needs --alert"),
        (["--alert", "gap", "--exec", "'"], "cannot be cut into words"),
        (["--alert", "gap", "--exec", " "], "--exec names no command"),
    ],
)
def test_what_is_wrong_ends_the_run_before_it_begins(arguments: list[str], words: str) -> None:
    done = run_here("watch", "--demo", "btc_usd", *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert words in done.err


def test_a_stream_has_no_short_names() -> None:
    done = run_here("watch", "--url", "nats://127.0.0.1/S", "--alert", "btc_usd > 1")
    assert (done.code, done.out) == (2, "")
    assert "'btc_usd' is a short name" in done.err


def test_in_the_settings_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'ids = "btc_usd"\nalert = ["btc_usd > 1", "gap"]\n[profile.quiet]\nalert = "btc_usd < 1"\n'
    )
    config = ["--config", str(tmp_path / "config.toml"), "--demo", "-n", "1"]
    (line,) = run("watch", *config).err.lines
    assert line.startswith("idxstream: alert: btc_usd > 1: ")
    assert run("watch", *config, "--profile", "quiet").err.lines == []
    (tmp_path / "config.toml").write_text('exec = "true"\n')
    assert run("watch", *config, "btc_usd").err.lines == []


def test_others_who_can_write_the_settings_could_run_a_command(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('ids = "btc_usd"\nalert = "gap"\nexec = "true"\n')
    (tmp_path / "config.toml").chmod(0o666)
    done = run("watch", "--url", "ws://127.0.0.1:1", "--reconnect", "never", "--config", str(tmp_path / "config.toml"))
    assert "which sets exec; run chmod go-w on it" in done.err.lines[0]


def test_on_a_terminal_it_rings(sim: Simulator) -> None:
    with terminal(120, 20) as fake:
        command = [*COMMAND, "watch", "--url", sim.url, "--api-key", KEY, "--alert", "btc_usd > 1"]
        with running(fake, *command, BTC, "-n", "1", "-f", "ndjson") as process:
            publish(sim, "2")
            assert process.wait(GENEROUS_S) == 0
        fake.wait_for(fake.shows("idxstream: alert: btc_usd > 1: 2"))
        assert b"\a\x1b]9;idxstream alert: btc_usd > 1: 2 at " in fake.bytes
        with running(fake, *command, BTC, "-n", "1") as process:
            sim.wait_for_peer(2, timeout_s=GENEROUS_S)
            sim.publish(BTC, "2", TIME)
            assert process.wait(GENEROUS_S) == 0
        assert fake.bytes.count(b"\a") == 2
        fake.wait_for(fake.shows(" alert: btc_usd > 1: 2"))


def test_above_a_line_of_status_it_rings_too(sim: Simulator, tmp_path: Path) -> None:
    with terminal(120, 20) as fake:
        command = [*COMMAND, "watch", "--url", sim.url, "--api-key", KEY, "--alert", "btc_usd > 1", BTC]
        with running(fake, *command, "-o", str(tmp_path / "values.csv")) as process:
            publish(sim, "2")
            fake.wait_for(lambda: b"\a\x1b]9;idxstream alert: btc_usd > 1: 2 at " in fake.bytes)
            fake.wait_for(fake.shows("idxstream: alert: btc_usd > 1: 2"))
            process.terminate()
            assert process.wait(GENEROUS_S) == 143


def test_the_key_is_not_in_an_alert(sim: Simulator) -> None:
    done = run("watch", "--demo", "btc_usd", "--api-key", KEY, "--alert", f"{KEY} > x")
    assert KEY not in the_line(done, 2)
