"""The text of a metrics file, read back by Prometheus' own reader of the format, and by a plain one."""

from __future__ import annotations

import re
import subprocess

import pytest

from coinapi_idx_cli.monitoring.delay_samples import SAMPLE_EVERY_NS, DelaySamples, DelayTotals
from coinapi_idx_cli.monitoring.exposition import METRICS, Snapshot, escaped, exposition
from coinapi_idx_cli.protocol.times import NS

WHOLE = Snapshot(
    values=12,
    bytes_received=3400,
    gaps=2,
    gap_seconds=1.5,
    reconnects=3,
    handovers=4,
    malformed=5,
    is_connected=True,
    last_value_ns=1_700_000_000_250_000_000,
    delays_s={0.5: 0.001, 0.9: 0.002, 0.99: 1e-07},
    delay_sum_s=0.25,
    delay_count=9,
)


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def test_every_figure_is_there_under_its_name() -> None:
    assert samples(exposition(WHOLE, "btc")) == {
        'idxstream_values_total{run="btc"}': 12,
        'idxstream_bytes_received_total{run="btc"}': 3400,
        'idxstream_gaps_total{run="btc"}': 2,
        'idxstream_gap_seconds_total{run="btc"}': 1.5,
        'idxstream_reconnects_total{run="btc"}': 3,
        'idxstream_handovers_total{run="btc"}': 4,
        'idxstream_malformed_total{run="btc"}': 5,
        'idxstream_connected{run="btc"}': 1,
        'idxstream_last_value_timestamp_seconds{run="btc"}': 1_700_000_000.25,
        'idxstream_delay_seconds{run="btc",quantile="0.5"}': 0.001,
        'idxstream_delay_seconds{run="btc",quantile="0.9"}': 0.002,
        'idxstream_delay_seconds{run="btc",quantile="0.99"}': 1e-07,
        'idxstream_delay_seconds_sum{run="btc"}': 0.25,
        'idxstream_delay_seconds_count{run="btc"}': 9,
    }


def test_every_metric_has_help_and_a_type_before_its_samples() -> None:
    text = exposition(WHOLE, "btc")
    for metric in METRICS:
        head = f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.type}\n{metric.name}{{"
        assert text.count(head) == 1


def test_before_the_first_value_there_is_no_time_of_it_and_no_delay() -> None:
    text = exposition(Snapshot(), "btc")
    assert "idxstream_last_value" not in text
    assert len(re.findall(r'^idxstream_delay_seconds\{run="btc",quantile="[\d.]+"\} NaN$', text, re.MULTILINE)) == 3


@pytest.mark.parametrize("run", ['a "b" \\n', "two\nlines", "naïve 日本", "\\", 'x"'])
def test_any_label_stays_on_its_line_and_can_be_read_back(run: str) -> None:
    line = exposition(Snapshot(), run).split("\n")[2]
    found = re.fullmatch(r'idxstream_values_total\{run="((?:[^"\\\n]|\\[\\"n])*)"\} 0', line)
    assert found is not None
    assert re.sub(r"\\(.)", lambda each: {"n": "\n"}.get(each[1], each[1]), found[1]) == run
    assert escaped(run) == found[1]


@pytest.mark.parametrize("run", ["btc", 'a "b"\\\nc'])
@pytest.mark.parametrize("snapshot", [WHOLE, Snapshot()], ids=["a run", "before the first value"])
def test_promtool_finds_nothing_to_complain_of(snapshot: Snapshot, run: str) -> None:
    text = exposition(snapshot, run).encode()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_quantiles_are_of_the_samples_taken_and_totals_of_all() -> None:
    totals = DelayTotals()
    first = [(NS + number * 1_000_000, "1970-01-01T00:00:01Z") for number in range(100)]
    assert totals.take(first, (0.5, 0.9, 0.99)) == {0.5: 0.050, 0.9: 0.090, 0.99: 0.099}
    assert totals.take([(3 * NS, "1970-01-01T00:00:04Z"), (NS, "no time")], (0.5, 0.99)) == {0.5: -1.0, 0.99: -1.0}
    assert totals.count == 101
    assert totals.sum_s == pytest.approx(sum(range(100)) / 1000 - 1)
    assert totals.take([], (0.5,)) == {}


def test_samples_are_bounded_however_many_values_come() -> None:
    samples = DelaySamples()
    for number in range(1000):
        samples.note(number * SAMPLE_EVERY_NS // 10, str(number))
    taken = samples.take()
    assert [text for _, text in taken] == [str(number) for number in range(0, 1000, 10)]
    samples.note(5 * NS, "after")
    samples.note(0, "the clock was set back")
    assert len(samples.take()) == 2
    assert samples.take() == []
