"""What is written to stderr while nobody reads it: bounded, whole lines, and the reader is told what is missing."""

from __future__ import annotations

import os
import pty
import re
import select
import termios
import time

import pytest

from coinapi_idx_cli.terminal.one_line import LINE_BYTES
from coinapi_idx_cli.terminal.stderr import KEPT_BYTES, Stderr
from tests.harness import GENEROUS_S, TIME
from tests.unread import KINDS, unread

MANY = 20_000


def lines_of(received: bytes) -> list[str]:
    return [TIME.sub("", line) for line in received.replace(b"\r", b"").lstrip(b"~").decode().split("\n")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_lines_are_kept_whole_and_the_number_of_the_others_told(kind: str) -> None:
    with unread(kind) as ends:
        stderr = Stderr(ends.fd)
        for number in range(MANY):
            stderr.write(f"line {number}\n")
        ends.read()
        received = ends.wait_for(f"line {MANY - 1}".encode(), GENEROUS_S)
    first, note, *lines = lines_of(received.rstrip())
    assert first == "line 0"  # which was on its way
    dropped = re.fullmatch(r"idxstream: (\d+) lines dropped here: nobody read stderr", note)
    assert dropped is not None
    assert lines == [f"line {number}" for number in range(1 + int(dropped[1]), MANY)]
    assert KEPT_BYTES * 0.3 < sum(map(len, lines)) <= KEPT_BYTES


def test_lines_of_any_length_take_a_bounded_place() -> None:
    with unread("pipe") as ends:
        stderr = Stderr(ends.fd)
        for _ in range(100):
            stderr.write(f"begin {'€' * 100_000} end\n")
        stderr.write("part of a line " * 100_000)
        ends.read()
        received = ends.wait_for(b"end\n", GENEROUS_S)
        stderr.finish(GENEROUS_S)
    assert len(received) <= (1 << 16) + KEPT_BYTES + 2 * LINE_BYTES
    lines = lines_of(ends.received)
    assert all(line.startswith("begin €") and line.endswith("€ end") for line in (lines[0], *lines[2:-1]))
    assert all(len(line.encode()) <= LINE_BYTES for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_end_nobody_is_waited_for_in_vain(kind: str) -> None:
    with unread(kind) as ends:
        stderr = Stderr(ends.fd)
        stderr.write("a line\n")
        began_s = time.monotonic()
        stderr.finish(0.1)
        assert time.monotonic() - began_s < GENEROUS_S


def test_a_terminal_that_somebody_stopped_with_ctrl_s_gets_its_lines_after_ctrl_q() -> None:
    theirs, ours = pty.openpty()
    termios.tcflow(ours, termios.TCOOFF)  # what Ctrl-S does, a little later
    stderr = Stderr(ours)
    for number in range(1000):
        stderr.write(f"line {number}\n")
    stderr.finish(0.01)
    assert not select.select([theirs], [], [], 0)[0]
    termios.tcflow(ours, termios.TCOON)
    received = b""
    while b"line 999\r\n" not in received:
        assert select.select([theirs], [], [], GENEROUS_S)[0]
        received += os.read(theirs, 1 << 16)
    assert received == b"".join(b"line %d\r\n" % number for number in range(1000))
    os.close(theirs)
    os.close(ours)


def test_a_prompt_is_shown_before_its_line_ends() -> None:
    with unread("terminal") as ends:
        ends.read()
        stderr = Stderr(ends.fd)
        stderr.write("Key: ")
        stderr.flush()
        ends.wait_for(b"Key: ", GENEROUS_S)
        stderr.write("\nnext\n")
        ends.wait_for(b"Key: \r\nnext\r\n", GENEROUS_S)


def test_a_line_that_is_written_in_parts_has_one_time() -> None:
    with unread("pipe") as ends:
        ends.read()
        stderr = Stderr(ends.fd)
        for text in ("one ", "line\nnext", " line\n", "Key: "):
            stderr.write(text)
        stderr.flush()
        stderr.write("typed\n")
        received = ends.wait_for(b"typed\n", GENEROUS_S)
    lines = received.lstrip(b"~").decode().splitlines()
    assert [TIME.sub("", line, count=1) for line in lines] == ["one line", "next line", "Key: typed"]
    assert all(map(TIME.match, lines))


def test_a_reader_that_left_is_no_error() -> None:
    with unread("pipe") as ends:
        stderr = Stderr(ends.fd)
        stderr.write("kept\n")
    stderr.write("lost\n")
    stderr.finish(GENEROUS_S)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_opened_again_does_not_wait_either(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the terminal of the user who called sudo, and anything where there is no /proc."""

    def refuse(*_: object) -> int:
        raise PermissionError

    with unread(kind) as ends:
        with monkeypatch.context() as patched:
            patched.setattr("os.open", refuse)
            stderr = Stderr(ends.fd)
        for number in range(1000):
            stderr.write(f"line {number}\n")
        assert os.get_blocking(ends.fd)  # who shares it with us expects it so
        ends.read()
        received = ends.wait_for(b"line 999", GENEROUS_S)
    assert lines_of(received.rstrip()) == [f"line {number}" for number in range(1000)]
