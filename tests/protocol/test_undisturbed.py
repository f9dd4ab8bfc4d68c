"""The short way of values, where nothing has to be decided, is the long one without its questions."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Continuity, Flow
from coinapi_idx_cli.protocol.messages import decode, decode_one_by_one, plain_values
from tests.protocol.feeds import Tick, batch_of, series

STEPS = ("value", "value", "value", "value", "overlap", "hold", "switch", "lose", "end_overlap")


def accept(continuity: Continuity, batch: Batch, now: float, *, short: bool) -> Flow:
    if short and continuity.is_undisturbed:
        continuity.wrote(batch, now)
        return Flow([batch])
    return continuity.accept(batch, now)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.sampled_from((0.01, 0.3, 2.0, 40.0)))))
def test_both_ways_write_the_same(steps: list[tuple[str, int, float]]) -> None:
    ticks = series(*range(len(steps) + 3))
    outcomes = []
    for short in (False, True):
        continuity, now, flows = Continuity(), 0.0, []
        for number, (step, back, seconds) in enumerate(steps):
            now += seconds
            tick: Tick = ticks[max(0, number - back)]
            match step:
                case "value":
                    flows.append(accept(continuity, batch_of([tick]), now, short=short))
                case "overlap":
                    continuity.begin_overlap(now)
                case "hold":
                    continuity.hold(batch_of([tick]), now)
                case "switch":
                    flows.append(continuity.switch(now))
                case "lose":
                    continuity.lose()
                case _:
                    continuity.end_overlap()
        outcomes.append(
            [([(each.texts, [note.text for note in each.notes]) for each in flow.batches], flow.gap) for flow in flows]
            + [continuity.end(now)]
        )
    assert outcomes[0] == outcomes[1]


def test_nothing_has_to_be_decided_until_a_connection_is_lost_or_another_is_open() -> None:
    continuity = Continuity()
    assert continuity.is_undisturbed
    continuity.accept(batch_of(series(1)), 1.0)
    assert continuity.is_undisturbed
    continuity.begin_overlap(2.0)
    assert not continuity.is_undisturbed
    continuity.end_overlap()
    assert continuity.is_undisturbed
    continuity.lose()
    assert not continuity.is_undisturbed
    continuity.accept(batch_of(series(2)), 3.0)
    continuity.accept(batch_of(series(3)), 99.0)  # by then what was written does not come again
    assert continuity.is_undisturbed


VALUE = {"type": "index", "index_id": "IDX_A", "time_coinapi": "2025-11-21T19:13:02.0000001Z", "value": 1.5}
MESSAGES = st.one_of(
    st.just(VALUE),
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from([each, None, 1, "x", []]) for name, each in VALUE.items()}
    ),
    st.sampled_from([{"type": "heartbeat"}, {"type": "error", "message": "no"}, {"type": "new"}, 1, "é"]),
)


@given(st.lists(st.tuples(MESSAGES, st.booleans())), st.integers(0, 2**62))
def test_values_found_at_once_are_those_found_one_by_one(messages: list[tuple[object, bool]], time_ns: int) -> None:
    frames = [json.dumps(each, separators=None if spaced else (",", ":")).encode() for each, spaced in messages]
    slow = decode_one_by_one(frames, time_ns)
    assert decode(frames, time_ns) == slow
    values = plain_values(frames)
    if values is not None:
        assert values == slow.batch.values
        assert frames == slow.batch.texts
    else:
        assert any(spaced for _, spaced in messages) or len(slow.batch.values) < len(messages)
