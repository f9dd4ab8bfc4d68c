"""The newest messages, kept in case that an engine forgets them."""

from __future__ import annotations

from coinapi_idx_cli.protocol.blocks import StreamBlock
from coinapi_idx_cli.protocol.last_messages import RETAINED_S, LastMessages


def block(number: int, size: int = 10) -> StreamBlock:
    return StreamBlock(f"a/r/{number}", (number - 1, ""), 1, 0, b"x" * (size - 1) + b"\n")


def test_the_newest_are_kept_by_bytes_and_by_age() -> None:
    retained = LastMessages(limit_bytes=30)
    for number in range(1, 6):
        retained.keep(number, block(number), 0.0)
    assert (len(retained), retained.first_sequence, retained.size_bytes) == (3, 3, 30)
    retained.keep(6, block(6), RETAINED_S + 1)
    assert (len(retained), retained.first_sequence) == (1, 6)
    retained.keep(7, block(7, 100), RETAINED_S + 2)
    assert retained.first_sequence == 7, "the last one stays, however large it is"


def test_there_is_no_hole() -> None:
    retained = LastMessages()
    assert retained.first_sequence == 1
    retained.keep(1, block(1), 0.0)
    retained.keep(5, block(5), 0.0)
    retained.keep(6, block(6), 0.0)
    assert [retained.has_all(1, 6), retained.has_all(5, 6), retained.has_all(5, 7)] == [False, True, False]
    assert [each.id for each in retained.after(5)] == ["a/r/6"]
    retained.forget_after(5)
    assert (len(retained), retained.size_bytes, retained.block(5).id) == (1, 10, "a/r/5")
