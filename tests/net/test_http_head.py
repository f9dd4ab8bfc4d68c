"""Whatever a server sends is the head of an answer, or an error that callers know; nothing behind it is taken."""

from __future__ import annotations

import socket
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.http_head import ClosedEarlyError, Head, HeadError, read_head
from tests.harness import GENEROUS_S

PIECES = [
    b"HTTP/1.1 ",
    b"101",
    b"200",
    b"103",
    b" OK",
    b"\r\n",
    b"\n",
    b"\r",
    b":",
    b" ",
    b"\t",
    b"X: y",
    b"\xff",
    b"\0",
]


def head_of(data: bytes) -> tuple[Head | None, bytes]:
    """What is read of it, and what is left."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        head = None
        with suppress(HeadError, ClosedEarlyError):
            head = read_head(ours, Deadline(GENEROUS_S))
        return head, ours.recv(65536)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join))
def test_no_answer_raises_anything_else(data: bytes) -> None:
    head, rest = head_of(data)
    if head is not None:
        assert head.status == 101 or head.status >= 200
        assert data.endswith(head.raw + rest)


@given(st.sampled_from([101, 200, 404, 599]), st.integers(0, 5), st.binary(max_size=50))
def test_what_stands_behind_a_head_is_left(status: int, hints: int, more: bytes) -> None:
    before = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * hints
    head, rest = head_of(before + f"HTTP/1.1 {status} x y\r\nA: b\r\na: c\r\n\r\n".encode() + more)
    assert head is not None
    assert (head.status, head.reason, dict(head.headers), rest) == (status, "x y", {"a": "b"}, more)
