"""`idxstream merge` from the outside: real captures with holes of their own become what was published."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import capture, wait_until
from tests.harness import run
from tests.sinks.files.files import KINDS, content

HEAD = "time_coinapi,index_id,value\n"


def row(second: int, index_id: str = "IDX_A") -> str:
    return f"2026-11-26T09:{second // 60:02}:{second % 60:02}.0000000Z,{index_id},{second}.50\n"


def rows(*seconds: int) -> str:
    return "".join(map(row, seconds))


def merged(*arguments: str | Path) -> str:
    """What it says on stderr."""
    done = run("merge", *map(str, arguments))
    assert (done.wait(), done.out.text) == (0, ""), done.err.text
    return done.err.text


@pytest.mark.parametrize("suffix", [f".{kind}{packing}" for kind in ("csv", "ndjson") for packing in KINDS])
def test_two_captures_that_are_killed_and_cut_in_turn_give_what_was_published(suffix: str, tmp_path: Path) -> None:
    names = [f"{tmp_path}/a/x-%S{suffix}", f"{tmp_path}/b/x{suffix}"]
    with Simulator(rate=2000, record=True, max_buffered=10**9) as sim:
        running = [capture(sim, name) for name in names]
        sim.wait_for_peer(2)

        def wait_for_value(side: str, number: int) -> None:
            """Until it is in a file of that side: what a process has not read is lost with it."""
            wait_until(lambda: len(sim.record) > number)
            time = json.loads(sim.record[number])["time_coinapi"].encode()
            wait_until(lambda: any(time in content(path) for path in (tmp_path / side).glob(f"x*{suffix}")))

        for turn in range(4):
            # Both have that, and what a kill costs, up to a second where it is compressed, is behind the other's begin.
            wait_for_value("ab"[turn % 2], len(sim.record) + 2 * 2000)
            running[turn % 2].process.kill()
            running[turn % 2].wait()
            running[turn % 2] = capture(sim, names[turn % 2])
            sim.wait_for_peer(3 + turn)
        wait_for_value("b", len(sim.record) + 500)
        sim.stop_walk()
        for side in "ab":
            wait_for_value(side, len(sim.record) - 1)
        for each in running:
            each.interrupt()
            each.wait()
        sent = [(message["time_coinapi"], message["index_id"]) for message in map(json.loads, sim.record)]
    output = tmp_path / f"whole{suffix}"
    text = merged(*names, "-o", output)
    lines = content(output).decode().splitlines()
    found = (
        [line.split(",")[:2] for line in lines[1:]]
        if "csv" in suffix
        else [[message["time_coinapi"], message["index_id"]] for message in map(json.loads, lines)]
    )
    first = min(time for time, _ in found)
    for index_id in {index_id for _, index_id in found}:
        published = [time for time, of in sent if of == index_id and time >= first]
        assert [time for time, of in found if of == index_id] == published
    assert "nothing is known to be missing" in text
    assert run("check", str(output)).wait() == 0


def test_what_none_has_is_a_gap_beside_the_file_and_check_finds_it(tmp_path: Path) -> None:
    seconds = {"a": [*range(100), *range(300, 400)], "b": [*range(250), *range(350, 400)]}
    for name, hole in (("a", (99, 300)), ("b", (249, 350))):
        (tmp_path / f"{name}.csv").write_text(HEAD + rows(*seconds[name]))
        begin, end = (row(second).partition(",")[0] for second in hole)
        times = {"from": begin, "to": end, "time_coinapi_from": begin, "time_coinapi_to": end}
        gap = {"type": "gap", "kind": "connection", "output": f"{name}.csv", **times}
        (tmp_path / f"{name}.gaps.ndjson").write_text(json.dumps(gap) + "\n")
    text = merged(tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "c.csv")
    assert (tmp_path / "c.csv").read_text() == HEAD + rows(*range(250), *range(300, 400))
    (gap,) = (json.loads(line) for line in (tmp_path / "c.gaps.ndjson").read_text().splitlines())
    assert (gap["from"], gap["to"], gap["seconds"]) == (
        "2026-11-26T09:04:09.000000000Z",
        "2026-11-26T09:05:00.000000000Z",
        51,
    )
    assert gap["reason"] == "in none of the captures"
    assert f"350 values; 200 values of {tmp_path}/a.csv, 150 more of {tmp_path}/b.csv, which has 300; 1 stretch" in text
    assert run("check", str(tmp_path / "c.csv")).wait() == 7


def test_three_captures(tmp_path: Path) -> None:
    for name, seconds in (("a", [*range(100), 299]), ("b", [*range(50, 60), *range(90, 210)]), ("c", range(200, 299))):
        (tmp_path / f"{name}.csv").write_text(HEAD + rows(*seconds))
    merged(*(tmp_path / f"{name}.csv" for name in "abc"), "-o", tmp_path / "d.csv.gz")
    assert gzip.decompress((tmp_path / "d.csv.gz").read_bytes()).decode() == HEAD + rows(*range(300))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.csv", "d.csv.gz"]


def test_what_is_not_a_value_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows(0, 1) + "nonsense\n" + rows(2))
    (tmp_path / "b.csv").write_text(HEAD + rows(1, 2, 3) + "torn")
    text = merged(tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "c.csv")
    assert (tmp_path / "c.csv").read_text() == HEAD + rows(0, 1, 2, 3)
    assert "a.csv: 1 columns left out" in text
    assert "b.csv: 1 torn left out" in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["a.csv", "b.csv"], 2, "add -o FILE"),
        (["a.csv", "-o", "c.csv"], 2, "two captures or more"),
        (["a.csv", "b.csv", "-o", "a.csv"], 6, "a.csv exists"),
        (["a.csv", "none.csv", "-o", "c.csv"], 2, "cannot read none.csv"),
        (["a.csv", "n.ndjson", "-o", "c.csv"], 2, "different columns or formats"),
        (["a.csv", "other.csv", "-o", "c.csv"], 2, "different columns or formats"),
        (["a.csv", "b.csv", "-o", "c.ndjson"], 2, "name it .csv"),
        (["a.csv", "b.csv", "-o", "c.csv.xz"], 2, "does not compress to .xz"),
        (["a.csv", "b.csv", "-o", "none/c.csv"], 0, ""),
        (["empty.csv", "empty.csv", "-o", "c.csv"], 2, "there is no value"),
        (["nothing.csv", "a.csv", "-o", "c.csv"], 0, ""),
        (["swapped.csv", "a.csv", "-o", "c.csv"], 0, ""),
        (["a.csv", "notes.csv", "-o", "c.csv"], 2, "notes.csv is not a capture: its first line is not a header"),
        (["a.csv", "b.csv", "-o", "c.parquet"], 2, "does not write .parquet files"),
        (["a.csv", "b.csv", "-o", "c.csv/"], 2, "'c.csv/' is not the name of a file"),
        (["a.csv", "b.csv", "-o", ""], 2, "'' is not the name of a file"),
        (["a.csv", "b.csv", "-o", "broken.csv"], 6, "broken.csv exists"),
    ],
)
def test_what_cannot_be_merged(
    arguments: list[str], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows(0, 1))
    (tmp_path / "b.csv").write_text(HEAD + rows(1, 2))
    (tmp_path / "empty.csv").write_text(HEAD)
    (tmp_path / "nothing.csv").write_text("")
    (tmp_path / "swapped.csv").write_text("index_id,time_coinapi,value\n")
    (tmp_path / "notes.csv").write_text("day,note\n1,fine\n")
    (tmp_path / "broken.csv").symlink_to("elsewhere.csv")
    (tmp_path / "other.csv").write_text("index_id,time_coinapi,value\nIDX_A,2026-11-26T09:00:00Z,1\n")
    (tmp_path / "n.ndjson").write_text(
        '{"type":"index","index_id":"A","time_coinapi":"2026-11-26T09:00:00Z","value":1}\n'
    )
    monkeypatch.chdir(tmp_path)
    done = run("merge", *arguments)
    assert done.wait() == code, done.err.text
    assert words in done.err.text
    assert not list(tmp_path.glob(".merge-*"))
    assert (tmp_path / "a.csv").read_text() == HEAD + rows(0, 1)


def test_captures_of_two_sites_that_differ_are_warned_about(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows(*range(60)))
    (tmp_path / "b.csv").write_text(HEAD + rows(*range(60)).replace(".0000000Z", ".5000000Z"))
    text = merged(tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "c.csv")
    assert f"{tmp_path}/b.csv has other values of 1 index than the captures before it, as of another site" in text
    last = rows(59).replace(".0000000Z", ".5000000Z")  # a has nothing behind it
    assert (tmp_path / "c.csv").read_text() == HEAD + rows(*range(60)) + last
