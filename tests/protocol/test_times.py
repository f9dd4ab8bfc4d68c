"""Times to the nanosecond."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.protocol.times import feed_time, is_before, moment, parse_utc_ns, utc_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00.0000001Z", 100),
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("2017-03-18T22:42:21.0000000Z", 1_489_876_941_000_000_000),
        ("2017-02-30T22:42:21.0000000Z", None),
        ("yesterday", None),
        ("2017-03-18T22:42:21.0000000", 1_489_876_941_000_000_000),
        ("2017-03-18T23:42:21.5+01:00", 1_489_876_941_500_000_000),
        ("2017-03-18T22:42:21.1234567899Z", 1_489_876_941_123_456_789),
        ("2016-12-31T23:59:60.5Z", 1_483_228_800_500_000_000),  # a leap second, counted as POSIX does
        ("2017-01-01T00:59:60.5+01:00", 1_483_228_800_500_000_000),
        ("2016-12-31T12:59:60Z", None),
        ("2016-12-31T12:59:60+01:00", None),
        ("2016-12-31T23:59:61Z", None),
    ],
)
def test_times_count_in_nanoseconds(text: str, expected: int | None) -> None:
    assert parse_utc_ns(text) == expected


def test_text_and_back() -> None:
    assert utc_text(1_763_752_382_000_000_001) == "2025-11-21T19:13:02.000000001Z"
    assert parse_utc_ns("2025-11-21T19:13:02.000000001Z") == 1_763_752_382_000_000_001


def test_a_leap_second_lies_between_its_neighbours() -> None:
    before, leap, after = map(moment, ("2016-12-31T23:59:59.9Z", "2016-12-31T23:59:60.1Z", "2017-01-01T00:00:00Z"))
    assert is_before(before, leap)
    assert is_before(leap, after)
    assert moment("2017-01-01T00:59:60.10+01:00") == leap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-09-01T09:00:00", "2024-09-01T09:00:00.0000000Z"),
        ("2024-09-01T11:29:04+02:00", "2024-09-01T09:29:04.0000000Z"),
        ("2024-09-01T09:00:00.123456789Z", "2024-09-01T09:00:00.123456789Z"),
        ("2024-02-30T09:00:00Z", None),
        ("null", None),
    ],
)
def test_times_as_the_feed_writes_them(text: str, expected: str | None) -> None:
    assert feed_time(text) == expected
