"""When a rule becomes true: once, until it was false; by values and by time, which is an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.cli.options.parsers import duration
from coinapi_idx_cli.protocol.alert_rules import parse_rule
from coinapi_idx_cli.protocol.alerts import Alert, Alerts
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.moves import PARTS, Window

TIME = "2026-11-26T09:30:00.0000000Z"


def watching(*rules: str) -> Alerts:
    return Alerts([parse_rule(rule, duration) for rule in rules], 0.0)


def batch(*texts: str, index_id: str = "A") -> Batch:
    values = [IndexValue("index", index_id, TIME, float(text)) for text in texts]
    messages = [b'{"index_id":"%b","value":%b}' % (index_id.encode(), text.encode()) for text in texts]
    return Batch(0, values, messages)


def rung(alerts: Alerts, *texts: str, now: float = 1.0) -> list[str]:
    """The values that rang."""
    return [alert.value for alert in alerts.see(batch(*texts), now)]


def test_a_level_rings_when_it_is_passed_and_again_after_it_was_false() -> None:
    above = watching("A > 100")
    assert rung(above, "99", "100", "100.10", "150", "99.95", "101", "99.89", "100.5") == ["100.10", "100.5"]
    below = watching("A < 100")
    assert rung(below, "100", "99.0", "100.05", "99", "100.11", "99.50") == ["99.0", "99.50"]


def test_it_rings_at_once_when_it_is_true_from_the_start() -> None:
    assert watching("A > 100").see(batch("1e3"), 1.0) == [Alert("A > 100", "A", "1e3", TIME)]


@given(st.lists(st.floats(-0.0009, 0.0009), min_size=1, max_size=200))
def test_a_value_that_trembles_rings_once(trembling: list[float]) -> None:
    for level in (100.0, -100.0, 1e-9, 1e300):
        series = [level * 2 if level > 0 else level / 2, *(level + abs(level) * part for part in trembling)]
        assert len(rung(watching(f"A > {level}"), *map(repr, series))) == 1


def test_a_level_of_nothing_has_no_slack() -> None:
    assert rung(watching("A > 0"), "1", "0", "1", "-1", "2") == ["1", "1", "2"]


def test_a_move_is_from_the_least_or_the_greatest_of_the_last_while() -> None:
    alerts = watching("A moves 2% in 1m")
    assert rung(alerts, "100", "101.9", now=0) == []
    assert rung(alerts, "102.0", "103", "101.85", "102.5", now=10) == ["102.0"]
    assert rung(alerts, "101", "100.9", now=20) == []
    assert rung(alerts, "101", now=61) == []
    assert rung(alerts, "100.5", now=200) == []
    assert rung(alerts, "98.4", now=210) == ["98.4"]


def test_from_nothing_there_is_no_percentage() -> None:
    assert rung(watching("A moves 2% in 1m"), "0", "0", "-0.0") == []


def test_silence_rings_once_until_a_value_comes() -> None:
    alerts = watching("A silent 10s", "B silent 1m")
    assert alerts.next_due_s() == 10.0
    assert alerts.tick(9.9) == []
    assert alerts.tick(10.0) == [Alert("A silent 10s", "A")]
    assert alerts.next_due_s() == 60.0
    assert alerts.tick(20.0) == []
    assert rung(alerts, "5.50", now=21.0) == []
    assert alerts.next_due_s() == 31.0
    assert alerts.tick(31.0) == [Alert("A silent 10s", "A", "5.50", TIME)]
    assert alerts.tick(100.0) == [Alert("B silent 1m", "B")]
    assert alerts.next_due_s() == float("inf")


def test_each_gap_rings() -> None:
    alerts = watching("gap", "A > 1")
    gap = Note(0, "gap", b"{}", {"time_coinapi_from": TIME})
    notes = [gap, Note(0, "heartbeat", b"{}"), Note(0, "gap", b"{}")]
    assert alerts.see(Batch(0, notes=notes), 1.0) == [Alert("gap", time=TIME), Alert("gap")]


def test_other_indexes_ring_nothing_and_several_rules_all() -> None:
    alerts = watching("A > 1", "A > 2", "B < 1")
    assert alerts.see(batch("5", index_id="C"), 1.0) == []
    assert [alert.rule for alert in alerts.see(batch("5"), 1.0)] == ["A > 1", "A > 2"]


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(0, 30)), min_size=1, max_size=80))
def test_a_window_has_the_extremes_of_its_time(steps: list[tuple[float, float]]) -> None:
    window, now, seen = Window(60.0), 0.0, []
    for value, step in steps:
        now += step
        seen.append((now, value))
        window.add(value, now)
        part = 60.0 / PARTS
        surely = [value] + [each for at, each in seen if now - at <= 60.0 - part]
        perhaps = [each for at, each in seen if now - at <= 60.0 + part]
        moved = window.move(value)
        assert furthest(value, surely) <= moved <= furthest(value, perhaps)


def furthest(value: float, others: list[float]) -> float:
    return max(abs(value - other) / abs(other) * 100 for other in others)


def test_a_window_does_not_grow() -> None:
    window = Window(10.0)
    for number in range(10_000):
        window.add(number, number / 100)
    assert window.move(9_999) == pytest.approx((9_999 - 8_999) / 8_999 * 100, rel=0.02)
    assert len(window._parts) <= PARTS + 1


def test_a_move_that_trembles_rings_once() -> None:
    alerts = watching("A moves 2% in 1m")
    rang = [rung(alerts, text, now=float(at)) for at, text in enumerate(["100", "102", "101.5", "102", "101.9", "102"])]
    assert rang == [[], ["102"], [], [], [], []]
