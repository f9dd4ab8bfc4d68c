"""A slip of the pen in --fields: what is near, what there is, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.fields import parse_fields
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.test_wait_lock import wait_until_grown
from tests.harness import Running, run

VALUE = '{"type":"index","index_id":"A","time_coinapi":"t","value":1,"sequence":7}'
ALL_KNOWN = "type, index_id, time_coinapi, value, time_received, latency_ms, stream_sequence, stream_line"


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
    ("form", "fields", "said"),
    [
        (
            "csv",
            "value,sequense",
            "unknown field 'sequense' in --fields; did you mean sequence? there are index_id, sequence, time",
        ),
        ("ndjson", "time", "unknown field 'time' in --fields; did you mean time_coinapi? there are "),
        ("csv", "SEQ,price", "unknown fields 'SEQ' and 'price' in --fields; did you mean sequence? there are "),
        (
            "ndjson",
            "xyzzy",
            "unknown field 'xyzzy' in --fields; there are index_id, sequence, time_coinapi, type, value, time_received",
        ),
    ],
)
def test_what_the_first_values_lack_is_told_and_nothing_is_written(form: str, fields: str, said: str) -> None:
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


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson.zst", "t-%Y.csv.gz"])
def test_no_file_is_left_that_the_corrected_run_would_be_refused_for(name: str, tmp_path: Path) -> None:
    for fields, code in (("value,sequense", 2), ("value,sequence", 0)):
        options = ("--all", "-n", "1", "-o", str(tmp_path / name), "--fields", fields)
        with Simulator(rate=0) as sim, Running("watch", "--url", sim.url, *options) as running:
            sim.wait_for_peer().send_text(VALUE)
            assert running.wait() == code, running.err.text
        assert [path.suffix for path in tmp_path.iterdir()] == ([] if code else [Path(name).suffix])


def test_a_file_that_was_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text('{"value":1}\n')
    options = ("--all", "-n", "1", "-o", str(path), "--fields", "value,sequense")
    with Simulator(rate=0) as sim, Running("watch", "--url", sim.url, *options) as running:
        sim.wait_for_peer().send_text(VALUE)
        assert running.wait() == 2
    assert path.read_text() == '{"value":1}\n'


def test_who_waits_for_a_file_is_told_at_once_not_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    options = ("watch", "--all", "-o", str(path))
    with Simulator(rate=0) as sim, Running(*options, "--url", sim.url, "-n", "2") as first:
        sim.wait_for_peer(1).send_text(VALUE)
        wait_until_grown(path)
        waiting = ("--wait-lock", "60s", "--fields", "index_id,time_coinapi,value,sequense")
        with Running(*options, "--url", sim.url, *waiting) as second:
            sim.wait_for_peer(2).send_text(VALUE)
            assert second.wait() == 2
            assert "unknown field 'sequense' in --fields; did you mean sequence?" in second.err.text
        assert first.process.poll() is None
    assert path.read_text() == VALUE + "\n"
