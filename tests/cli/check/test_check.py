"""`idxstream check` from the outside: real captures, whole and spoiled, and its exit codes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.cli.help.terminals import shown_on_a_terminal
from tests.cli.watch.capture.captures import capture, wait_for_lines, wait_until
from tests.harness import GENEROUS_S, environment, run, run_here
from tests.sinks.files.files import KINDS, content

HEAD = "time_coinapi,index_id,value\n"


def check(*arguments: str | Path, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the lines of the report, stderr."""
    command = [sys.executable, "-m", "coinapi_idx_cli", "check", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment(), timeout=GENEROUS_S, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def findings(lines: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(line["kind"], line["line"]) for line in lines if line["type"] == "finding"]


def row(second: int, index_id: str = "IDX_A", value: float = 1.5) -> str:
    return f"2026-11-26T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.0000000Z,{index_id},{value}\n"


def rows(*seconds: int) -> str:
    return "".join(map(row, seconds))


@pytest.mark.parametrize("suffix", [f".{kind}{packing}" for kind in ("csv", "ndjson") for packing in KINDS])
def test_a_capture_is_whole(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    with Simulator(rate=5000, max_buffered=10**9) as sim:
        assert run("watch", "--all", "--url", sim.url, "-o", str(path), "-n", "3000").wait() == 0
    text = content(path).decode()
    published = list(csv.DictReader(io.StringIO(text))) if "csv" in suffix else list(map(json.loads, text.splitlines()))
    code, lines, errors = check(path)
    assert (code, findings(lines), errors) == (0, [], "")
    summary = lines[-1]
    assert (summary["type"], summary["whole"], summary["values"], summary["files"]) == ("summary", True, 3000, 1)
    facts = {line["index_id"]: line for line in lines if line["type"] == "index"}
    for index_id in {value["index_id"] for value in published}:
        ours = [value for value in published if value["index_id"] == index_id]
        assert facts[index_id]["values"] == len(ours)
        assert (facts[index_id]["first"], facts[index_id]["last"]) == (
            ours[0]["time_coinapi"],
            ours[-1]["time_coinapi"],
        )
        assert float(facts[index_id]["least"]) == min(float(value["value"]) for value in ours)


def test_after_a_kill_and_a_restart_the_gap_is_found_and_may_be_allowed(tmp_path: Path) -> None:
    output = f"{tmp_path}/x-%S.csv.gz"
    with Simulator(rate=500, max_buffered=10**9) as sim:
        with capture(sim, output) as running:
            wait_until(lambda: sum(content(path).count(b"\n") for path in tmp_path.glob("x-*")) > 800)
            running.process.kill()
            running.wait()
        with capture(sim, output, "-n", "500") as running:
            assert running.wait() == 0
    for arguments in ([output], sorted(tmp_path.glob("x-*"))):
        code, lines, _ = check(*arguments)
        (gap,) = [line for line in lines if line["type"] == "finding"]
        assert (code, gap["kind"]) == (7, "gap")
        assert gap["detail"].startswith("not_running: nothing from ")
        code, lines, _ = check(*arguments, "--allow", "gap")
        assert (code, lines[-1]["whole"], lines[-1]["findings"]) == (0, True, {"gap": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rows(*range(9)) + row(9)[:-3], [("torn", 11)]),
        (rows(*range(9)) + rows(*range(3, 9)), [("doubled", 11), ("backwards", None)]),
        (rows(1, 2, 3, 4, 2), []),  # a correction
        (rows(*range(20), *range(5, 11)), [("doubled", 22), ("backwards", None)]),
        (rows(0) + "x\n" + rows(1), [("columns", 3)]),
    ],
)
def test_spoiled_files(text: str, expected: list[tuple[str, int | None]], tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + text)
    code, lines, errors = check(path)
    assert (code, sorted(findings(lines), key=str), errors) == (7 if expected else 0, sorted(expected, key=str), "")
    assert check("-", stdin=path.read_bytes())[:1] == (code,)
    packed = tmp_path / "y.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert sorted(findings(check(packed)[1]), key=str) == sorted(expected, key=str)


def test_files_of_a_stream_may_each_have_the_header_and_a_file_may_not(tmp_path: Path) -> None:
    joined = HEAD + rows(*range(5)) + HEAD + rows(*range(5, 9))
    code, lines, _ = check("-", stdin=joined.encode())
    assert (code, findings(lines), lines[-1]["values"], lines[-1]["lines"]) == (0, [], 9, 11)
    assert findings(check("-", stdin=(joined + HEAD.replace("value", "source")).encode())[1]) == [("undecodable", 12)]
    (tmp_path / "x.csv").write_text(joined)
    assert findings(check(tmp_path / "x.csv")[1]) == [("columns", 7)]


def test_files_are_read_in_order_of_time_and_doubles_are_found_across_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows(*range(100, 200)))
    (tmp_path / "b.csv").write_text(HEAD + rows(*range(100)))
    assert check(tmp_path / "a.csv", tmp_path / "b.csv")[0] == 0
    (tmp_path / "b.csv").write_text(HEAD + rows(*range(110)))
    code, lines, _ = check(tmp_path / "a.csv", tmp_path / "b.csv")
    assert code == 7
    doubled = next(line for line in lines if line.get("kind") == "doubled")
    assert (doubled["file"], doubled["line"]) == (str(tmp_path / "a.csv"), 2)
    assert doubled["details"] == {"lines": 10, "earlier_file": str(tmp_path / "b.csv"), "earlier_line": 102}


def test_a_file_with_two_names_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows(*range(100)))
    (tmp_path / "latest.csv").symlink_to("a.csv")
    code, lines, _ = check(tmp_path / "a.csv", tmp_path / "latest.csv", f"{tmp_path}/../{tmp_path.name}/a.csv")
    assert (code, lines[-1]["files"]) == (0, 1)


def test_doubles_of_two_files_are_found_however_far_apart_they_are(tmp_path: Path) -> None:
    """Two machines that captured the same for a while: more than 100,000 values lie between the same lines."""
    times = [f"2026-11-26T{n // 36000:02}:{n // 600 % 60:02}:{n // 10 % 60:02}.{n % 10}000000Z" for n in range(260_000)]
    lines = [f"{time},IDX_A,{n}.5\n" for n, time in enumerate(times)]
    other = [line.replace("IDX_A", "IDX_B") for line in lines[:120_000]]
    (tmp_path / "a.csv").write_text(HEAD + "".join(lines[:200_000]))
    (tmp_path / "b.csv.gz").write_bytes(
        gzip.compress((HEAD + "".join([*other, *lines[120_000:150_000], *lines[200_000:]])).encode())
    )
    found = run("check", str(tmp_path / "a.csv"), str(tmp_path / "b.csv.gz"), "--allow", "backwards")
    assert found.wait() == 7
    doubled = [line for line in map(json.loads, found.out.lines) if line.get("kind") == "doubled"]
    (finding,) = doubled
    assert (finding["file"], finding["line"]) == (str(tmp_path / "b.csv.gz"), 120_002)
    assert finding["details"] == {"lines": 30_000, "earlier_file": str(tmp_path / "a.csv"), "earlier_line": 120_002}


def test_two_files_of_the_same_time_with_other_values_are_whole(tmp_path: Path) -> None:
    times = [f"2026-11-26T00:{n // 60:02}:{n % 60:02}.0000000Z" for n in range(3000)]
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEAD + "".join(f"{time},IDX_{name},1.5\n" for time in times))
    assert run("check", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")).wait() == 0


def test_gaps_in_the_data_are_found_once(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    with Simulator(rate=0) as sim, capture(sim, path, "--include", "gap") as running:
        peer = sim.wait_for_peer()
        sim.publish("IDX_REFRATE_VWAP_BTC", 1)
        wait_for_lines(path, 1)
        peer.cut()
        sim.wait_for_peer(2)
        sim.publish("IDX_REFRATE_VWAP_BTC", 2)
        wait_for_lines(path, 3)
        running.interrupt()
        running.wait()
    assert findings(check(path)[1]) == [("gap", 2)]
    (tmp_path / "x.gaps.ndjson").unlink()
    assert findings(check(path)[1]) == [("gap", 2)]


@pytest.mark.parametrize("arguments", [["none.csv"], ["."], ["x-%Y.csv"], ["x.csv", "--allow", "gaps"], []])
def test_what_cannot_be_read_is_a_usage_error(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.csv").write_text(HEAD)
    monkeypatch.chdir(tmp_path)
    code, lines, errors = check(*arguments)
    assert (code, lines, errors.count("\n")) == (2, [], 1)


def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD)
    path.chmod(0)
    if os.geteuid():
        assert check(path)[0] == 2


def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "".join(row(second, f"IDX_{second}") for second in range(20_000)))
    line = f"{sys.executable} -m coinapi_idx_cli check {path} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, env=environment(), timeout=GENEROUS_S, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


def test_control_c_ends_it(tmp_path: Path) -> None:
    fifo = tmp_path / "x.csv"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "coinapi_idx_cli", "check", str(fifo)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
        writer = os.open(fifo, os.O_WRONLY)  # returns when it reads
        process.send_signal(signal.SIGINT)
        assert process.wait(GENEROUS_S) in (130, -signal.SIGINT)  # which a shell calls 130
        os.close(writer)


def test_the_report_for_people(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    hole = [*range(600), *range(1800, 2400)]
    path.write_text(
        HEAD + "".join(row(second, index_id) for second in hole for index_id in ("IDX_A", "IDX_B")) + "torn"
    )
    page = shown_on_a_terminal("check", str(path), COLUMNS="120")
    assert f"torn  {path}:2402  the last line has no end: 'torn'" in page
    assert "values/minute" in page
    assert re.search(r"IDX_A +1,200 +1\.5 +1\.5  11-26 00:00:00 to 00:39:59  ▇{10} {20}▇{10}", page)
    assert page.rstrip().endswith("not whole: 1 torn, in 1 file, 2,400 values of 2 indexes")
    narrow = shown_on_a_terminal("check", str(path), COLUMNS="40")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", narrow).split("\n\n")[1].splitlines()
    assert max(map(len, plain)) <= 40
    assert re.fullmatch(r"IDX_A +1,200  [▇▄▂ ]+", plain[1])


def test_names_of_files_may_hold_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/x\xff.csv")
    Path(path).write_text(HEAD + rows(0, 1) + "torn")
    code, lines, errors = check(path)
    assert (code, errors) == (7, "")
    assert {line["file"] for line in lines if "file" in line} == {f"{tmp_path}/x\\udcff.csv"}


def test_nothing_in_a_record_is_a_command_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + row(0, "[red]IDX[/red]") + row(1, "IDX\x1b[31mA") + "\x1b[2Jtorn")
    page = shown_on_a_terminal("check", str(path), COLUMNS="120")
    assert "[red]IDX[/red] " in page
    assert "\x1b[31m" not in page
    assert "\x1b[2J" not in page


def test_findings_that_are_only_counted_count(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "nonsense\n" * 1000)
    code, lines, _ = check(path)
    assert (code, lines[-1]["findings"]) == (7, {"columns": 1000})
    assert sum(line["type"] == "finding" for line in lines) == 21


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_file_of_bars_is_checked_by_their_begin(kind: str, tmp_path: Path) -> None:
    names = ("index_id", "time_start", "time_end", "open", "high", "low", "close", "count", "complete", "source")
    lines = [",".join(names)] if kind == "csv" else []
    for minute in [*range(10), *range(2, 8)]:
        start, end = (f"2026-11-26T09:{each:02}:00.0000000Z" for each in (minute, minute + 1))
        cells = ("IDX_A", start, end, "1.5", "2.5", "0.5", f"{minute}.10", "60", "true", "rest")
        objects = {"type": "bar", **dict(zip(names, cells, strict=True)), "close": minute + 0.5}
        lines.append(",".join(cells) if kind == "csv" else json.dumps(objects, separators=(",", ":")))
    path = tmp_path / f"bars.{kind}"
    path.write_text("".join(f"{line}\n" for line in lines))
    done = run_here("check", str(path))
    found = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 7
    assert {each["kind"] for each in found if each["type"] == "finding"} == {"doubled", "backwards"}
    (index,) = [each for each in found if each["type"] == "index"]
    assert (index["values"], index["first"][11:16], index["last"][11:16]) == (16, "09:00", "09:09")
    assert found[-1]["from_history"] == 16
