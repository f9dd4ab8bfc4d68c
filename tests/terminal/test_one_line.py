"""Foreign text in a line: its beginning, in bytes, and no part of a secret."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.terminal.one_line import EXCERPT_BYTES, excerpt

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
clean = Redactor([KEY]).clean


@pytest.mark.parametrize("character", ["a", "é", "€", "😀", "\ud800", "\x00"])
def test_it_is_cut_in_bytes_and_never_within_a_character(character: str) -> None:
    cut = excerpt(character * 100_000, clean)
    assert EXCERPT_BYTES - 8 <= len(cut.encode("utf-8", "backslashreplace")) <= EXCERPT_BYTES
    assert cut.endswith("…")


@pytest.mark.parametrize("text", ["", "short", "a" * EXCERPT_BYTES, "é" * (EXCERPT_BYTES // 2)])
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert excerpt(text, clean) == text


@pytest.mark.parametrize("limit", range(4, 60))
def test_no_part_of_a_key_is_left_where_it_is_cut(limit: int) -> None:
    assert KEY[:6] not in excerpt(f"key={KEY} and more that is cut", clean, limit)
