"""The lines above and below the rows: pure."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.monitoring.status_words import Rate, Silence
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.delays import Delay
from coinapi_idx_cli.table.status import StatusFigures, closing_line, foot_lines, head_line
from coinapi_idx_cli.terminal.text import UNICODE


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.sample(0, 0.0) == 0.0
    for second in range(1, 21):
        latest = rate.sample(second * 10, float(second))
    assert latest == 10.0
    for second in range(21, 31):
        latest = rate.sample(200, float(second))
    assert latest == 0.0


def head(status: Status, now_s: float = 62.0, width: int = 120, silent_s: float = 0.0) -> str:
    return head_line(StatusFigures(status, now_s, silent_s=silent_s, clock="22:36:21"), width, UNICODE).plain


def foot(status: Status, width: int = 120) -> list[str]:
    return [line.plain for line in foot_lines(StatusFigures(status, 62.0, 12.4, 0.0, Delay(3.2, 85.0)), width, UNICODE)]


def test_the_head_says_state_server_and_for_how_long_it_has_been_connected() -> None:
    status = Status("feed.example:443", 0.0, state=State.LIVE, connected_s=60.0)
    assert head(status) == "● live   feed.example:443   up 2s   running 1m 02s   22:36:21"
    status.state = State.HANDOVER
    assert head(status) == " ● handing over    feed.example:443   up 2s   running 1m 02s   22:36:21"


def test_of_two_connections_it_says_how_many_there_are() -> None:
    status = Status("h", 0.0, state=State.LIVE, connected_s=60.0, wanted_connections=2, live_connections=2)
    assert head(status) == "● live on 2 connections   h   up 2s   running 1m 02s   22:36:21"
    status.live_connections = 1
    assert head(status) == " ● live on 1 of 2 connections    h   up 2s   running 1m 02s   22:36:21"  # standing out


@pytest.mark.parametrize(
    ("state", "retry_at_s", "connections", "words"),
    [
        (State.CONNECTING, None, 1, "connecting"),
        (State.CONNECTING, None, 2, "reconnecting"),
        (State.WAITING, 65.2, 2, "reconnecting in 4 s"),
        (State.WAITING, 1.0, 2, "reconnecting in 0 s"),
        (State.STOPPING, None, 1, "stopping"),
    ],
)
def test_while_it_is_not_connected_there_is_no_uptime(
    state: State, retry_at_s: float | None, connections: int, words: str
) -> None:
    status = Status("h", 0.0, state=state, retry_at_s=retry_at_s, connections=connections, connected_s=1.0)
    assert [part.strip(" ●") for part in head(status).split("   ")] == [words, "h", "running 1m 02s", "22:36:21"]


def test_a_connection_that_is_silent_for_longer_than_it_should_is_stale() -> None:
    status = Status("h", 0.0, stale_after_s=90.0, state=State.LIVE, connected_s=1.0)
    assert "live" in head(status, silent_s=29.0)
    assert "stale, silent for 31s" in head(status, silent_s=31.0)
    status.stale_after_s = 3.0
    assert "live" in head(status, silent_s=1.9)
    assert "stale, silent for 2s" in head(status, silent_s=2.1)


def test_silence_is_the_time_without_a_byte() -> None:
    silence = Silence()
    assert [silence.sample(*pair) for pair in ((0, 1.0), (0, 2.0), (5, 3.0), (5, 7.0))] == [0.0, 1.0, 0.0, 4.0]


def test_the_foot_counts() -> None:
    status = Status("h", 0.0, state=State.LIVE, values=1234, malformed=2, handovers=1, heartbeats=3600)
    assert foot(status)[0].split("   ") == [
        "1,234 values",
        "12/s",
        "delay 3.2/85 ms",
        "1 handover",
        "2 malformed",
    ]


@pytest.mark.parametrize("width", range(1, 140))
def test_what_does_not_fit_is_left_out(width: int) -> None:
    status = Status("feed.example:443", 0.0, state=State.LIVE, connected_s=0.0, values=1234, malformed=2)
    for text, first in ((head(status, width=width), "● live"), (foot(status, width)[0], "1,234 values")):
        assert text.startswith(first)
        assert len(text) <= max(width, len(first))


def test_the_last_warning_stands_below_the_counts_with_its_time_of_day() -> None:
    status = Status("h", 0.0, state=State.LIVE, last_warning="slow down " + "x" * 500, last_warning_time="19:13:02")
    counts, warning = foot(status, 40)
    assert warning.startswith(" 19:13:02  slow down xxx")
    assert len(warning) == 40
    assert "values" in counts


def test_the_closing_line_leaves_out_what_did_not_happen() -> None:
    status = Status("h", 0.0, values=1, last_warning="next try in 3 s")
    assert closing_line(status, 62.0).plain == "1 value in 1m 02s"
    status.gaps = 2
    assert closing_line(status, 62.0).plain == "1 value in 1m 02s, 2 gaps"


def test_the_foot_says_what_this_machine_does_for_an_engine() -> None:
    status = Status("h", 0.0, state=State.LIVE, connected_s=60.0, engine="writing")
    assert "writing" in foot(status)[0]
    status.engine, status.engine_waits = "no engine", 1234
    assert "no engine, 1,234 values behind" in foot(status)[0]
