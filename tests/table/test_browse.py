"""Keys: from the bytes of a terminal to what is on the screen."""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import termios
import tty
from contextlib import closing
from math import inf
from pathlib import Path

import pytest

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.session.poller import Poller
from coinapi_idx_cli.session.wakeup import Wakeup
from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.table.browse import Browse
from coinapi_idx_cli.table.keyboard import Keyboard
from coinapi_idx_cli.terminal.keys import ESCAPE_S, Keys
from tests.harness import GENEROUS_S
from tests.table.screens import BTC, ETH, terminal
from tests.table.test_jobs import Tmux, running, tmux, watch

__all__ = ["tmux"]  # a fixture

IDS = [f"IDX_{number:02}" for number in range(30)]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"q?/ sS", ["q", "?", "/", " ", "s", "S"]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", ["up", "down", "up", "down"]),
        (b"\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~", ["page up", "page down", "home", "end", "home", "end"]),
        (b"\r\x7f", ["enter", "backspace"]),
        ("é比".encode(), ["é", "比"]),
        (b"\x1b[1;5A\x1b[200~x\x01\x00\xff", ["x"]),  # Ctrl-Up, a paste, bytes that are not keys
        (b"\x1b\x1b[A", ["escape", "up"]),
    ],
)
def test_bytes_become_keys_however_they_arrive(data: bytes, keys: list[str]) -> None:
    assert Keys().add(data, 0.0) == keys
    one_by_one = Keys()
    assert [key for byte in data for key in one_by_one.add(bytes([byte]), 0.0)] == keys
    assert one_by_one.due_s() == float("inf")


def test_an_escape_that_nothing_follows_is_a_key_after_a_moment() -> None:
    keys = Keys()
    assert keys.add(b"\x1b", 10.0) == []
    assert keys.due_s() == 10.0 + ESCAPE_S
    assert keys.tick(10.0) == []
    assert keys.tick(10.0 + ESCAPE_S) == ["escape"]
    assert keys.due_s() == float("inf")


def browsing(*keys: str, page: int = 10) -> Browse:
    browse = Browse(Sort.ASKED)
    browse.fit(IDS, page)
    for key in keys:
        browse.press(key, IDS)
    return browse


@pytest.mark.parametrize(
    ("keys", "marked", "top"),
    [
        (["down"], 0, 0),
        (["down", "j", "down"], 2, 0),
        (["down", "k"], 0, 0),
        (["end"], 29, 20),
        (["end", "home"], 0, 0),
        (["down", "page down"], 10, 1),
        (["down", "page down", "page down", "page down", "page down"], 29, 20),
        (["end", "page up"], 19, 19),
        (["end", *["up"] * 10], 19, 19),
        (["end", *["up"] * 5], 24, 20),
    ],
)
def test_the_mark_is_always_on_the_screen(keys: list[str], marked: int, top: int) -> None:
    browsed = browsing(*keys).browsed
    assert (browsed.marked, browsed.top) == (IDS[marked], top)


def test_the_mark_stays_with_its_index_when_the_order_changes() -> None:
    browse = browsing("down", "down")
    browse.press("S", IDS)
    browse.fit(IDS[::-1], 10)
    assert (browse.browsed.marked, browse.browsed.top) == (IDS[1], 19)


def test_a_filter_is_typed_kept_and_taken_back() -> None:
    browse = browsing("/", "q", "1", "backspace")
    assert (browse.browsed.prompt, browse.browsed.part, browse.is_over) == ("q", "q", False)
    browse.press("enter", [])
    assert (browse.browsed.prompt, browse.browsed.part) == (None, "q")
    browse.press("down", [])
    assert browse.browsed.marked is None
    browse.press("escape", IDS)
    assert browse.browsed.part == ""
    browse.press("/", IDS)
    browse.press("x", IDS)
    browse.press("escape", IDS)
    assert (browse.browsed.prompt, browse.browsed.part) == (None, "")


def test_orders_follow_each_other_and_any_key_ends_the_help() -> None:
    browse = browsing(*["s"] * len(Sort))
    assert browse.browsed.sort is Sort.ASKED
    browse.press("?", IDS)
    assert browse.browsed.shows_help
    browse.press("x", IDS)
    assert (browse.browsed.shows_help, browse.is_over) == (False, False)
    browse.press("q", IDS)
    assert browse.is_over


def test_a_keyboard_that_is_gone_is_polled_no_more() -> None:
    controller, descriptor = pty.openpty()
    keyboard = Keyboard(descriptor, lambda: True, print, lambda: 0.0)
    assert keyboard.fileno() == descriptor
    os.close(controller)
    keyboard.ready(0x10)  # POLLHUP
    assert keyboard.fileno() is None
    os.close(descriptor)


class Noted(Keyboard):
    """Keeps when it was woken."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, lambda: True, print, lambda: 0.0)
        self.woken: list[int] = []

    def ready(self, events: int) -> None:
        self.woken.append(events)
        super().ready(events)


def test_keys_cost_no_wake_up_while_none_is_pressed() -> None:
    controller, descriptor = pty.openpty()
    tty.setcbreak(descriptor)
    keyboard = Noted(descriptor)
    with closing(Wakeup()) as wakeup:
        poller = Poller(wakeup, (keyboard,))
        assert keyboard.next_due_s() == inf
        assert poller.wait([], 0.05) == []
        assert keyboard.woken == []
        os.write(controller, b"j")
        poller.wait([], GENEROUS_S)
        assert keyboard.woken == [select.POLLIN]
        assert keyboard.next_due_s() == inf
        os.write(controller, b"\x1b")  # alone, it counts after a while: the only time at which keys are due
        poller.wait([], GENEROUS_S)
        assert keyboard.next_due_s() == ESCAPE_S
        keyboard.tick(ESCAPE_S)
        assert keyboard.next_due_s() == inf
        assert poller.wait([], 0.05) == []
        assert len(keyboard.woken) == 2
    os.close(controller)
    os.close(descriptor)


def test_all_keys_on_a_terminal() -> None:
    ids = [f"IDX_{number:03}" for number in range(300)]
    with Simulator(rate=0, index_ids=ids) as sim, terminal(80, 12) as fake:
        before = termios.tcgetattr(fake.descriptor)
        with running(fake, *watch(sim, *ids)) as process:
            sim.wait_for_peer()
            fake.wait_for(fake.shows("and 29"))
            fake.type(b"jj")
            fake.wait_for(lambda: reversed_row(fake) == "BTC_USD" or reversed_row(fake) == "IDX_000")
            fake.type(b"\x1b[F")
            fake.wait_for(lambda: reversed_row(fake) == "IDX_299")
            fake.wait_for(fake.shows("rows 29", "to 301 of 301"))
            fake.type(b"\x1b[5~")
            fake.wait_for(lambda: reversed_row(fake) not in ("IDX_299", ""))
            fake.type(b"/_29")
            fake.wait_for(fake.shows("/_29_", "IDX_290"))
            assert "IDX_100" not in fake.text()
            fake.type(b"\r")
            fake.wait_for(fake.shows("/_29: 10 indexes, Esc shows all"))
            fake.type(b"S")
            fake.wait_for(fake.shows("the last first"))
            rows = [line.split()[0] for line in fake.text().split("\n")[2:9]]
            assert rows == sorted(rows, reverse=True)
            fake.type(b"\x1b")
            fake.wait_for(lambda: "/_29" not in fake.text())
            fake.type(b"S?")
            fake.wait_for(fake.shows("hold the screen still"))
            fake.type(b"x ")
            fake.wait_for(fake.shows("held, Space goes on"))
            sim.publish(BTC, 1.5)
            fake.wait_for(fake.shows("1 value"))
            assert "1.5" not in fake.text()
            fake.type(b"\x1b[H ")
            fake.wait_for(fake.shows("1.5"))
            fake.type(b"q")
            assert process.wait(GENEROUS_S) == 0
            fake.wait_for(fake.shows("1 value in"))
        assert termios.tcgetattr(fake.descriptor) == before


def reversed_row(fake: object) -> str:
    screen = fake.screen  # type: ignore[attr-defined]
    for line in range(screen.lines):
        cells = [screen.buffer[line][column] for column in range(screen.columns)]
        if cells[0].reverse and cells[0].data.isalpha():
            return "".join(cell.data for cell in cells).split()[0]
    return ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGTSTP])
def test_the_terminal_reads_lines_again_however_it_ends(number: signal.Signals) -> None:
    with Simulator(rate=0) as sim, terminal() as fake:
        before = termios.tcgetattr(fake.descriptor)
        with running(fake, *watch(sim)) as process:
            sim.wait_for_peer()
            fake.wait_for(lambda: not fake.echoes)
            assert not termios.tcgetattr(fake.descriptor)[3] & termios.ICANON
            process.send_signal(number)
            fake.wait_for(lambda: fake.is_right)
            if number != signal.SIGTSTP:
                process.wait(GENEROUS_S)
            assert termios.tcgetattr(fake.descriptor) == before


def test_in_tmux_keys_after_q_and_while_it_is_stopped_are_the_shells(tmux: Tmux, tmp_path: Path) -> None:
    with Simulator(rate=0) as sim:
        tmux.type("stty -a > " + shlex.quote(f"{tmp_path}/before"), "Enter")
        tmux.type(shlex.join(watch(sim, ETH)), "Enter")
        sim.wait_for_peer()
        tmux.wait_for(lambda text: "● live" in text)
        tmux.type("Down", "C-z")
        tmux.wait_for(lambda text: "Stopped" in text)
        tmux.type("echo $((6*7)) typed", "Enter")
        tmux.wait_for(lambda text: "42 typed" in text)
        tmux.type("fg", "Enter")
        tmux.wait_for(lambda text: "● live" in text and "42 typed" not in text)
        tmux.type("q")
        tmux.wait_for(lambda text: "0 values in" in text and text.endswith("$"))
        tmux.type("stty -a > " + shlex.quote(f"{tmp_path}/after") + "; echo $((6*8)) done", "Enter")
        tmux.wait_for(lambda text: "48 done" in text)
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()
