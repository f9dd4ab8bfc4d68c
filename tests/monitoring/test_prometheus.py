"""What the page on monitoring promises: by a real node_exporter, by promtool, and the dashboard by the metrics."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from coinapi_idx_cli.monitoring.exposition import METRICS
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.documents import PAGES, ROOT
from tests.harness import Running
from tests.monitoring.node_exporter import node_exporter, scraped

RULES = ROOT / "docs" / "idxstream.rules.yml"
DASHBOARD = ROOT / "docs" / "idxstream.dashboard.json"
WRITTEN = {name for metric in METRICS for name in (metric.name, f"{metric.name}_sum", f"{metric.name}_count")}
FOREIGN = {"node_textfile_mtime_seconds"}


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_runs_beside_each_other_are_scraped_and_one_that_was_killed_is_seen(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.prom" for name in ("btc", "eth")}
    with node_exporter(tmp_path) as address, Simulator(rate=100) as sim:
        started = time.time()
        arguments = ("watch", "--all", "-f", "ndjson", "--url", sim.url)
        with (
            Running(*arguments, "--metrics", str(paths["btc"]), "-n", "100") as first,
            Running(*arguments, "--metrics", str(paths["eth"])) as second,
        ):
            assert first.wait() == 0
            wait_until(paths["eth"].exists)
            second.interrupt(signal.SIGKILL)
            second.wait()
        page = scraped(address)
    assert 'idxstream_values_total{run="btc"} 100\n' in page
    assert re.search(r'idxstream_values_total\{run="eth"\} \d+\n', page)
    assert "node_textfile_scrape_error 0\n" in page
    times = dict(re.findall(r'node_textfile_mtime_seconds\{file="[^"]*?(\w+)\.prom"\} (\S+)', page))
    assert set(times) == {"btc", "eth"}
    assert all(started - 2 < float(each) < time.time() + 2 for each in times.values())


def test_a_link_into_the_folder_of_the_exporter_is_enough(tmp_path: Path) -> None:
    state, collected = tmp_path / "state", tmp_path / "collected"
    state.mkdir()
    collected.mkdir()
    (collected / "btc.prom").symlink_to(state / "btc.prom")
    with node_exporter(collected) as address, Simulator(rate=100) as sim:
        metrics = ("--metrics", str(state / "btc.prom"))
        with Running("watch", "--all", "-f", "ndjson", "--url", sim.url, "-n", "50", *metrics) as running:
            assert running.wait() == 0
        page = scraped(address)
    assert 'idxstream_values_total{run="btc"} 50\n' in page
    assert re.search(r'node_textfile_mtime_seconds\{file="[^"]*btc\.prom"\}', page)


def test_the_rules_are_valid_and_ring_when_they_must() -> None:
    assert "SUCCESS: 7 rules found" in promtool("check", "rules", RULES)
    assert "SUCCESS" in promtool("test", "rules", Path(__file__).parent / "idxstream.rules.test.yml")


def test_every_alert_is_on_the_page_and_tested() -> None:
    alerts = set(re.findall(r"alert: (\w+)", RULES.read_text()))
    assert alerts == set(re.findall(r"^\| `(Idxstream\w+)`", PAGES["docs/monitoring.md"], re.MULTILINE))
    tested = (Path(__file__).parent / "idxstream.rules.test.yml").read_text()
    assert alerts == set(re.findall(r"alertname: (\w+)\n        exp_alerts:\n          - exp_labels", tested))


def test_the_page_has_every_metric_with_its_type() -> None:
    rows = re.findall(r"^\| `(idxstream_\w+)` \| (\w+) \|", PAGES["docs/monitoring.md"], re.MULTILINE)
    assert rows == [(metric.name, metric.type) for metric in METRICS]


def expressions(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for part in node for each in expressions(part)]
    if isinstance(node, dict):
        own = [text for key, text in node.items() if key in ("expr", "definition", "query") and isinstance(text, str)]
        return own + [each for part in node.values() for each in expressions(part)]
    return []


@pytest.mark.parametrize("text", [RULES.read_text(), "\n".join(expressions(json.loads(DASHBOARD.read_text())))])
def test_no_metric_is_named_that_the_program_does_not_write(text: str) -> None:
    named = set(re.findall(r"\b(?:idxstream|node_textfile)_\w+", text))
    assert len(named) > 5
    assert named <= WRITTEN | FOREIGN


def test_the_dashboard_is_whole(tmp_path: Path) -> None:
    board = json.loads(DASHBOARD.read_text())
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= set(board)
    assert [each["name"] for each in board["templating"]["list"]] == ["datasource", "instance", "run"]
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    places = [
        {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        for at in (panel["gridPos"] for panel in panels)
    ]
    assert len(set().union(*places)) == sum(map(len, places))  # none covers another
    assert max(x for place in places for x, _ in place) < 24
    for panel in panels:
        assert panel["type"] in ("stat", "timeseries")
        assert panel["title"]
        assert [each["refId"] for each in panel["targets"]] == list("ABC")[: len(panel["targets"])]
        assert all(each["datasource"]["uid"] == "${datasource}" for each in [panel, *panel["targets"]])
    shown = " ".join(each for panel in panels for each in expressions(panel))
    assert {metric.name for metric in METRICS} <= set(re.findall(r"\bidxstream_\w+", shown))
    queries = [each for panel in panels for each in expressions(panel)]
    rules = [{"record": "a:b", "expr": each.replace("$__rate_interval", "1m")} for each in queries]
    (tmp_path / "rules.json").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    told = promtool("check", "rules", "--lint=none", tmp_path / "rules.json")
    assert f"SUCCESS: {len(queries)} rules found" in told
