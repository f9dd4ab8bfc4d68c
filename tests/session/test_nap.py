"""A nap saves wake-ups, and never holds the feed back."""

from __future__ import annotations

from coinapi_idx_cli.session.nap import LARGE_BYTES, Nap

NAP_S = 0.01


def naps(nap: Nap, reads: list[tuple[float, int]]) -> list[bool]:
    """Whether it naps after each read, of so many bytes at that time."""
    found = []
    for now, byte_count in reads:
        nap.read(byte_count, now)
        found.append(nap.ends_s > now)
    return found


def test_a_slow_feed_is_read_once_a_nap() -> None:
    assert all(naps(Nap(NAP_S, 0.0), [(number * NAP_S, 26_000) for number in range(200)]))


def test_where_nothing_may_wait_there_is_none() -> None:
    assert not any(naps(Nap(0.0, 0.0), [(float(number), 100) for number in range(10)]))


def test_what_is_held_back_by_naps_is_soon_read_without() -> None:
    """The kernel takes 64 KiB a nap, however fast the feed is; a read gives a little less than a large one."""
    nap, now = Nap(NAP_S, 0.0), 0.0
    napped = []
    for _ in range(40):
        for part in (LARGE_BYTES - 1, LARGE_BYTES - 1):
            nap.read(part, now)
        napped.append(nap.ends_s > now)
        now = max(now, nap.ends_s) + 0.0001
    assert napped[0]
    assert not any(napped[10:])


def test_a_feed_that_becomes_slow_is_gathered_again() -> None:
    nap = Nap(NAP_S, 0.0)
    fast = naps(nap, [(number * 0.001, 20_000) for number in range(100)])
    slow = naps(nap, [(1.0 + number * NAP_S, 1_000) for number in range(100)])
    assert not any(fast[60:])
    assert all(slow)


def test_a_large_read_is_followed_by_another() -> None:
    assert naps(Nap(NAP_S, 0.0), [(1.0, LARGE_BYTES), (1.001, 100)]) == [False, True]
