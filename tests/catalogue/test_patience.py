"""When it asks again, how often, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from coinapi_idx_cli.catalogue.answers import Fetched
from coinapi_idx_cli.catalogue.patience import LONGEST_IN_ALL_S, SHORTEST_S, TRIES, TRIES_WHEN_TOLD_TO_WAIT, fetch
from coinapi_idx_cli.errors import NoConnectionError, RefusedError
from tests.catalogue.servers import IDS, Scripted, http, scripted, the_list


class Waiting:
    """Waits nothing, and keeps what was said and how long it would have been."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.waits_s: list[float] = []

    def fetch(self, there: Scripted) -> Fetched | None:
        return fetch(there.server(), None, self.lines.append, self.waits_s.append)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.mark.parametrize("accident", [http(500), http(503), http(408), b"", http(200, "[", {"Content-Length": "9"})])
def test_after_an_accident_it_asks_again(accident: bytes, waiting: Waiting) -> None:
    with scripted(accident, accident, the_list()) as there:
        assert waiting.fetch(there) == Fetched(IDS, None)
    assert (len(waiting.waits_s), waiting.lines) == (2, [])
    assert all(SHORTEST_S <= wait_s <= 2 for wait_s in waiting.waits_s)


def test_a_few_times_only(waiting: Waiting) -> None:
    with scripted(http(503, reason="Busy")) as there, pytest.raises(NoConnectionError, match=r"HTTP 503 Busy.*3 times"):
        waiting.fetch(there)
    assert len(there.requests) == TRIES == len(waiting.waits_s) + 1


def test_what_is_final_is_final_at_once(waiting: Waiting) -> None:
    with scripted(http(404)) as there, pytest.raises(RefusedError):
        waiting.fetch(there)
    assert (len(there.requests), waiting.waits_s) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_it_is_told_and_says_so(status: int, waiting: Waiting) -> None:
    with scripted(http(status, "slow down", {"Retry-After": "20"}), the_list()) as there:
        assert waiting.fetch(there) == Fetched(IDS, None)
    assert waiting.waits_s == [20]
    (line,) = waiting.lines
    assert f"says: slow down (HTTP {status})" in line
    assert "waiting for 20 s" in line


def test_it_waits_until_the_time_it_is_told(waiting: Waiting) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=290), usegmt=True)
    with scripted(http(429, "", {"Retry-After": when}), the_list()) as there:
        waiting.fetch(there)
    assert 100 < waiting.waits_s[0] <= 290


def test_it_does_not_wait_for_hours(waiting: Waiting) -> None:
    for told_s in (LONGEST_IN_ALL_S + 1, 86_400):
        answer = http(429, "", {"Retry-After": f"{told_s:.0f}"})
        with scripted(answer) as there, pytest.raises(NoConnectionError, match=f"asks to wait for {told_s:.0f} s"):
            waiting.fetch(there)
    assert waiting.waits_s == []


def test_nor_often_what_adds_up(waiting: Waiting) -> None:
    with scripted(http(429, "", {"Retry-After": "120"})) as there, pytest.raises(NoConnectionError):
        waiting.fetch(there)
    assert waiting.waits_s == [120, 120]


def test_nor_without_end_on_a_server_that_always_asks_for_nothing(waiting: Waiting) -> None:
    with scripted(http(429, "", {"Retry-After": "0"})) as there, pytest.raises(NoConnectionError):
        waiting.fetch(there)
    assert len(there.requests) == TRIES_WHEN_TOLD_TO_WAIT
    assert min(waiting.waits_s) >= SHORTEST_S


@pytest.mark.parametrize("header", ["soon", "-1", "", "Sun, 99 Foo 2026 00:00:00 GMT"])
def test_what_is_no_time_is_no_time(header: str, waiting: Waiting) -> None:
    with scripted(http(429, "", {"Retry-After": header}), the_list()) as there:
        waiting.fetch(there)
    assert waiting.waits_s[0] < 2
