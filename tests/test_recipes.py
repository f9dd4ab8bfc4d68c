"""The recipes of README.md and docs/ run as they are written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.documents import ALL_PAGES, blocks
from tests.harness import GENEROUS_S, environment


@pytest.fixture
def here(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which `idxstream` is the one under test, HOME is empty, and the feed a simulator."""
    script = tmp_path / "idxstream"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m coinapi_idx_cli "$@"\n')
    script.chmod(0o755)
    (tmp_path / ".coinapi-key").write_text("a-key-for-tests\n")
    (tmp_path / ".coinapi-key").chmod(0o600)
    with Simulator(rate=2000, api_key="a-key-for-tests") as sim:
        path = {"PATH": f"{tmp_path}:{environment()['PATH']}", "HOME": str(tmp_path)}
        yield environment({**path, "IDXSTREAM_URL": sim.url, "COINAPI_KEY_FILE": str(tmp_path / ".coinapi-key")})


def shell(line: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", line], env=env, capture_output=True, text=True, timeout=GENEROUS_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (line, done.stderr)
    return done.stdout


def test_the_recipe_with_jq(here: dict[str, str]) -> None:
    (recipe,) = [block for block in blocks("sh") if "jq" in block and "watch" in block]
    above = shell(recipe, here)
    assert len(above.splitlines()) == 100
    assert '"latency_ms":' in above


def test_the_recipes_of_the_readme_with_short_names(here: dict[str, str]) -> None:
    (get,) = [block for block in blocks("sh") if block.strip() == "idxstream get btc_usd"]
    (search,) = [block for block in blocks("sh") if block.strip() == "idxstream indexes doge"]
    (bars,) = [block.strip() for block in blocks("sh") if "--bars 1m -f csv" in block]
    assert float(shell(get, here)) > 0
    assert shell(search, here).splitlines() == ["IDX_REFRATE_PRIMKT_DOGE_USD", "IDX_REFRATE_VWAP_DOGE"]
    assert len(shell(f"{bars} -n 100", here).splitlines()) >= 3


def test_the_recipe_for_doctor(here: dict[str, str]) -> None:
    (recipe,) = [block for block in blocks("sh") if "doctor" in block and "jq" in block]
    env = {**here, "IDXSTREAM_REST_URL": "http://127.0.0.1:1"}
    told = shell(recipe, env)
    assert told == "list: cannot connect to 127.0.0.1:1: Connection refused; check --rest-url and the network\n"


def test_the_recipe_for_cron(here: dict[str, str], tmp_path: Path) -> None:
    block = next(block for block in blocks("crontab") if "--wait-lock" in block)
    line = next(line for line in block.splitlines() if line.startswith("0 "))
    command = line.split(maxsplit=5)[5].replace(r"\%", "%")  # what cron makes of it
    for _ in range(2):
        assert shell(command.replace("-d 61m", "-d 1s"), here) == ""
    lines = [
        line for file in sorted(tmp_path.glob("ticks/btc-????-??-??.csv")) for line in file.read_text().splitlines()
    ]
    assert lines[0] == "time_coinapi,index_id,value"
    rows = [line for line in lines if line != lines[0]]
    assert len(set(rows)) == len(rows) > 1
    assert all(row.split(",")[1] == "IDX_REFRATE_PRIMKT_BTC_USD" for row in rows)


def test_the_settings_file(here: dict[str, str], tmp_path: Path) -> None:
    block = next(block for block in blocks("toml") if "[profile" in block)
    home = {**here, "XDG_CONFIG_HOME": ""}
    (tmp_path / ".config/idxstream").mkdir(parents=True)
    (tmp_path / ".config/idxstream/config.toml").write_text(block)
    lines = shell("idxstream watch --all --profile paper", home).splitlines()
    assert [list(json.loads(line)) for line in lines] == [["time_coinapi", "index_id", "value"]] * 10
    shell("idxstream watch --profile archive -q -n 5", home)
    (file,) = tmp_path.glob("ticks/*.csv.gz")
    assert shell(f"zcat {file} | head -1", home) == "time_coinapi,index_id,value\n"
    assert "# profile paper in" in shell("idxstream config show --profile paper", home)


def test_the_recipe_for_systemd(here: dict[str, str], tmp_path: Path) -> None:
    (block,) = [block for block in blocks("ini") if "into files" in block]
    sections = ConfigParser(interpolation=None, strict=False)
    sections.read_string(block)
    assert sections["Unit"]["StartLimitIntervalSec"] == "0"  # else it stays dead after a full disk
    unit = {name: value for name, _, value in (line.partition("=") for line in block.splitlines())}
    command = unit["ExecStart"].replace("%%", "%").replace("/usr/local/bin/", "").replace("/var/lib", f"{tmp_path}/var")
    (tmp_path / "var/idxstream").mkdir(parents=True)  # StateDirectory=
    with subprocess.Popen(["bash", "-c", f"exec {command}"], env=here, stderr=subprocess.PIPE) as process:
        file = wait_for_file(tmp_path / "var/idxstream", "ticks-????-??-??.csv.gz")
        process.terminate()
        assert process.wait(GENEROUS_S) == 143
    assert shell(f"gzip -t {file} && zcat {file} | head -1", here) == "time_coinapi,index_id,value\n"
    assert '"event":"stopped"' in (tmp_path / "var/idxstream/events.ndjson").read_text()
    assert 'idxstream_values_total{run="idxstream"}' in (tmp_path / "var/idxstream/idxstream.prom").read_text()


@pytest.mark.parametrize("block", blocks("ini"), ids=["files", "engine"])
def test_systemd_takes_the_units(block: str, tmp_path: Path) -> None:
    unit = tmp_path / "idxstream.service"
    unit.write_text(block.replace("/usr/local/bin/idxstream", "/bin/true"))  # which is not there
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = block.splitlines()
    assert {"Type=notify", "WatchdogSec=60s", "TimeoutStartSec=infinity"} <= set(lines)


def test_the_unit_is_exposed_as_little_as_the_page_says(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("ini") if "into files" in block]
    unit = tmp_path / "idxstream.service"
    unit.write_text(block)
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    exposure = re.search(r"Overall exposure level for idxstream.service: ([\d.]+)", told)
    assert exposure is not None
    assert f"`systemd-analyze security idxstream` gives {exposure[1]} " in ALL_PAGES


def test_the_recipe_for_logrotate(here: dict[str, str], tmp_path: Path) -> None:
    (block,) = blocks("logrotate")
    path = tmp_path / "ticks.ndjson"
    command = f"exec idxstream watch --all -q -o {path}"
    with subprocess.Popen(["bash", "-c", command], env=here) as process:
        wait_for_file(tmp_path, "ticks.ndjson")
        (tmp_path / "rules").write_text(block.replace("/home/me/ticks.ndjson", str(path)))
        (tmp_path / "rules").chmod(0o644)
        tmp_path.chmod(0o755)  # it refuses folders that others may write to
        shell(f"PATH=$PATH:/usr/sbin logrotate --force --state {tmp_path}/state {tmp_path}/rules", here)
        assert wait_for_file(tmp_path, "ticks.ndjson.1")
        wait_for_file(tmp_path, "ticks.ndjson")
        process.terminate()
        assert process.wait(GENEROUS_S) == 143
    lines = [line for name in ("ticks.ndjson.1", "ticks.ndjson") for line in (tmp_path / name).read_text().splitlines()]
    assert len(set(lines)) == len(lines) > 1


def test_the_recipe_for_jq_over_files(here: dict[str, str], tmp_path: Path) -> None:
    recipe = next(block for block in blocks("sh") if block.startswith("zcat"))
    for _ in range(2):
        shell(f"idxstream watch --all -q -n 100 -o {tmp_path}/ticks-2026-11-21.ndjson.gz", here)
    assert float(shell(f"cd {tmp_path} && {recipe}", here)) > 0


def wait_for_file(folder: Path, pattern: str, larger_than: int = 100) -> Path:
    """With something in it."""
    until_s = time.monotonic() + GENEROUS_S
    while not (found := [path for path in folder.glob(pattern) if path.stat().st_size > larger_than]):
        assert time.monotonic() < until_s, list(folder.iterdir())
        time.sleep(0.01)
    return found[0]


def test_the_recipe_for_a_file_a_day(here: dict[str, str], tmp_path: Path) -> None:
    recipe = next(block for block in blocks("sh") if "--event-log events.ndjson" in block)
    shell(f"cd {tmp_path} && {recipe.strip()} -q -n 100", here)
    (file,) = tmp_path.glob("ticks-????-??-??.csv.gz")
    assert shell(f"zcat {file} | wc -l", here) == "101\n"
    assert '"event":"stopped"' in (tmp_path / "events.ndjson").read_text()


def test_the_command_of_the_comparison(here: dict[str, str]) -> None:
    (block,) = (block for block in blocks("console") if "websocat" in block)
    command = block.removeprefix("$ ").replace("wss://ws-api.indexes.coinapi.io", here["IDXSTREAM_URL"])
    websocat = f"{Path(sys.executable).parent}:{here['PATH']}"
    line = shell(
        f"({command.strip()}) 2>/dev/null | head -1", {**here, "PATH": websocat, "COINAPI_KEY": "a-key-for-tests"}
    )
    assert float(line) > 0


def test_the_recipe_for_a_nightly_check(here: dict[str, str], tmp_path: Path) -> None:
    block = next(block for block in blocks("crontab") if "MAILTO" in block)
    assert "PATH=/home/me/.local/bin:/usr/bin:/bin" in block.splitlines()  # cron's own has no program of pipx
    command = block.splitlines()[-1].split(maxsplit=5)[5].replace(r"\%", "%")
    (tmp_path / "ticks").mkdir()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("btc-%Y-%m-%d.csv")
    shell(f"idxstream watch --all -q -n 100 -o {tmp_path}/ticks/{yesterday}", here)
    assert shell(command, here) == ""
    with (tmp_path / "ticks" / yesterday).open("a") as file:
        file.write("torn")
    assert '"kind":"torn"' in shell(command, here)


def test_the_recipe_for_parquet(here: dict[str, str], tmp_path: Path) -> None:
    recipe = next(block for block in blocks("sh") if "parquet" in block)
    shell(f"cd {tmp_path} && idxstream watch --all -q -n 100 -o ticks-2026-11-26.csv.gz", here)
    python = f"{Path(sys.executable).parent}:{here['PATH']}"
    shell(f"cd {tmp_path} && {recipe}", {**here, "PATH": python})
    code = "import duckdb; print(duckdb.sql(\"select count(*) from 'ticks-2026-11-26.parquet'\").fetchall()[0][0])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "100\n"


def test_the_recipe_that_ships_and_prunes(here: dict[str, str], tmp_path: Path) -> None:
    recipe = next(block for block in blocks("sh") if "tail -n +1 -F" in block).replace("/mnt/archive", "archive")
    (tmp_path / "archive").mkdir()
    (tmp_path / "events.ndjson").touch()
    with subprocess.Popen(["bash", "-c", recipe], cwd=tmp_path, env=here, start_new_session=True) as shipping:
        try:
            watch = f"cd {tmp_path} && idxstream watch --all -q -d 3s -o x-%S.csv --event-log events.ndjson"
            shell(watch, here)
            assert wait_for_file(tmp_path / "archive", "x-*.csv")
        finally:
            os.killpg(shipping.pid, signal.SIGKILL)
            shipping.wait()


def test_the_commands_of_check(here: dict[str, str], tmp_path: Path) -> None:
    for day in (25, 26):
        shell(f"cd {tmp_path} && idxstream watch --all -q -n 100 -o ticks-2026-11-{day}.csv.gz", here)
    first = next(block for block in blocks("sh") if "zcat ticks-2026-11-2?" in block)
    whole = shell(f"cd {tmp_path} && set -e\n{first}", here).splitlines()
    assert sum('"whole":true' in line for line in whole) == 3
    finding = next(block for block in blocks("sh") if '"finding"' in block)
    (tmp_path / "ticks-2026-11-27.csv.gz").write_bytes(b"no")
    line = f"cd {tmp_path}; {finding}"
    assert "ticks-2026-11-27.csv.gz:null after line 0: " in shell(line, here)


def test_the_commands_of_merge(here: dict[str, str], tmp_path: Path) -> None:
    block = next(block for block in blocks("sh") if block.startswith("idxstream merge"))
    for side in "ab":
        for name in ("ticks.csv", "t-2026-11-26.csv.gz"):
            shell(f"cd {tmp_path} && mkdir -p {side} && idxstream watch --all -q -n 100 -o {side}/{name}", here)
    script = "set -e; " + "; ".join(f"{line} -q" for line in block.splitlines())
    shell(f"cd {tmp_path} && {script}", here)
    assert (tmp_path / "ticks.csv").read_text().count("\n") > 100
    assert (tmp_path / "t-2026-11.csv.gz").exists()


def test_each_command_of_history_brings_something(here: dict[str, str], tmp_path: Path) -> None:
    block = next(block for block in blocks("sh") if block.startswith("idxstream history btc_usd --since 2h\n"))
    for day, days_ago in (("2025-01-01", 60), ("2025-02-01", 29)):  # the simulator's past is of 400 days
        block = block.replace(day, f"{datetime.now(UTC) - timedelta(days=days_ago):%Y-%m-%d}")
    values, hours, nothing = (shell(f"cd {tmp_path} && {line} -q", here) for line in block.splitlines())
    assert json.loads(values.splitlines()[0])["source"] == "rest"
    assert len(hours.splitlines()) == 1 + 31 * 24
    assert nothing == ""
    days = shell(f"cd {tmp_path} && zcat vwap-????-??.csv.gz", here).splitlines()
    assert {row.rpartition(",")[0].rpartition(",")[2] for row in days if "IDX_" in row} == {"true"}


def test_the_recipes_for_daily_questions(here: dict[str, str], tmp_path: Path) -> None:
    home = {**here, "XDG_CONFIG_HOME": ""}
    (tmp_path / ".config/idxstream").mkdir(parents=True)
    (tmp_path / ".config/idxstream/config.toml").write_text(
        'ids = ["btc_usd"]\ncount = 1\nformat = "csv"\n[profile.desk]\nids = ["eth_usd"]\n'
    )
    (price,) = [block for block in blocks("sh") if block.startswith("idxstream get btc_usd ")]
    (lists,) = [block for block in blocks("sh") if "--profile desk" in block and "ids = " in block]
    first, *others = shell(f"{price}", {**home, "XDG_CONFIG_HOME": "/nowhere"}).splitlines()
    assert float(first) > 0
    assert [line.partition("\t")[0] for line in others] == [
        "IDX_REFRATE_PRIMKT_BTC_USD",
        "IDX_REFRATE_PRIMKT_ETH_USD",
        "IDX_VOL_CAPIVIX_BTC_USD",
    ]
    ids = [line.split(",")[1] for line in shell(lists, home).splitlines() if not line.startswith("time_coinapi")]
    assert ids == ["IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"]


def test_the_recipe_for_bars(here: dict[str, str], tmp_path: Path) -> None:
    (recipe,) = [block.strip() for block in blocks("sh") if "--bars" in block and "-o" in block]
    shell(f"cd {tmp_path} && {recipe} -d 3s -q", here)
    (file,) = tmp_path.glob("bars-????-??-??.csv")
    head, *rows = file.read_text().splitlines()
    assert head == "index_id,time_start,time_end,open,high,low,close,count,complete"
    assert {row.split(",")[0] for row in rows} == {"IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD"}


def test_the_recipes_for_alerts(here: dict[str, str], tmp_path: Path) -> None:
    (script,) = [block for block in blocks("sh") if "notify-send" in block]
    (settings,) = [block for block in blocks("toml") if "alert = " in block]
    for name in ("notify-send", "curl", "mail"):
        fake = tmp_path / name
        fake.write_text(f'#!/bin/sh\n[ {name} != mail ] || cat > {tmp_path}/body\necho "$@" > {tmp_path}/{name}.done\n')
        fake.chmod(0o755)
    (tmp_path / "told").write_text(script)
    (tmp_path / "told").chmod(0o755)
    text = settings.replace("/home/me/bin", str(tmp_path)).replace("70000", "1")
    (tmp_path / "settings.toml").write_text(text)
    done = subprocess.run(
        ["bash", "-c", f"idxstream watch --config {tmp_path}/settings.toml -n 5"],
        env=here,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=True,
    )
    assert "alert: btc_usd > 1: " in done.stderr
    assert wait_for_file(tmp_path, "mail.done", 0).read_text() == "-s btc_usd > 1 me@example.com\n"
    assert (tmp_path / "notify-send.done").read_text().startswith("btc_usd > 1 ")
    assert "--data-urlencode alert=btc_usd > 1 -d value=" in (tmp_path / "curl.done").read_text()
    assert " at 20" in (tmp_path / "body").read_text()
    lines = [block for block in blocks("sh") if "--alert 'btc_usd > 70000'" in block]
    assert len(lines) == 2
    for line in lines:
        assert "IDX_REFRATE_PRIMKT_" in shell(f"{line.strip()} -n 1 2>/dev/null", here)
