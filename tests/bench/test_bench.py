"""Each kind of run of `make bench` works, and one that gives no figure says why. Nothing here is timed."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest

from tests.bench import figures, measures, messages, records
from tests.bench.blaster import Feed
from tests.bench.comparisons import Bound, Comparison, Figure, Flatness, Peer
from tests.bench.figures import CSV, NDJSON, TABLE
from tests.bench.messages import TEMPLATES_AT_LEAST, chunks, frames
from tests.bench.peers import VENDOR_LIKE, WEBSOCAT, WEBSOCAT_JQ, Program
from tests.bench.report import BEGIN, END, table, with_section
from tests.bench.runs import Into, RunFailedError, run
from tests.bench.tabs import tab_ms
from tests.completions.needed import installed

FEW = 300
ONE_BY_ONE = Feed(FEW, rate=3000)


def ignore(text: str) -> None:
    """Takes what is told of the rounds."""


def payload(frame: bytes) -> bytes:
    return frame[2:] if frame[1] < 126 else frame[4:]


@pytest.mark.parametrize("ids", [8, 10_000])
def test_no_two_messages_are_alike_and_headers_of_both_lengths_come(ids: int) -> None:
    count = 2 * max(ids, TEMPLATES_AT_LEAST) + 7  # a third pass has begun
    sent = frames(count, ids)
    decoded = [json.loads(payload(frame)) for frame in sent]
    assert len({message["time_coinapi"] for message in decoded}) == count
    assert len({message["value"] for message in decoded}) == count
    assert len({message["index_id"] for message in decoded}) == ids
    assert {len(payload(frame)) < 126 for frame in sent} == {True, False}
    assert b"".join(chunks(count, ids)) == b"".join(sent)


def test_more_messages_than_can_differ_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PASSES", 2)
    with pytest.raises(ValueError, match="alike"):
        list(chunks(3 * TEMPLATES_AT_LEAST, 8))


@pytest.mark.parametrize("program", [NDJSON, CSV, WEBSOCAT, WEBSOCAT_JQ, VENDOR_LIKE], ids=lambda program: program.name)
def test_all_comes_out_of_the_pipe(program: Program) -> None:
    if program.lacks is not None:
        pytest.skip(f"{program.lacks} is not installed")
    assert measures.rate_into_pipe(program, FEW) > 0


def test_a_file_and_nothing(tmp_path: Path) -> None:
    file = tmp_path / "values"
    measures.feed_to(NDJSON, Feed(FEW), file, file=file)
    assert len(file.read_text().splitlines()) == FEW
    measures.feed_to(NDJSON, Feed(FEW), Into.NULL)


def test_delays_at_a_pace() -> None:
    p50, p99 = measures.delay_us(NDJSON, ONE_BY_ONE)
    assert 0 < p50 <= p99


def test_bursts_and_a_terminal() -> None:
    assert len(measures.feed_to(NDJSON, Feed(FEW, rate=3000, burst=10), Into.PIPE).sent_ns) == FEW
    assert measures.feed_to(TABLE, ONE_BY_ONE, Into.TERMINAL).run.cpu_s > 0
    measures.cpu_percent_of_output_option(ONE_BY_ONE)  # raises where a line is missing


def test_the_first_line() -> None:
    assert measures.first_line_ms(NDJSON) > 0


def test_one_value_alerts_and_bars() -> None:
    assert measures.whole_ms(figures.GET) > 0
    assert measures.feed_to(figures.ALERTS, ONE_BY_ONE, Into.PIPE).run.cpu_s > 0
    assert measures.feed_to(figures.BARS, Feed(FEW), Into.NULL).run.cpu_s > 0


def test_a_stall_without_back_pressure_is_told() -> None:
    with pytest.raises(RunFailedError, match="back-pressure"):
        measures.peak_mib_stalled(FEW, 0.01)


def test_lost_lines_are_told() -> None:
    half = Program("half", lambda url, count: NDJSON.pipeline(url, count // 2))
    with pytest.raises(RunFailedError, match=f"{FEW // 2} lines of {FEW} messages"):
        measures.rate_into_pipe(half, FEW)


def test_a_hang_and_a_failure_are_told() -> None:
    with pytest.raises(RunFailedError, match=r"within 0\.2 s"):
        run([[sys.executable, "-c", "import time; time.sleep(100)"]], limit_s=0.2)
    with pytest.raises(RunFailedError, match="exit code 3: so it is"):
        run([[sys.executable, "-c", "import sys; print('so it is', file=sys.stderr); sys.exit(3)"]])


def test_every_group_has_figures() -> None:
    sizes = figures.Sizes(messages=FEW, seconds=0.1, stall_s=0.1)
    assert all(group(sizes) for group in figures.GROUPS.values())


def test_a_pair_has_the_median_of_its_ratios() -> None:
    ours, theirs = itertools.cycle([(10.0,), (30.0,), (60.0,)]), itertools.cycle([(5.0,), (10.0,), (10.0,)])
    figure = Figure("speed", "m/s", Bound(2.5, 4, at_least=True))
    (row,) = Comparison([figure], lambda: next(ours), Peer("other", lambda: next(theirs))).rows(3, ignore)
    assert (row.figure, row.idxstream, row.peer) == ("speed, m/s", "30 (10 to 60)", "other: 10 (5 to 10)")
    assert (row.ratio, row.target, row.goal, row.reached) == ("3.00 (2.00 to 6.00)", "≥ 2.5x", "≥ 4x", "target")


def test_a_peer_that_is_not_there_or_fails_is_told_in_its_row() -> None:
    def fail() -> tuple[float]:
        raise RunFailedError("7 lines of 8 messages")

    figure = Figure("speed", "m/s", Bound(2, at_least=True))
    for peer, words in ((Peer("other", fail, "other"), "is not installed"), (Peer("other", fail), "7 lines of 8")):
        (row,) = Comparison([figure], lambda: (30.0,), peer).rows(2, ignore)
        assert words in row.peer
        assert (row.idxstream, row.ratio, row.reached) == ("30 (30 to 30)", "-", "-")


def test_flatness_is_the_greatest_to_the_least() -> None:
    (row,) = Flatness(Figure("CPU", "ns", Bound(1.3)), [lambda: (10.0,), lambda: (14.0,)]).rows(1, ignore)
    assert (row.idxstream, row.ratio, row.reached) == ("10; 14", "1.40", "**missed**")


def test_the_table_goes_between_the_marks() -> None:
    row = Figure("a | b", "ms").row("1")
    page = with_section(f"before\n{BEGIN}\nold\n{END}\nafter\n", table([row]))
    assert page.startswith(f"before\n{BEGIN}\n\n| figure ")
    assert page.endswith(f"|\n\n{END}\nafter\n")
    assert "a \\| b, ms" in page
    with pytest.raises(ValueError, match="bench"):
        with_section("a page without", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_tab_of_each_shell(shell: str) -> None:
    assert tab_ms(installed(shell), 10) > 0


def test_records_are_checked_merged_and_replayed() -> None:
    for measure in (records.check, records.merge, records.replay):
        speed, peak_mib = measure(1, 50)
        assert speed > 0
        assert peak_mib > 1
