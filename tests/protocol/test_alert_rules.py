"""Rules as people write them; what is wrong with one is said with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.protocol.alert_rules import AlertKind, AlertRule, parse_rule


def seconds(word: str) -> float:
    """A duration, as far as these tests need one."""
    if not word.endswith("s") or not word[:-1].isdigit():
        raise ValueError(f"{word!r} is not a valid duration")
    return float(word[:-1])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("btc_usd > 70000", (AlertKind.ABOVE, "btc_usd", 70000.0, 0.0)),
        (" btc_usd>7e4 ", (AlertKind.ABOVE, "btc_usd", 70000.0, 0.0)),
        ("IDX_A < -.5", (AlertKind.BELOW, "IDX_A", -0.5, 0.0)),
        ("a moves 2.5% in 300s", (AlertKind.MOVES, "a", 2.5, 300.0)),
        ("a MOVES 2 % IN 300s", (AlertKind.MOVES, "a", 2.0, 300.0)),
        ("a silent 60s", (AlertKind.SILENT, "a", 0.0, 60.0)),
        ("gap", (AlertKind.GAP, "", 0.0, 0.0)),
        ("GAP", (AlertKind.GAP, "", 0.0, 0.0)),
        ("gap > 1", (AlertKind.ABOVE, "gap", 1.0, 0.0)),
    ],
)
def test_each_form(text: str, rule: tuple[AlertKind, str, float, float]) -> None:
    assert parse_rule(text, seconds) == AlertRule(text, *rule)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "ends where an index id, or gap belongs"),
        ("btc", "ends where >, <, moves or silent belongs"),
        ("btc >", "ends where a number belongs"),
        ("> 5", "has '>' at column 1, where an index id belongs"),
        ("btc >= 5", "has '=' at column 6, where a number belongs"),
        ("btc near 5", "has 'near' at column 5, where >, <, moves or silent belongs"),
        ("btc > 70,000", "has '70,000' at column 7, where a number belongs"),
        ("btc > nan", "has 'nan' at column 7, where a number belongs"),
        ("btc > 1e999", "has '1e999' at column 7, where a smaller number belongs"),
        ("btc > 5 6", "has '6' at column 9, where the end belongs"),
        ("btc moves 2 in 5s", "has 'in' at column 13, where % belongs"),
        ("btc moves -2% in 5s", "has '-2' at column 11, where a number above 0 belongs"),
        ("btc moves 2% for 5s", "has 'for' at column 14, where in belongs"),
        ("btc moves 2% in", "ends where a duration belongs"),
        ("btc silent soon", "at column 12: 'soon' is not a valid duration"),
        ("x" * 300, "x…' ends where"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="; a rule is ID > NUMBER") as caught:
        parse_rule(text, seconds)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=40))
def test_any_text_is_a_rule_or_an_error(text: str) -> None:
    try:
        rule = parse_rule(text, seconds)
    except ValueError as error:
        told = str(error)
    else:
        told = f"a rule is {rule.text}"
    assert "a rule is" in told
