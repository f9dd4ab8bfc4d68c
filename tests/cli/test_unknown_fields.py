"""A slip of the pen in --fields: what is near, what there is, and nothing written."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.outputs.fields import parse_fields
from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running, run

VALUE = '{"type":"index","index_id":"A","time_coinapi":"t","value":1,"sequence":7}'
ALL_KNOWN = "type, index_id, time_coinapi, value, time_received, latency_ms"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            "vlaue",
            f"unknown field 'vlaue' in --fields; did you mean value? there are {ALL_KNOWN}, and what the feed adds",
        ),
        (
            "index_id,vlaue,latency",
            "unknown fields 'vlaue' and 'latency' in --fields; did you mean value and latency_ms?",
        ),
        ("", f"unknown field '' in --fields; there are {ALL_KNOWN}, and what the feed adds"),
    ],
)
def test_what_comes_near_a_known_name_is_told_before_anything_is_done(fields: str, said: str) -> None:
    done = run("watch", "--demo", "-n", "1", "--fields", fields)
    assert (done.wait(), done.out.lines) == (2, [])
    (line,) = done.err.lines
    assert said in line


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            "value,sequense",
            "unknown field 'sequense' in --fields; did you mean sequence? there are index_id, sequence, time",
        ),
        ("time", "unknown field 'time' in --fields; did you mean time_coinapi? there are "),
        ("SEQ,price", "unknown fields 'SEQ' and 'price' in --fields; did you mean sequence? there are "),
        (
            "xyzzy",
            "unknown field 'xyzzy' in --fields; there are index_id, sequence, time_coinapi, type, value, time_received",
        ),
    ],
)
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_what_the_first_values_lack_is_told_and_nothing_is_written(fields: str, said: str, form: str) -> None:
    with (
        Simulator(rate=0) as sim,
        Running("watch", "--all", "--url", sim.url, "-f", form, "--fields", fields) as running,
    ):
        sim.wait_for_peer().send_text(VALUE)
        assert running.wait() == 2
    assert running.out.lines == []
    (line,) = running.err.lines
    assert said in line


def test_names_that_are_like_no_known_one_may_be_the_feeds() -> None:
    assert parse_fields("sequence,price,value") == ("sequence", "price", "value")
    with pytest.raises(UsageError, match="names a field twice"):
        parse_fields("value,value")
