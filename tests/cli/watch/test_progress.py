"""The status line of `-o`: what the cells of a terminal show, and that it is nowhere else."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from rich.filesize import decimal

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.sinks.files.file_sink import FileSink
from coinapi_idx_cli.sinks.files.names import FileName
from tests.harness import COMMAND, GENEROUS_S, environment, run
from tests.table.screens import BTC, FakeTerminal, terminal
from tests.table.test_jobs import Tmux, running, tmux

__all__ = ["tmux"]  # a fixture
BULLET = "●"


def watch(sim: Simulator, file: Path, *arguments: str) -> list[str]:
    return [*COMMAND, "watch", "--url", sim.url, BTC, "-o", str(file), *arguments]


def status_lines(fake: FakeTerminal) -> list[str]:
    return [line for line in fake.text().split("\n") if BULLET in line]


def content(fake: FakeTerminal) -> str:
    """Without the ends of the terminal's lines, where what is longer goes on."""
    return "".join(fake.screen.display)


def publish(sim: Simulator, count: int) -> None:
    for number in range(count):
        sim.publish(BTC, 1.5 + number)


def wait_until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + GENEROUS_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def lines_in(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_it_tells_how_far_it_has_come_and_leaves_a_summary(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, file, "-n", "4")) as process:
        sim.wait_for_peer()
        fake.wait_for(fake.shows(f"{BULLET} live   0 of 4 values"))
        publish(sim, 3)
        fake.wait_for(fake.shows("3 of 4 values", " 75%", "━━━"))
        wait_until(lambda: lines_in(file) == 4)
        fake.wait_for(fake.shows(f"   {decimal(file.stat().st_size)}   "))
        assert (fake.screen.cursor.x, fake.screen.cursor.hidden) == (0, True)
        sim.publish(BTC, 9.5)
        assert process.wait(GENEROUS_S) == 0
        fake.wait_for(lambda: fake.is_right)
        size = file.stat().st_size
        fake.wait_for(lambda: f", {decimal(size)} written; {file} has {size} bytes" in content(fake))
        assert content(fake).startswith("idxstream: 4 values in ")


def test_in_forty_columns_it_keeps_what_matters_most(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, terminal(40, 10) as fake, running(fake, *watch(sim, tmp_path / "a.csv", "-d", "2h")):
        sim.wait_for_peer()
        publish(sim, 2)
        fake.wait_for(fake.shows("live   2 values"))
        assert re.fullmatch(r"● live   2 values     0%   \d:\d\d:\d\d left", fake.text())


def test_warnings_and_statistics_stand_above_it_whole(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, terminal(60, 24) as fake, running(fake, *watch(sim, tmp_path / "a.csv")) as process:
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        fake.wait_for(fake.shows("1 value "))
        sim.pause_accepting()
        sim.drop()
        fake.wait_for(fake.shows(f" {BULLET} reconnecting in "))
        sim.resume_accepting()
        sim.wait_for_peer(2)
        fake.wait_for(fake.shows(f"{BULLET} live   1 value "))
        process.send_signal(signal.SIGUSR1)
        fake.wait_for(lambda: "0.0 of 16 MiB to write" in content(fake))
        text = content(fake)
        assert f"idxstream: warning: {sim.url[5:]} closed the connection without a close frame; " in text
        assert "idxstream: live: 1 value, " in text
        assert fake.text().split("\n")[-1] == status_lines(fake)[0]
        assert len(status_lines(fake)) == 1


def test_resized_it_stays_one_line_and_takes_nothing_away(tmp_path: Path) -> None:
    with (
        Simulator(rate=0) as sim,
        terminal(120, 24) as fake,
        running(fake, *watch(sim, tmp_path / "a.csv", "-n", "1000")),
    ):
        sim.wait_for_peer()
        sim.drop()
        sim.wait_for_peer(2)
        publish(sim, 1)
        fake.wait_for(fake.shows("without a close frame", f"{BULLET} live   1 of 1,000 values", "━━━"))
        for columns, lines in ((60, 24), (200, 24), (30, 24), (90, 30)):
            fake.resize(columns, lines)
            before = len(fake.bytes)
            fake.wait_for(lambda before=before: fake.bytes.count(BULLET.encode(), before) >= 2)  # type: ignore[misc]
            assert len(status_lines(fake)) == 1
            assert "idxstream: warning: " in fake.text().split("\n")[0]
            assert fake.text().split("\n")[-1].startswith(f"{BULLET} live   1 of")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_terminal_is_right_after_a_signal(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, tmp_path / "a.csv")) as process:
        sim.wait_for_peer()
        publish(sim, 1)
        fake.wait_for(fake.shows(f"{BULLET} live   1 value"))
        assert not fake.echoes
        process.send_signal(number)
        assert process.wait(GENEROUS_S) == code
        fake.wait_for(lambda: fake.is_right)
        fake.wait_for(fake.shows("idxstream: 1 value in "))
        assert status_lines(fake) == []


def test_the_terminal_is_right_after_a_second_ctrl_c(tmp_path: Path) -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, tmp_path / "a.csv")) as process:
        sim.wait_for_peer().freeze()
        fake.wait_for(fake.shows(BULLET))
        process.send_signal(signal.SIGINT)
        fake.wait_for(lambda: fake.is_right)
        process.send_signal(signal.SIGINT)
        assert process.wait(GENEROUS_S) in (-signal.SIGINT, 130)
        fake.wait_for(lambda: fake.is_right and not status_lines(fake))


def test_the_terminal_is_right_after_an_error(tmp_path: Path) -> None:
    with (
        Simulator(rate=0) as sim,
        terminal(120, 24) as fake,
        running(fake, *watch(sim, tmp_path / "a.csv", "--reconnect", "never")) as process,
    ):
        sim.wait_for_peer()
        fake.wait_for(fake.shows(f"{BULLET} live"))
        sim.drop()
        assert process.wait(GENEROUS_S) == 5
        fake.wait_for(lambda: fake.is_right)
        fake.wait_for(fake.shows("without a close frame"))
        assert fake.text().startswith("idxstream: ")
        assert status_lines(fake) == []


def test_a_terminal_that_takes_nothing_holds_up_neither_the_data_nor_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, file)) as process:
        sim.wait_for_peer()
        publish(sim, 1)
        fake.wait_for(fake.shows(f"{BULLET} live   1 value"))
        fake.freeze()
        publish(sim, 1)
        wait_until(lambda: lines_in(file) == 3)
        sim.drop()
        sim.wait_for_peer(2)
        publish(sim, 1)
        wait_until(lambda: lines_in(file) == 4)
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS_S) == 143
        assert fake.echoes


def test_after_sighup_it_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, file)) as process:
        sim.wait_for_peer()
        publish(sim, 1)
        wait_until(lambda: lines_in(file) == 2)
        moved = file.rename(tmp_path / "a.csv.1")
        process.send_signal(signal.SIGHUP)
        count = 1
        while not file.exists():  # what comes before the signal is seen goes to the other
            publish(sim, 1)
            count += 1
            wait_until(partial(lambda least: lines_in(moved) + lines_in(file) > least, count))
        size = moved.stat().st_size + file.stat().st_size
        fake.wait_for(fake.shows(f"{count} values", decimal(size)))
        assert not fake.is_right


def test_a_terminal_that_was_closed_does_not_end_the_capture(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, file)) as process:
        sim.wait_for_peer()
        fake.wait_for(fake.shows(BULLET))
        fake.hang_up()
        publish(sim, 3)
        wait_until(lambda: lines_in(file) == 4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS_S) == 143


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [(["TERM=xterm"], ["-q"]), (["TERM=dumb"], []), (["TERM="], [])],
)
def test_there_is_none(tmp_path: Path, environ: list[str], arguments: list[str]) -> None:
    with Simulator(rate=200) as sim, terminal() as fake:
        command = ["env", *environ, *watch(sim, tmp_path / "a.csv", "-n", "50", *arguments)]
        with running(fake, *command) as process:
            assert process.wait(GENEROUS_S) == 0
        os.write(fake.descriptor, b"the end")
        fake.wait_for(fake.shows("the end"))
        assert fake.bytes == b"the end"


def test_there_is_none_across_data_on_the_same_terminal(tmp_path: Path) -> None:
    with (
        Simulator(rate=200) as sim,
        terminal() as fake,
        running(fake, *watch(sim, Path("/dev/stdout"), "-n", "20")) as process,
    ):
        assert process.wait(GENEROUS_S) == 0
        os.write(fake.descriptor, b"the end")
        fake.wait_for(fake.shows("the end"))
        assert b"\x1b" not in fake.bytes


LOADED = """
import sys
from coinapi_idx_cli.cli import run
code = run(sys.argv[1:])
sys.exit(code or ("rich" in sys.modules and "rich is loaded") or 0)
"""


def test_nothing_of_it_is_in_a_log_or_even_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOADED, "watch", "--demo", "-o", str(tmp_path / "a.csv"), "-n", "50"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with_log = run("watch", "--demo", "-o", str(tmp_path / "b.csv"), "-n", "50", "--stats", "10ms", "-v")
    assert all(line.startswith("idxstream: ") for line in with_log.err.lines)
    assert "\x1b" not in with_log.err.text


def test_without_colours_the_bar_is_as_long_as_what_is_done(tmp_path: Path) -> None:
    with (
        Simulator(rate=0) as sim,
        terminal() as fake,
        running(fake, "env", "NO_COLOR=1", *watch(sim, tmp_path / "a.csv", "-n", "4")),
    ):
        sim.wait_for_peer()
        publish(sim, 2)
        fake.wait_for(fake.shows("2 of 4 values", " 50%"))
        assert fake.colours() == {"default"}
        bar = re.findall(r"(━+╸?)( +)50%", fake.text())
        assert [abs(len(full) - len(empty)) <= 3 for full, empty in bar] == [True]


def test_stopped_continued_and_in_the_background(tmux: Tmux, tmp_path: Path) -> None:
    with Simulator(rate=0) as sim:
        tmux.type("clear", "Enter")
        tmux.type(shlex.join(watch(sim, tmp_path / "a.csv")), "Enter")
        sim.wait_for_peer()
        publish(sim, 1)
        tmux.wait_for(lambda text: f"{BULLET} live   1 value " in text)
        tmux.type("C-z")
        tmux.wait_for(lambda text: "Stopped" in text)
        assert tmux.cursor_shows()
        assert BULLET not in tmux.text()
        tmux.type("echo $((6*7)) seen", "Enter")
        tmux.wait_for(lambda text: "42 seen" in text)
        tmux.type("fg", "Enter")
        publish(sim, 1)
        tmux.wait_for(lambda text: f"{BULLET} live   2 values" in text and "42 seen" in text)
        assert not tmux.cursor_shows()
        tmux.type("C-z")
        tmux.wait_for(lambda text: text.count("Stopped") == 2)
        tmux.type("bg", "Enter")
        sim.drop()  # in the background a warning is written as it is without a status line
        tmux.wait_for(lambda text: "without a close frame" in text and BULLET not in text)
        sim.wait_for_peer(2)
        tmux.type("fg", "Enter")
        tmux.wait_for(lambda text: f"{BULLET} live   2 values" in text)
        tmux.type("C-c")
        tmux.wait_for(lambda text: "2 values in " in text and text.endswith("$") and BULLET not in text)
        assert tmux.cursor_shows()


@pytest.mark.parametrize("end", ["", ".gz", ".zst"])
def test_the_size_is_by_how_much_all_files_grew(tmp_path: Path, end: str) -> None:
    for _ in range(2):  # the second time there is something already
        before = sum(file.stat().st_size for file in tmp_path.iterdir())
        sink = FileSink(FileName(str(tmp_path / f"%Y.csv{end}")), lambda *_args, **_fields: None, None)
        sink.open(b"value\n")
        for year in range(1, 5):
            for number in range(50):
                sink.write(Batch(time.time_ns() + year * 366 * 86_400 * 10**9), b"%d\n" % number)
        assert sink.finish(GENEROUS_S)
        grew = sum(file.stat().st_size for file in tmp_path.iterdir()) - before
        assert grew > 0
        assert sink.written_bytes == grew
        sink.close()
        assert sink.written_bytes == grew
