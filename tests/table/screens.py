"""Pseudo-terminals whose screen tests can read, and tables on them. The tests of the table import this."""

from __future__ import annotations

import copy
import fcntl
import json
import os
import pty
import select
import struct
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Condition, Thread
from typing import Any

import pyte

from coinapi_idx_cli.choices import Sort
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.table.view import Table, TableContext
from coinapi_idx_cli.terminal.terminal import Terminal
from tests.harness import GENEROUS_S

SIZES = [(40, 10), (80, 24), (200, 50)]
BTC, ETH, XRP = "IDX_REFRATE_PRIMKT_BTC_USD", "IDX_REFRATE_PRIMKT_ETH_USD", "IDX_REFRATE_PRIMKT_XRP_USD"


class TwoScreens(pyte.Screen):
    """With an alternate screen, which pyte does not have: the ordinary one comes back as it was."""

    ordinary: Any = None

    @property
    def is_alternate(self) -> bool:
        return self.ordinary is not None

    def set_mode(self, *modes: int, **kwargs: bool) -> None:
        if modes == (1049,) and self.ordinary is None:
            self.save_cursor()
            self.ordinary = copy.deepcopy(self.buffer)
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: bool) -> None:
        if modes == (1049,) and self.ordinary is not None:
            self.buffer, self.ordinary = self.ordinary, None
            self.dirty.update(range(self.lines))
            is_hidden = self.cursor.hidden  # pyte restores that, too, and no terminal does
            self.restore_cursor()
            self.cursor.hidden = is_hidden
        super().reset_mode(*modes, **kwargs)


class FakeTerminal:
    """A pseudo-terminal whose other end is read all the time into a screen."""

    def __init__(self, columns: int, lines: int) -> None:
        self._controller, self.descriptor = pty.openpty()
        self._hung_up, self._hang_up = os.pipe()
        self.screen = TwoScreens(columns, lines)
        self._tell_size(columns, lines)
        self.bytes = b""
        self._paused = False
        self._stream = pyte.ByteStream(self.screen)
        self._news = Condition()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # A descriptor that a thread reads from stays open when another one closes it: so the reader closes it itself.
        while self._hung_up not in select.select([self._controller, self._hung_up], [], [])[0]:
            with self._news:
                self._news.wait_for(lambda: not self._paused)
                data = os.read(self._controller, 65536) if select.select([self._controller], [], [], 0)[0] else b""
                self.bytes += data
                self._stream.feed(data)
                self._news.notify_all()
        os.close(self._controller)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self._shows_whole_frame() and condition(), GENEROUS_S), self._text()

    def _shows_whole_frame(self) -> bool:
        """A long frame comes in several reads: lines do not wrap until its end."""
        return pyte.modes.DECAWM in self.screen.mode

    def text(self) -> str:
        with self._news:
            if not self._paused:
                self._news.wait_for(self._shows_whole_frame, GENEROUS_S)
            return self._text()

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def shows(self, *words: str) -> Callable[[], bool]:
        return lambda: all(word in self.text() for word in words)

    def line(self, word: str) -> str:
        return next(line for line in self.text().split("\n") if word in line)

    def colours(self, *characters: str) -> set[str]:
        """The colours these characters have on the screen; none given: all."""
        cells = [cell for line in self.screen.buffer.values() for cell in line.values()]
        return {cell.fg for cell in cells if not characters or cell.data in characters}

    def resize(self, columns: int, lines: int) -> None:
        """As a terminal does it: what there is stays where it was."""
        with self._news:
            self.screen.resize(lines, columns)
            self._tell_size(columns, lines)

    def _tell_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: bytes) -> None:
        os.write(self._controller, keys)

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.descriptor)[3] & termios.ECHO)

    @property
    def is_right(self) -> bool:
        """The cursor shows, and keys do."""
        return self.echoes and not self.screen.cursor.hidden

    def freeze(self) -> None:
        """Stop reading, and fill what lies between: the next write waits for ever."""
        with self._news:
            self._paused = True
        other = os.open(os.ttyname(self.descriptor), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            while True:
                os.write(other, b"x" * 1000)
        os.close(other)

    def hang_up(self) -> None:
        """From now on writing is an error."""
        os.write(self._hang_up, b"!")
        with self._news:
            self._paused = False
            self._news.notify_all()
        self._reader.join(GENEROUS_S)

    def close(self) -> None:
        for descriptor in (self.descriptor, self._hung_up, self._hang_up):
            os.close(descriptor)


@contextmanager
def terminal(columns: int = 80, lines: int = 24) -> Iterator[FakeTerminal]:
    before = set(threading.enumerate())
    fake = FakeTerminal(columns, lines)
    try:
        yield fake
    finally:
        fake.hang_up()
        # A thread that painted on must not find the descriptor's number in use by the next test.
        for thread in set(threading.enumerate()) - before:
            thread.join(GENEROUS_S)
        fake.close()


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def opened(
    fake: FakeTerminal,
    *index_ids: str,
    status: Status | None = None,
    clock: Clock | None = None,
    sort: str = "asked",
    encoding: str = "utf-8",
    environ: Mapping[str, str] | None = None,
) -> Iterator[Table]:
    output = table(
        fake.descriptor, *index_ids, status=status, clock=clock, sort=sort, encoding=encoding, environ=environ
    )
    output.open()
    try:
        yield output
    finally:
        output.close()


def table(
    descriptor: int,
    *index_ids: str,
    status: Status | None = None,
    clock: Clock | None = None,
    sort: str = "asked",
    encoding: str = "utf-8",
    environ: Mapping[str, str] | None = None,
) -> Table:
    context = TableContext(
        status=status or Status("feed.example:443", 100.0, state=State.LIVE),
        index_ids=index_ids,
        clean=lambda text: text.replace("SECRET", "***"),
        sort=Sort(sort),
    )
    everything = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **(environ or {})}
    return Table(context, Terminal(descriptor, encoding), everything, clock or Clock())


def batch(*pairs: tuple[str, str]) -> Batch:
    template = '{"type":"index","index_id":%s,"time_coinapi":"t","value":%s}'
    return decode([(template % (json.dumps(index_id), text)).encode() for index_id, text in pairs], 0).batch


def test_the_screen_shows_what_was_written() -> None:
    with terminal(20, 3) as fake:
        os.write(fake.descriptor, b"a\x1b[31mb\x1b[2;3Hc")
        fake.wait_for(fake.shows("c"))
        assert fake.text() == "ab\n  c"
        assert fake.colours("b") == {"red"}
