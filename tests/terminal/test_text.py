"""Text from elsewhere: safe for a terminal, short, and still told apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coinapi_idx_cli.terminal.text import ASCII, UNICODE, Glyphs, clean, glyphs_for, shorten, shorten_all

IDS = (
    "IDX_REFRATE_PRIMKT_BTC_USD",
    "IDX_REFRATE_PRIMKT_ETH_USD",
    "IDX_REFRATE_VWAP_BTC",
    "IDX_VOL_CAPIVIX_BTC_USD",
    "IDX_VOL_CAPIVIX_ETH_USD",
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("IDX_REFRATE_VWAP_BTC", "IDX_REFRATE_VWAP_BTC"),
        ("[red]A[/red]", "[red]A[/red]"),
        ("A\x1b[31mB", "A�[31mB"),
        ("A\r\nB\tC\x7f", "A��B�C�"),
        ("A\x9b2JB", "A�2JB"),
        ("A\u202eB\u2066C\u200dD", "A�B�C�D"),
        ("A\u2028B\u2029C", "A�B�C"),
        ("e\u0301", "é"),
        ("x\u0301\u0301", "x��"),
        ("比特币", "比特币"),
        ("🇩🇪", "��"),
        ("\ud800", "�"),
    ],
)
def test_what_could_move_the_cursor_is_replaced(text: str, cleaned: str) -> None:
    assert clean(text, UNICODE) == cleaned


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert clean("é 比 \x1b", ASCII) == "? ? ?"


@given(st.text())
def test_cleaned_text_is_one_line_of_characters_with_a_width(text: str) -> None:
    for character in clean(text, UNICODE):
        assert unicodedata.category(character)[0] not in "CM"
        assert cell_len(character) in (1, 2)


def test_an_id_is_shortened_in_the_middle() -> None:
    assert shorten_all(IDS[:2], 20, "…") == ("IDX_…PRIMKT_BTC_USD", "IDX_…PRIMKT_ETH_USD")
    assert shorten_all(IDS[:2], 14, "…") == ("IDX_…BTC_USD", "IDX_…ETH_USD")
    assert shorten_all(IDS[:2], 40, "…") == IDS[:2]


def test_words_that_fit_whole_stay_whole() -> None:
    ids = ("IDX_REFRATE_PRIMKT_DOGE_USD", "IDX_REFRATE_PRIMKT_BTC_USD")
    assert shorten_all(ids, 20, "…") == ("IDX_…PRIMKT_DOGE_USD", "IDX_…PRIMKT_BTC_USD")


@pytest.mark.parametrize(
    ("environ", "utf8_mode", "glyphs"),
    [
        ({"LC_ALL": "en_GB.utf8", "LANG": "C"}, False, UNICODE),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True, ASCII),
        ({"LC_CTYPE": "C.UTF-8"}, True, ASCII),  # which Python put there
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.UTF-8"}, True, UNICODE),
        ({"LC_CTYPE": "C.UTF-8"}, False, UNICODE),
        ({"LC_CTYPE": "C.UTF-8", "PYTHONUTF8": "1"}, True, UNICODE),
        ({"LANG": "de_DE@euro"}, False, ASCII),
        ({}, False, ASCII),
    ],
)
def test_the_characters_are_those_of_the_users_locale(environ: dict[str, str], utf8_mode: bool, glyphs: Glyphs) -> None:
    assert glyphs_for("utf-8", environ, utf8_mode=utf8_mode) is glyphs
    assert glyphs_for("iso8859-1", environ, utf8_mode=utf8_mode) is ASCII


@pytest.mark.parametrize("width", range(8, 30))
def test_ids_of_all_families_stay_apart(width: int) -> None:
    shortened = shorten_all(IDS, width, "…")
    assert len(set(shortened)) == len(IDS)
    assert all(cell_len(text) <= width for text in shortened)


def test_a_difference_in_the_middle_of_a_long_id_is_found() -> None:
    long = tuple("A" * 5000 + middle + "B" * 5000 for middle in ("X", "Y", "Z"))
    assert shorten_all(long, 14, "…") == ("…AAXBBBBBBBBB…", "…AAYBBBBBBBBB…", "…AAZBBBBBBBBB…")


def test_ids_that_look_alike_are_numbered() -> None:
    assert shorten_all(("A�", "B", "A�"), 14, "…") == ("A�#1", "B", "A�#3")


@given(st.lists(st.text(alphabet="AB_比", max_size=40), unique=True, max_size=8), st.integers(4, 30))
def test_labels_fit_and_stay_apart(labels: list[str], width: int) -> None:
    for dots in ("…", "..."):
        shortened = shorten_all(tuple(labels), width, dots)
        assert len(set(shortened)) == len(labels)
        assert all(cell_len(text) <= width for text in shortened)


@given(st.text(alphabet="AB_比", max_size=40), st.integers(0, 30), st.integers(0, 30))
def test_a_shortened_label_fits(label: str, width: int, head: int) -> None:
    assert cell_len(shorten(label, width, "…", head)) <= width
