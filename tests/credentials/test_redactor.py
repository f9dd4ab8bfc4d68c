"""A key is taken out in every spelling that a server may echo, and nothing else is; data costs what it did."""

from __future__ import annotations

import base64
import json
import random
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinapi_idx_cli.credentials.redactor import Redactor

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789aB"
ODD = 'Zq7+K/v9=Xw3~TtR5-uY1_oP8"\\&'
BASIC = base64.b64encode(f"coinapi:{KEY}".encode()).decode()


def encoded(text: str, every: int, upper: bool = False) -> str:
    """With every so many characters percent-encoded."""
    code = "%{:02X}" if upper else "%{:02x}"
    return "".join(code.format(ord(each)) if at % every == 0 else each for at, each in enumerate(text))


IN_DATA = {
    "as it is": KEY,
    "lower case": KEY.lower(),
    "upper case": KEY.upper(),
    "without dashes": KEY.replace("-", ""),
    "lower case without dashes": KEY.replace("-", "").lower(),
    "upper case without dashes": KEY.replace("-", "").upper(),
    "percent-encoded dashes": KEY.replace("-", "%2d"),
    "in the path": f"/v1/APIKEY-{KEY}/x",
    "Basic": f"Basic {BASIC}",
    "Bearer": f"Bearer {KEY}",
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 after one byte": base64.b64encode(f":{KEY}".encode()).decode(),
    "base64 after two bytes": base64.b64encode(f"k:{KEY}".encode()).decode(),
    "all percent-encoded": encoded(KEY, 1),
    "half of it percent-encoded": encoded(KEY, 2, upper=True),
    "percent-encoded twice": encoded(KEY, 1).replace("%", "%25"),
    "numbers of JSON": "".join(f"\\u{ord(each):04X}" for each in KEY),
}
IN_TEXT = {**IN_DATA, "mixed case": KEY.swapcase()}


def is_gone(cleaned: str) -> bool:
    parts = [*KEY.lower().split("-"), BASIC[12:24].lower()]
    return "***" in cleaned and not any(part in cleaned.lower() for part in parts)


@pytest.mark.parametrize("name", IN_TEXT)
def test_every_spelling_goes_from_text(name: str) -> None:
    assert is_gone(Redactor([KEY]).clean(f"it said <{IN_TEXT[name]}> to us")), name


@pytest.mark.parametrize("name", IN_DATA)
def test_all_but_the_unlikely_go_from_data(name: str) -> None:
    assert is_gone(Redactor([KEY]).clean_bytes(f'{{"more":"{IN_DATA[name]}"}}'.encode()).decode()), name


@pytest.mark.parametrize("text", [ODD, quote(ODD, safe=""), json.dumps(ODD), quote(ODD).lower(), encoded(ODD, 1)])
def test_one_with_characters_that_are_escaped(text: str) -> None:
    assert Redactor([ODD]).clean(f"<{text}>").strip('"') in ("<***>", '<"***">')


@pytest.mark.parametrize("before", ["", "k", "k:", "abc", "coinapi:"])
@pytest.mark.parametrize("after", ["", ":", ":x"])
def test_of_its_base64_nothing_stays(before: str, after: str) -> None:
    """Also the first and the last few characters, which hold a part of the key and a part of what is beside it."""
    text = base64.b64encode(f"{before}{KEY}{after}".encode()).decode()
    first, end = len(before) // 3, -(-len(before + KEY) // 3)
    held = text[4 * first : 4 * end]  # by groups of three bytes
    for cleaned in (Redactor([KEY]).clean(f"<{text}>"), Redactor([KEY]).clean_bytes(f"<{text}>".encode()).decode()):
        assert "***" in cleaned
        assert held[:4] not in cleaned
        assert held[-4:] not in cleaned
        assert len(cleaned) <= len("<***>") + len(before) + 2 * len(after)


def test_what_is_around_it_stays() -> None:
    assert Redactor([KEY]).clean(f"a {KEY} b {KEY.lower()} c") == "a *** b *** c"
    assert Redactor([KEY]).clean_bytes(f"a {KEY} b".encode()) == b"a *** b"


def test_short_ones_are_taken_literally() -> None:
    redactor = Redactor(["value1"])
    assert redactor.clean("value1 VALUE1 val-ue1") == "*** VALUE1 val-ue1"
    assert redactor.clean_bytes(b"value1 VALUE1") == b"*** VALUE1"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Bearer eyJhbGciOi.J9.x-y_z1", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwYXNz1w==", "authorization: basic ***"),
        ("GET /APIKEY-00000000-1111-2222-3333-444444444444/v1", "GET /APIKEY-***"),
        ("Basic authorization is needed, a bearer token", "Basic authorization is needed, a bearer token"),
    ],
)
def test_credentials_that_are_not_ours_go_from_text_too(text: str, cleaned: str) -> None:
    assert Redactor().clean(text).startswith(cleaned)
    assert Redactor([KEY]).clean(text).startswith(cleaned)


@given(st.text(), st.binary())
def test_innocent_text_passes(text: str, data: bytes) -> None:
    redactor = Redactor([KEY, ODD])
    assert redactor.clean(text) == text
    assert redactor.clean_bytes(data) is data


@given(st.integers(0, 2**32))
def test_however_it_is_spelt_it_goes(seed: int) -> None:
    chance = random.Random(seed)

    def spelt(character: str) -> str:
        number = f"{ord(character):02x}"
        forms = [
            character,
            character.lower(),
            character.upper(),
            f"%{number}",
            f"%25{number.upper()}",
            f"\\u00{number}",
        ]
        return chance.choice([*forms, ""] if character == "-" else forms)

    assert Redactor([KEY]).clean(f"a {''.join(map(spelt, KEY))} b") == "a *** b"


@pytest.mark.parametrize("piece", ["\\", "%", "%25", "4", "4F1C0FFE-", "bearer ", "/apikey-", "%34%46"])
def test_a_flood_of_what_looks_like_its_begin_costs_no_square(piece: str) -> None:
    redactor = Redactor([KEY])
    started_s = time.process_time()
    redactor.clean(piece * (1 << 16))
    redactor.clean_bytes(piece.encode() * (1 << 16))
    assert time.process_time() - started_s < 10  # its square would take minutes
