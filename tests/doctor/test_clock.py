"""What the Date of an answer says of this machine's clock: whole seconds, and a round trip, are not known."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.doctor.clock import Dated, check_clock, dated
from coinapi_idx_cli.doctor.step import NotTriedError

NOON_S = 1_700_000_000.0


@pytest.mark.parametrize(
    ("asked_s", "answered_s", "words", "is_off"),
    [
        (0.4, 0.5, "within 0.6 s of", False),
        (0.0, 3.0, "within 3.0 s of", False),  # a slow answer says little
        (1.5, 1.7, "1.1 s ahead of that of a.example, give or take 0.6 s", False),
        (2.1, 2.2, "1.6 s ahead of", True),
        (-0.9, -0.8, "1.4 s behind", False),
        (-1.3, -1.1, "1.7 s behind", True),
        (5.4, 5.5, "5.0 s ahead of that of a.example, give or take 0.5 s", True),
        (-3600.0, -3600.0, "3600.5 s behind", True),
    ],
)
def test_how_far_it_is_off(asked_s: float, answered_s: float, words: str, is_off: bool) -> None:
    finding = check_clock(Dated("a.example", NOON_S, NOON_S + asked_s, NOON_S + answered_s))
    assert words in finding.detail
    assert bool(finding.hint) == is_off


@pytest.mark.parametrize("header", ["", "yesterday", "Tue, 99 Nov 2023 22:13:20 GMT"])
def test_no_date_no_word(header: str) -> None:
    assert dated("a.example", {"date": header}, 0.0, 0.0) is None
    assert dated("a.example", {}, 0.0, 0.0) is None
    with pytest.raises(NotTriedError):
        check_clock(None)


def test_a_date_is_read() -> None:
    found = dated("a.example", {"date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 1.0, 2.0)
    assert found == Dated("a.example", NOON_S, 1.0, 2.0)
