"""The whole program on terminals: what it leaves behind, however it ends; stopped and continued; resized in tmux."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.documents import PAGES
from tests.harness import COMMAND, GENEROUS_S, environment
from tests.table.screens import BTC, FakeTerminal, terminal

UNICODE = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


@contextmanager
def running(fake: FakeTerminal, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program whose three streams are the terminal.

    In a process group of its own: in one that is orphaned, as that of the tests is when what started them has ended,
    nothing stops on SIGTSTP.
    """
    tty = fake.descriptor
    process = subprocess.Popen(command, env=environment(UNICODE), stdin=tty, stdout=tty, stderr=tty, process_group=0)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def watch(sim: Simulator, *arguments: str) -> list[str]:
    return [*COMMAND, "watch", "--url", sim.url, BTC, "-f", "table", *arguments]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_terminal_is_right_after_a_signal(number: signal.Signals, code: int) -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim)) as process:
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        fake.wait_for(fake.shows("1.5"))
        assert not fake.echoes
        process.send_signal(number)
        assert process.wait(GENEROUS_S) == code
        fake.wait_for(lambda: fake.is_right)
        assert fake.shows("1.5")()
        assert ("1 value in" in fake.text()) == (code > 0)


def test_a_hangup_that_has_the_event_log_opened_again_leaves_the_table_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, "--event-log", str(log))) as process:
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        fake.wait_for(fake.shows("1.5"))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGUSR1)  # whose line shows that both were taken
        fake.wait_for(fake.shows("idxstream: live: 1 value"))
        sim.publish(BTC, 2.5)
        fake.wait_for(fake.shows("2.5"))
        assert (fake.echoes, fake.screen.cursor.hidden) == (False, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS_S) == 143
        fake.wait_for(lambda: fake.is_right)


def test_the_terminal_is_right_after_a_second_ctrl_c() -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim)) as process:
        sim.wait_for_peer().freeze()
        fake.wait_for(fake.shows("waiting"))
        process.send_signal(signal.SIGINT)
        fake.wait_for(lambda: fake.is_right)
        process.send_signal(signal.SIGINT)
        assert process.wait(GENEROUS_S) in (-signal.SIGINT, 130)
        fake.wait_for(lambda: fake.is_right)


CRASH = """
import sys
from coinapi_idx_cli.cli import run
from coinapi_idx_cli.session import loop as session
session.HandoverPipeline.pass_on = lambda self, *_: 1 / 0
sys.exit(run(sys.argv[1:]))
"""


def test_the_terminal_is_right_after_a_crash() -> None:
    with Simulator(rate=0) as sim, terminal() as fake:
        command = [sys.executable, "-c", CRASH, *watch(sim)[len(COMMAND) :]]
        with running(fake, *command) as process:
            sim.wait_for_peer()
            fake.wait_for(fake.shows("waiting"))
            sim.publish(BTC, 1.5)
            assert process.wait(GENEROUS_S) == 1
            fake.wait_for(fake.shows("0 values in", "a bug: ZeroDivisionError"))
            assert fake.is_right
            assert fake.text().index("0 values in") < fake.text().index("a bug")


@pytest.mark.parametrize("view", ["table", "status line"])
def test_keys_do_not_show_and_do_not_reach_the_shell(view: str, tmp_path: Path) -> None:
    to_a_file = [*COMMAND, "watch", BTC, "-o", str(tmp_path / "x.csv"), "--url"]
    with Simulator(rate=0) as sim, terminal() as fake:
        command, word = (watch(sim), "1.5") if view == "table" else ([*to_a_file, sim.url], "1 value")
        with running(fake, *command) as process:
            assert_keys_are_dropped(sim, fake, process, word)


def assert_keys_are_dropped(sim: Simulator, fake: FakeTerminal, process: subprocess.Popen[bytes], word: str) -> None:
    """`word`: what is on the screen once a value is."""
    fake.wait_for(lambda: not fake.echoes)
    fake.type(b"rm -rf x\n")
    sim.wait_for_peer()
    sim.publish(BTC, 1.5)
    fake.wait_for(fake.shows(word))
    assert "rm" not in fake.text()
    process.send_signal(signal.SIGINT)
    process.wait(GENEROUS_S)
    os.set_blocking(fake.descriptor, False)
    with pytest.raises(BlockingIOError):
        os.read(fake.descriptor, 100)


def test_a_warning_is_shown_once_and_all_of_them_at_the_end() -> None:
    with Simulator(rate=0) as sim, terminal(120, 24) as fake, running(fake, *watch(sim)) as process:
        for number in (1, 2):
            sim.wait_for_peer(number)
            sim.publish(BTC, number)
            fake.wait_for(fake.shows(f"{number} value"))
            sim.drop()
            fake.wait_for(fake.shows("without a close frame"))
            assert fake.text().count("close frame") == 1
        sim.wait_for_peer(3)
        process.send_signal(signal.SIGTERM)
        process.wait(GENEROUS_S)
        fake.wait_for(lambda: fake.text().count("close frame") == 2)
        summary = next(line for line in fake.text().split("\n") if "2 values in" in line)
        assert fake.text().index(summary) < fake.text().index("warning: ")


@pytest.mark.parametrize(("term", "has_title"), [("xterm-256color", True), ("linux", False), ("dumb", False)])
def test_a_terminal_without_tabs_gets_no_title(term: str, has_title: bool) -> None:
    with Simulator(rate=0) as sim, terminal() as fake:
        with running(fake, "env", f"TERM={term}", *watch(sim, "-n", "1")) as process:
            sim.wait_for_peer()
            sim.publish(BTC, 1.5)
            assert process.wait(GENEROUS_S) == 0
            fake.wait_for(fake.shows("1 value in"))
        assert (b"\x1b]2;" in fake.bytes, b"\x1b[22;2t" in fake.bytes) == (has_title, has_title)


def test_the_title_of_before_is_back_while_it_is_stopped() -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim)) as process:
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        fake.wait_for(lambda: "BTC_USD" in fake.screen.title)
        assert fake.bytes.count(b"\x1b[22;2t") == 1
        process.send_signal(signal.SIGTSTP)
        os.waitpid(process.pid, os.WUNTRACED)  # it writes before it stops: a SIGCONT between the two would be lost
        fake.wait_for(lambda: fake.bytes.count(b"\x1b[23;2t") == 1)
        process.send_signal(signal.SIGCONT)
        fake.wait_for(lambda: fake.bytes.count(b"\x1b[22;2t") == 2)
        assert fake.bytes.rindex(b"\x1b[22;2t") < fake.bytes.rindex(b"\x1b]2;1.5000 BTC_USD")
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS_S) == 143
        fake.wait_for(lambda: fake.bytes.count(b"\x1b[23;2t") == 2)


def test_a_gap_says_how_long_it_was_and_when_and_why_also_in_the_view_of_one_index() -> None:
    with Simulator(rate=0) as sim, terminal(100, 24) as fake, running(fake, *watch(sim)):
        sim.wait_for_peer()
        sim.publish(BTC, 101.5)
        fake.wait_for(fake.shows("101.5"))
        sim.drop()
        sim.wait_for_peer(2)
        sim.publish(BTC, 102.5)
        fake.wait_for(lambda: re.search(r" !  lost .* at \d\d:\d\d:\d\d \(.*close frame", fake.text()) is not None)
        fake.wait_for(fake.shows("● live", "102.5"))


def test_it_says_when_it_connects_again_and_counts_no_uptime_meanwhile() -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim)):
        sim.wait_for_peer()
        fake.wait_for(fake.shows("live", "up "))
        sim.pause_accepting()
        sim.drop()
        fake.wait_for(fake.shows("reconnecting in "))
        assert "up " not in fake.text().split("\n")[0]
        sim.resume_accepting()
        fake.wait_for(fake.shows("live", "up "))


def test_a_frozen_server_is_stale_before_it_is_given_up() -> None:
    with Simulator(rate=0) as sim, terminal() as fake, running(fake, *watch(sim, "--stale-after", "4s")):
        sim.wait_for_peer().freeze()
        fake.wait_for(fake.shows("stale, silent for "))
        fake.wait_for(fake.shows("was silent for 4 s", "● live"))


SHELL = ("env", "PS1=$ ", "bash", "--norc", "--noprofile")


class Tmux:
    """A shell in a tmux of its own."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._socket = str(folder / "tmux")
        self._run("-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(lines), *SHELL)

    def _run(self, *arguments: str) -> str:
        env = environment({"LC_ALL": "C.UTF-8", "HISTFILE": ""})
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    def type(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(lines))

    def text(self) -> str:
        return self._run("capture-pane", "-p").rstrip()

    def cursor_shows(self) -> bool:
        return self._run("display", "-p", "#{cursor_flag}").strip() == "1"

    def wait_for(self, condition: Callable[[str], bool]) -> None:
        until_s = time.monotonic() + GENEROUS_S
        while not condition(self.text()):
            assert time.monotonic() < until_s, self.text()
            time.sleep(0.05)

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not there")
    shell = Tmux(tmp_path, 100, 24)
    yield shell
    shell.close()


def test_in_tmux_at_all_sizes_and_resized(tmux: Tmux) -> None:
    with Simulator(rate=0) as sim:
        tmux.type(shlex.join(watch(sim, "IDX_B", "IDX_C")), "Enter")
        sim.wait_for_peer()
        sim.publish(BTC, 1.5)
        for columns, lines in ((100, 24), (40, 10), (80, 24), (200, 50), (50, 12)):
            tmux.resize(columns, lines)
            # A wider screen keeps what was above the frame, a narrower one is wiped.
            tmux.wait_for(lambda text: text.count("● live") == 1 and text.count("waiting") == 2 and "1.5" in text)
        tmux.type("C-c")
        tmux.wait_for(lambda text: "1 value in" in text and text.endswith("$"))
        assert tmux.cursor_shows()


def test_in_tmux_stopped_and_continued(tmux: Tmux) -> None:
    with Simulator(rate=0) as sim:  # values that no delay can look like
        tmux.type(shlex.join(watch(sim)), "Enter")
        sim.wait_for_peer()
        sim.publish(BTC, 101.0625)
        tmux.wait_for(lambda text: "101.0625" in text)
        tmux.type("C-z")
        tmux.wait_for(lambda text: "Stopped" in text)
        assert tmux.cursor_shows()
        tmux.type("echo $((6*7)) seen", "Enter")
        tmux.wait_for(lambda text: "$ echo $((6*7)) seen" in text and "42 seen" in text)
        tmux.type("fg", "Enter")
        sim.publish(BTC, 102.0625)
        # On the alternate screen: nothing of what the shell wrote is painted over.
        tmux.wait_for(lambda text: text.count("● live") == 1 and "102.0625" in text)
        assert "42 seen" not in tmux.text()
        assert not tmux.cursor_shows()
        tmux.type("C-z")
        tmux.wait_for(lambda text: text.count("Stopped") == 2 and "42 seen" in text and "● live" not in text)
        tmux.type("bg", "Enter")
        sim.publish(BTC, 103.0625)
        tmux.type("echo $((6*8)) seen", "Enter")
        tmux.wait_for(lambda text: "48 seen" in text)
        assert "103.0625" not in tmux.text()
        tmux.type("fg", "Enter")
        tmux.wait_for(lambda text: "103.0625" in text)
        tmux.type("C-c")
        tmux.wait_for(lambda text: "3 values in" in text and text.endswith("$"))
        assert tmux.cursor_shows()


def test_in_tmux_killed_and_mended_as_the_page_says(tmux: Tmux, tmp_path: Path) -> None:
    found = re.search(r"After a `kill -9` the terminal needs `([^`]+)`", PAGES["docs/terminal.md"])
    assert found is not None
    with Simulator(rate=0) as sim:
        tmux.type(shlex.join(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec {shlex.join(watch(sim))}"]), "Enter")
        sim.wait_for_peer()
        tmux.wait_for(lambda text: "● live" in text)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        tmux.type(found[1], "Enter", f"stty -a > {shlex.quote(str(tmp_path / 'modes'))}; echo $((6*7)) seen", "Enter")
        tmux.wait_for(lambda text: "42 seen" in text and "● live" not in text)
    assert tmux.cursor_shows()
    assert {"echo", "icanon"} <= set((tmp_path / "modes").read_text().replace(";", " ").split())


WITH_A_CLOCK = """
import sys
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.view import Table, TableContext
from tests.table.screens import BTC, ETH, Clock, batch

clock = Clock()
table = Table(TableContext(Status("feed.example", clock(), state=State.LIVE), (BTC, ETH)), clock=clock)
table.open()
for value in open(sys.argv[1]):
    table.write(batch((BTC, value.strip()), (ETH, "2.5")))
    clock.now_s += 5.0
table.close()
"""


def test_in_tmux_what_came_in_the_background_is_no_hole(tmux: Tmux, tmp_path: Path) -> None:
    """A value each five seconds, by the clock of the test; the last ones while nothing was painted."""
    fifo = tmp_path / "values"
    os.mkfifo(fifo)
    tmux.resize(150, 24)
    tmux.type(shlex.join([sys.executable, "-c", WITH_A_CLOCK, str(fifo)]), "Enter")
    with fifo.open("w", buffering=1) as values:
        values.write("1\n2\n3\n")
        tmux.wait_for(lambda text: re.search("BTC_USD +3 ", text) is not None)
        tmux.type("C-z")
        tmux.wait_for(lambda text: "Stopped" in text)
        tmux.type("bg", "Enter")
        values.write("".join(f"{number}\n" for number in range(4, 25)))
        tmux.type("echo $((6*7)) seen", "Enter")
        tmux.wait_for(lambda text: "42 seen" in text)
        tmux.type("fg", "Enter")
        tmux.wait_for(lambda text: re.search("BTC_USD .*▁▁▂▃▃▄▅▅▆▇▇▇ ", text) is not None)
    tmux.wait_for(lambda text: text.endswith("$"))
