"""Names from the time of receipt: what is a field, and when one file ends and the next begins."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.names import FIELDS, CurrentName, FileName
from tests.sinks.files.files import MIDNIGHT_NS

MINUTE_NS = 60 * NS


def current(pattern: str, now_ns: int = MIDNIGHT_NS) -> CurrentName:
    return CurrentName(FileName(pattern), now_ns)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("ticks-%Y-%m-%d.csv", "ticks-2026-10-21.csv"),
        ("%Y/%m/%d/%H%M%S.ndjson.gz", "2026/10/21/000000.ndjson.gz"),
        ("%F_%T_%R", "2026-10-21_00:00:00_00:00"),
        ("100%%-%j", "100%-294"),
        ("%G-W%V-%u", "2026-W43-3"),
        ("plain.csv", "plain.csv"),
        ("übung-%y", "übung-26"),
        ("not-utf8-\udcff-%y", "not-utf8-\udcff-26"),
    ],
)
def test_a_name_is_in_utc_by_the_fields_of_strftime(pattern: str, name: str) -> None:
    assert FileName(pattern).at(MIDNIGHT_NS + 999) == name


@pytest.mark.parametrize("pattern", ["%Q.csv", "x%", "%f", "%s", "%-d", "%N", "% d", "%D", "%c", "%e", "%n", "%%%Q"])
def test_what_is_no_field_of_a_name_is_a_usage_error_that_lists_those_there_are(pattern: str) -> None:
    with pytest.raises(UsageError, match="is not a field of a file's name; there are %a %A"):
        FileName(pattern)


def test_every_field_gives_a_part_of_a_name() -> None:
    for field in FIELDS:
        part = FileName(f"%{field}").at(MIDNIGHT_NS)
        assert part
        assert not set(part) & set("/ \n")


def test_a_name_without_fields_never_moves() -> None:
    name = current("ticks.csv")
    assert not any(name.moves(MIDNIGHT_NS + hours * 3600 * NS) for hours in range(-48, 48))


def test_the_name_moves_with_the_first_value_of_the_next_day() -> None:
    name = current("%Y-%m-%d", MIDNIGHT_NS - 5 * NS)
    assert name.text == "2026-10-20"
    assert not name.moves(MIDNIGHT_NS - 1)
    assert name.moves(MIDNIGHT_NS)
    assert name.text == "2026-10-21"
    assert not name.moves(MIDNIGHT_NS)


def test_small_steps_back_keep_the_name_and_big_ones_do_not() -> None:
    name = current("%H%M")
    for back_ns in (1, NS, 30 * NS, MINUTE_NS - 1):
        assert not name.moves(MIDNIGHT_NS - back_ns)
        assert name.text == "0000"
    assert name.moves(MIDNIGHT_NS - MINUTE_NS)
    assert name.text == "2359"


def test_many_small_steps_back_are_no_way_back() -> None:
    name = current("%H%M%S")
    for seconds in range(1, 59):
        assert not name.moves(MIDNIGHT_NS - seconds * NS)
    assert name.moves(MIDNIGHT_NS + NS)
    assert name.text == "000001"


def test_the_names_of_a_time_come_once_and_in_their_order() -> None:
    name = FileName("%H%M")
    assert name.during(MIDNIGHT_NS - 1, MIDNIGHT_NS + 2 * MINUTE_NS, 2 * MINUTE_NS) == ["2359", "0000", "0001", "0002"]
    assert name.during(MIDNIGHT_NS, MIDNIGHT_NS, 0) == ["0000"]
    assert FileName("plain").during(MIDNIGHT_NS, MIDNIGHT_NS + 10**6 * NS, 10**6 * NS) == ["plain"]


@pytest.mark.parametrize("days", [90, -90, 365 * 200])
def test_a_clock_that_is_set_makes_no_names_of_the_time_that_it_skips(days: int) -> None:
    later_ns = MIDNIGHT_NS + days * 86_400 * NS
    at = FileName("%F_%T").at
    seen = FileName("%F_%T").during(MIDNIGHT_NS, later_ns, 2 * NS)
    assert seen == [*(at(MIDNIGHT_NS + s * NS) for s in (0, 1, 2)), *(at(later_ns + s * NS) for s in (-2, -1, 0))]


@pytest.mark.parametrize("pattern", ["%S", "%T", "%M", "%R", "%H", "%F", "%j", "%G-%V", "%Y"])
def test_the_names_of_a_long_time_are_few(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may be looked for on the disk, and the feed waits meanwhile."""
    name, elapsed_ns = FileName(pattern), 400 * 86_400 * NS
    made: list[int] = []

    def at(time_ns: int) -> str:
        made.append(time_ns)
        return str(time_ns)

    monkeypatch.setattr(name, "at", at)
    name.during(MIDNIGHT_NS - elapsed_ns, MIDNIGHT_NS, elapsed_ns)
    assert len(made) <= 2000
    assert MIDNIGHT_NS in made
