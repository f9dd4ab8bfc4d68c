"""How long a server asks to wait, in both forms, and by its own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from coinapi_idx_cli.net.retry_after import LONGEST_S, retry_after_s


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize("ours_is_ahead_by", [timedelta(hours=-5), timedelta(0), timedelta(hours=5)])
def test_a_moment_is_compared_with_the_clock_that_it_is_of(ours_is_ahead_by: timedelta) -> None:
    theirs = datetime.now(UTC) - ours_is_ahead_by
    assert retry_after_s(http_date(theirs + timedelta(seconds=30)), http_date(theirs)) == 30.0


def test_without_a_date_our_clock_has_to_do() -> None:
    for date in (None, "", "soon"):
        wait_s = retry_after_s(http_date(datetime.now(UTC) + timedelta(seconds=900)), date)
        assert wait_s is not None
        assert 800 < wait_s <= 900


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("99999999999", LONGEST_S),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2099 00:00:00 GMT", LONGEST_S),
        ("Thu, 01 Jan 2099 00:00:00 -0000", None),  # which is to say that its zone is unknown
        ("-7", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_both_forms(header: str | None, expected: float | None) -> None:
    assert retry_after_s(header) == expected
