"""Bars against a plain computation over the whole series, however it is cut into batches; and each rule on its own."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.bars import AHEAD_NS, GRACE_NS, MOST_FAR_AHEAD, Bar, BarFlow, BarMaker
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.times import NS, utc_text

T0 = 1_795_685_400 * NS  # a whole minute
MINUTE = 60 * NS


class Value(NamedTuple):
    """A value: its index, its stamp, how long before its receipt that was, its text."""

    index_id: str
    stamp_ns: int
    delay_ns: int
    text: str
    gap_before: bool = False


Shown = tuple[str, int, str, str, str, str, int, bool]


def batch_of(values: list[Value], before: Value | None) -> Batch:
    """Of values with the same receipt; a gap is from the value before it to the one after."""
    batch = Batch(values[0].stamp_ns + values[0].delay_ns)
    for value in values:
        if value.gap_before:
            times: dict[str, object] = {
                "time_coinapi_from": utc_text(before.stamp_ns) if before else None,
                "time_coinapi_to": utc_text(value.stamp_ns),
            }
            batch.notes.append(Note(len(batch.values), "gap", b"{}", times))
        text = '{"type":"index","index_id":"%s","time_coinapi":"%s","value":%s}'
        stamp = utc_text(value.stamp_ns)
        batch.values.append(IndexValue("index", value.index_id, stamp, float(value.text)))
        batch.texts.append((text % (value.index_id, stamp, value.text)).encode())
        before = value
    return batch


def shown(bars: list[Bar]) -> list[Shown]:
    assert all(bar.end_ns - bar.start_ns == bars[0].end_ns - bars[0].start_ns for bar in bars)
    return [
        (bar.index_id, bar.start_ns, bar.open, bar.high, bar.low, bar.close, bar.count, bar.complete) for bar in bars
    ]


def made(series: list[Value], duration_ns: int, *, one_by_one: bool) -> tuple[list[Shown], int]:
    """The bars, in the order in which they come, and how many values were late."""
    maker, late = BarMaker(duration_ns), 0
    bars: list[Bar] = []
    flows: list[BarFlow] = []
    begin = 0
    for position in range(1, len(series) + 1):
        is_same = position < len(series) and received(series[position]) == received(series[begin])
        if one_by_one or not is_same:
            flows.append(maker.add(batch_of(series[begin:position], series[begin - 1] if begin else None)))
            begin = position
    for flow in flows:
        bars += flow.bars
        late += flow.late.count if flow.late else 0
    return shown([*bars, *maker.end()]), late


def received(value: Value) -> int:
    return value.stamp_ns + value.delay_ns


def plain(series: list[Value], duration_ns: int) -> tuple[list[Shown], int]:
    """The same, from what the contract says, with the whole series at hand."""
    feeds: list[int] = []
    for value in series:
        believed = value.stamp_ns if value.stamp_ns <= received(value) + AHEAD_NS else -1
        feeds.append(max(believed, feeds[-1] if feeds else -1))
    begin = next((feed for feed in feeds if feed >= 0), -1)
    groups: dict[tuple[int, str], list[tuple[int, int, Value]]] = {}
    late = 0
    for number, value in enumerate(series):
        start = value.stamp_ns // duration_ns * duration_ns
        if start + duration_ns + GRACE_NS <= feeds[number]:
            late += 1
        else:
            groups.setdefault((start, value.index_id), []).append((value.stamp_ns, number, value))
    found = []
    for (start, index_id), members in groups.items():
        end = start + duration_ns
        over = next((number for number, feed in enumerate(feeds) if feed >= end + GRACE_NS), len(series))
        first = min(number for _, number, _ in members)
        is_touched = any(
            value.gap_before
            and number <= over
            and start <= value.stamp_ns
            and (number <= first or end > series[number - 1].stamp_ns)
            for number, value in enumerate(series)
        )
        is_whole = over < len(series) and not is_touched and start > begin
        high = max(members, key=lambda each: (float(each[2].text), -each[1]))[2].text
        low = min(members, key=lambda each: (float(each[2].text), each[1]))[2].text
        opened, closed = min(members)[2].text, max(members)[2].text
        row = (index_id, start, opened, high, low, closed, len(members), is_whole)
        found.append(((over, start, index_id), row))
    return [row for _, row in sorted(found)], late


ids = st.sampled_from(["A", "B", "C"])
texts = st.integers(0, 9).map(lambda number: f"{number}.{number}0")
steps = st.sampled_from([0, 1, NS // 10, NS, 2 * NS, 7 * NS, 61 * NS])
back = st.sampled_from([0, 0, 0, 1, NS, 3 * NS, 30 * NS])
wild = st.sampled_from([0] * 20 + [6 * NS, 3600 * NS])


@st.composite
def all_series(draw: st.DrawFn) -> list[Value]:
    now, last_received, series = T0, 0, []
    for _ in range(draw(st.integers(1, 40))):
        now += draw(steps)
        ahead = draw(wild)
        stamp = now - draw(back) + ahead
        at = max(now + draw(st.sampled_from([0, NS // 100, NS])), last_received)
        last_received = at
        gap = draw(st.integers(0, 15)) == 0
        series.append(Value(draw(ids), stamp, at - stamp, draw(texts), gap))
    return series


@given(all_series(), st.sampled_from([NS, 10 * NS, MINUTE, 86_400 * NS]), st.booleans())
def test_they_are_those_of_a_plain_computation(series: list[Value], duration_ns: int, one_by_one: bool) -> None:
    assert made(series, duration_ns, one_by_one=one_by_one) == plain(series, duration_ns)


def one(index_id: str, seconds: float, text: str = "1", **more: Any) -> Value:
    return Value(index_id, T0 + round(seconds * NS), 0, text, **more)


def test_open_and_close_go_by_the_feeds_time_and_texts_stay() -> None:
    series = [one("A", -70), one("A", 20, "1.10"), one("A", 10, "1e0"), one("A", 30, "01.5"), one("A", 25, "0.90")]
    bars, late = made([*series, one("A", 62)], MINUTE, one_by_one=False)
    assert bars[1] == ("A", T0, "1e0", "01.5", "0.90", "01.5", 4, True)
    assert late == 0


def test_a_bar_is_over_two_seconds_past_its_end_and_then_values_are_late() -> None:
    maker = BarMaker(MINUTE)
    for seconds, over in ((0, 0), (61.999, 0), (59.9, 0), (62, 1), (59.9, 0), (59.8, 0)):
        flow = maker.add(batch_of([one("A", seconds)], None))
        assert len(flow.bars) == over
    assert flow.late is not None
    assert (flow.late.count, flow.late.index_id) == (1, "A")
    both = maker.add(Batch(T0 + MINUTE, *zip_of([one("B", 1), one("A", 2)])))
    assert both.late is not None
    assert (both.late.count, both.late.index_id, both.late.time_coinapi) == (2, "B", utc_text(T0 + NS))


def zip_of(values: list[Value]) -> tuple[list[IndexValue], list[bytes]]:
    batch = batch_of(values, None)
    return batch.values, batch.texts


def test_one_wild_stamp_makes_no_other_late() -> None:
    wild_one = Value("A", T0 + 86_400 * NS, -86_400 * NS, "9")
    bars, late = made([one("A", 1), wild_one, one("A", 2), one("A", 70)], MINUTE, one_by_one=True)
    assert late == 0
    assert [(bar[1], bar[6]) for bar in bars] == [(T0, 2), (T0 + MINUTE, 1), (T0 + 86_400 * NS, 1)]


def test_stamps_from_the_future_take_no_memory_without_end() -> None:
    series = [one("A", 0)]
    series += [Value("A", T0 + n * 3600 * NS, -n * 3600 * NS, "9") for n in range(1, 100)]
    bars, late = made([*series, one("A", 1), one("A", 61)], MINUTE, one_by_one=True)
    assert (len(bars), late) == (MOST_FAR_AHEAD + 2, 99 - MOST_FAR_AHEAD)


def test_a_clock_that_is_behind_does_not_keep_bars_from_being_over() -> None:
    behind_ns = 3600 * NS
    series = [Value("A", T0 + n * NS, -behind_ns, "1") for n in range(300)]
    bars, late = made(series, MINUTE, one_by_one=True)
    assert late == 0
    assert [bar[6] for bar in bars] == [60] * 5
    assert [bar[7] for bar in bars] == [False, False, True, True, False]
    mended = [Value("A", T0 + n * NS, 0, "1") for n in range(300, 310)]
    ahead_again = Value("B", T0 + 3600 * NS, -3500 * NS, "9")
    bars, late = made([*series, *mended, ahead_again, *mended], MINUTE, one_by_one=True)
    assert late == 0


def test_a_value_without_a_time_is_in_no_bar() -> None:
    values = [IndexValue("index", "A", "yesterday", 1.0)]
    flow = BarMaker(MINUTE).add(Batch(T0, values, [b'{"value":1}']))
    assert (flow.bars, flow.late and flow.late.time_coinapi) == ([], "yesterday")


def test_a_gap_without_times_touches_all_that_is_open() -> None:
    maker = BarMaker(MINUTE)
    maker.add(batch_of([one("A", -1), one("A", 1)], None))
    gap = Note(0, "gap", b"{}", {"time_coinapi_from": None, "time_coinapi_to": None})
    maker.add(Batch(T0, notes=[gap, Note(0, "heartbeat", b"{}")]))
    bars = [bar for second in (2, 70, 130) for bar in maker.add(batch_of([one("B", second)], None)).bars]
    assert [bar[:2] + bar[-1:] for bar in shown(bars)] == [
        ("A", T0 - MINUTE, False),
        ("A", T0, False),
        ("B", T0, False),
        ("B", T0 + MINUTE, True),
    ]


def test_the_end_of_a_run_ends_no_bar_that_is_complete() -> None:
    maker = BarMaker(NS)
    maker.add(batch_of([one("A", 0), one("A", 1), one("A", 2.5)], None))
    assert [bar.complete for bar in maker.end()] == [False, False, False]
    assert maker.end() == []
