"""Connecting to a name with several addresses, as RFC 8305 says."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from coinapi_idx_cli.net import addresses
from coinapi_idx_cli.net.addresses import Address, addresses_of, connected, interleaved
from coinapi_idx_cli.net.deadline import Deadline
from tests.harness import GENEROUS_S
from tests.names import SWALLOWING, swallowing

FAR_S = 2 * GENEROUS_S  # longer than a test may take


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there, at 127.0.0.1 and ::1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_server(("::1", port), family=socket.AF_INET6):
            yield port


def v4(host: str, port: int) -> Address:
    return Address(socket.AF_INET, (host, port))


def v6(host: str, port: int) -> Address:
    return Address(socket.AF_INET6, (host, port, 0, 0))


def test_families_take_turns_beginning_with_that_of_the_first() -> None:
    a, b, c = (v6(f"2001:db8::{number}", 1) for number in (1, 2, 3))
    d, e = v4("192.0.2.1", 1), v4("192.0.2.2", 1)
    assert interleaved([a, b, c, d, e]) == [a, d, b, e, c]
    assert interleaved([d, a, b, c]) == [d, a, b, c]
    assert interleaved([d, e, a]) == [d, a, e]
    assert interleaved([a, b]) == [a, b]
    assert interleaved([]) == []


def test_each_address_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: real(*rest, **more) * 2)
    assert addresses_of("127.0.0.1", 80) == [v4("127.0.0.1", 80)]


def test_a_label_that_is_too_long_does_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        addresses_of("x" * 70, 80)


@pytest.mark.parametrize("answers", [v4, v6])
def test_one_that_swallows_packets_does_not_hold_up_the_next(answers: object, port: int) -> None:
    there = v4("127.0.0.1", port) if answers is v4 else v6("::1", port)
    with swallowing() as silent_port:
        silent = v4(SWALLOWING, silent_port)
        with connected([silent, silent, there], Deadline(GENEROUS_S)) as winner:
            assert winner.getpeername()[:2] == there.at[:2]


def test_the_first_keeps_its_place_while_it_may_still_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ATTEMPT_DELAY_S", FAR_S)
    with connected([v6("::1", port), v4("127.0.0.1", port)], Deadline(GENEROUS_S)) as winner:
        assert winner.family == socket.AF_INET6
    with swallowing() as silent_port, pytest.raises(TimeoutError):
        connected([v4(SWALLOWING, silent_port), v4("127.0.0.1", port)], Deadline(0.1))


def test_after_one_that_refuses_the_next_is_tried_at_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ATTEMPT_DELAY_S", FAR_S)
    nobody = [v4("127.0.0.1", 1), v6("::1", 1), v4("127.0.0.1", 1)]
    with connected([*nobody, v4("127.0.0.1", port)], Deadline(GENEROUS_S)) as winner:
        assert winner.getpeername() == ("127.0.0.1", port)


def test_one_that_refuses_while_another_is_silent_starts_the_next(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with swallowing() as silent_port:
        silent = v4(SWALLOWING, silent_port)
        with connected([silent, v4("127.0.0.1", 1), v4("127.0.0.1", port)], Deadline(GENEROUS_S)) as winner:
            assert winner.getpeername() == ("127.0.0.1", port)


def test_none_that_answers_takes_until_the_deadline() -> None:
    with swallowing() as silent_port:
        silent = v4(SWALLOWING, silent_port)
        with pytest.raises(TimeoutError):
            connected([silent, v4("127.0.0.1", 1), silent], Deadline(0.6))


def test_what_an_address_says_counts_more_than_a_family_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "NO_WAY_THERE", {errno.EINVAL})  # what an address of no interface gives everywhere
    unreachable = v6("fe80::1", 1)
    for order in ([unreachable, v4("127.0.0.1", 1)], [v4("127.0.0.1", 1), unreachable]):
        with pytest.raises(ConnectionRefusedError):
            connected(order, Deadline(GENEROUS_S))
    with pytest.raises(OSError, match="no address"):
        connected([], Deadline(GENEROUS_S))
