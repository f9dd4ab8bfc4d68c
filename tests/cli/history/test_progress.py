"""How far a run is: a bar with what was spent on a terminal, lines with their time elsewhere, nothing with -q."""

from __future__ import annotations

import re
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.history import progress
from tests.cli.help.terminals import shown_on_a_terminal
from tests.harness import run_here
from tests.history.past_server import PastServer, bars, past

ID = "IDX_REFRATE_PRIMKT_BTC_USD"
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DAY = ("--since", "2024-09-01", "--until", "2024-09-02", "--period", "1MIN")


def slow_server() -> PastServer:
    server = PastServer(**{ID: bars(1440)})
    server.headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "42"}
    answer = server.reply

    def reply(path: str, query: dict[str, str]) -> object:
        time.sleep(0.1)
        return answer(path, query)

    server.reply = reply  # type: ignore[assignment, method-assign]
    return server


@pytest.mark.slow
def test_a_bar_on_a_terminal_and_a_line_at_the_end(tmp_path: Path) -> None:
    with past(slow_server()) as server:
        path = str(tmp_path / "bars.csv")
        shown = shown_on_a_terminal("history", ID, *DAY, "--rest-url", server.url, "-o", path, COLUMNS="80")
    text = CONTROLS.sub("", shown)
    assert re.search(r"2024-09-01 \d\d:39  \d+/15 calls, 42 of 100 left .*━.* \d+% ", text)
    assert text.rstrip().splitlines()[-1].endswith("s")
    assert "1,440 bars; 15 calls in 15 requests (42 of 100 left)" in text


@pytest.mark.slow
def test_what_is_told_meanwhile_stands_above_the_bar(tmp_path: Path) -> None:
    server = slow_server()
    server.faults = {4: lambda handler: hang_up(handler)}
    with past(server):
        path = str(tmp_path / "bars.csv")
        shown = shown_on_a_terminal("history", ID, *DAY, "--rest-url", server.url, "-o", path, COLUMNS="200")
    assert "closed the connection before it had answered: trying again\n" in re.sub(
        r"\x1b\[[0-9;?]*[A-Za-z]", "", shown
    )


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def test_lines_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    with past(PastServer(**{ID: bars(1440)})) as server:
        ended = run_here("history", ID, *DAY, "--rest-url", server.url, "-o", str(tmp_path / "bars.csv"))
        quiet = run_here("history", ID, *DAY, "--rest-url", server.url, "-q", "-o", str(tmp_path / "quiet.csv"))
    assert "100 items, up to 2024-09-01T01:39:00Z, 1 of 15 calls" in ended.err
    assert quiet.err == ""
