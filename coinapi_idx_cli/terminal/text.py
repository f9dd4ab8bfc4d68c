"""Text from elsewhere, made safe for a terminal and short enough for a column. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import accumulate, pairwise

from rich.cells import cell_len, get_character_cell_size

Cut = Callable[[str], str]

# Flags and skin tones: their width depends on their neighbours, and terminals do not agree on it.
_UNSTEADY = frozenset(map(chr, (*range(0x1F1E6, 0x1F200), *range(0x1F3FB, 0x1F400))))


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The few characters beyond letters and digits that the table draws."""

    up: str
    down: str
    same: str
    dots: str
    rule: str
    bullet: str
    levels: str  # of a sparkline, lowest first; none touches the row above
    unknown: str  # stands for a character that must not reach the terminal
    is_ascii: bool


UNICODE = Glyphs("▲", "▼", "=", "…", "─", "●", "▁▂▃▄▅▆▇", "\N{REPLACEMENT CHARACTER}", is_ascii=False)
ASCII = Glyphs("+", "-", "=", "...", "-", "*", "_.-'", "?", is_ascii=True)

# Python puts one of these into the environment when it finds the C locale, PEP 538.
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


def glyphs_for(encoding: str, environ: Mapping[str, str], *, utf8_mode: bool) -> Glyphs:
    """What the user's locale has, which is not always what Python makes of it.

    `utf8_mode` is `sys.flags.utf8_mode`: where nobody asked for it, Python found the C locale, and may have changed it.
    """
    coerced = utf8_mode and "PYTHONUTF8" not in environ and environ.get("LC_CTYPE") in _COERCED
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), "C")
    has_utf8 = re.search("utf-?8", locale, re.IGNORECASE) is not None
    return UNICODE if has_utf8 and encoding.lower().startswith("utf") else ASCII


def clean(text: str, glyphs: Glyphs) -> str:
    """The text on one line, each character one or two cells wide, none of it a command to the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_safe(character, glyphs) else glyphs.unknown for character in unicodedata.normalize("NFC", text)
    )


def _is_safe(character: str, glyphs: Glyphs) -> bool:
    if character.isascii() or glyphs.is_ascii:
        return character.isascii() and character.isprintable()
    kind = unicodedata.category(character)
    if kind[0] in "CM" or kind in ("Zl", "Zp") or character in _UNSTEADY:
        return False
    return get_character_cell_size(character) > 0


def shorten(label: str, width: int, dots: str, head: int = 0) -> str:
    """A cleaned label in at most `width` cells: its first `head` cells, dots, and as much of its end as fits."""
    if cell_len(label) <= width:
        return label
    tail = width - head - len(dots)
    return dots[:width] if tail <= 0 else _first(label, head) + dots + _last(label, tail)


def _first(label: str, cells: int) -> str:
    if label.isascii():
        return label[: max(0, cells)]
    # After `clean` every character has a width, so the running sums only grow.
    sums = accumulate(map(get_character_cell_size, label))
    return label[: sum(used <= cells for used in sums)]


def _last(label: str, cells: int) -> str:
    return _first(label[::-1], cells)[::-1]


@lru_cache(maxsize=8)
def shorten_all(labels: tuple[str, ...], width: int, dots: str) -> tuple[str, ...]:
    """Each label in at most `width` cells, and labels that differ still differ wherever that is possible."""
    done: dict[int, str] = {}
    for cut in _cuts(labels, width, dots):
        tried = {number: cut(label) for number, label in enumerate(labels) if number not in done}
        count = Counter((*tried.values(), *done.values()))
        done |= {number: text for number, text in tried.items() if count[text] == 1}
        if len(done) == len(labels):
            break
    return tuple(done.get(number) or _numbered(label, number, width) for number, label in enumerate(labels))


def _cuts(labels: tuple[str, ...], width: int, dots: str) -> Iterator[Cut]:
    """Ways to shorten, the best one first. Most ids differ in their ends, some only further to the front."""
    yield partial(_shorten_at_word, width=width, dots=dots)
    for head in (0, 4, *range(8, width - len(dots), 4)):
        yield partial(shorten, width=width, dots=dots, head=head)
    if width > 2 * len(dots):
        yield partial(_window, starts=_first_differences(labels), width=width, dots=dots)


def _shorten_at_word(label: str, width: int, dots: str) -> str:
    short = shorten(label, width, dots, head=4)
    head, cut, tail = short.rpartition(dots)
    word = tail.find("_")
    is_within_word = bool(cut) and short != label and not label.endswith(f"_{tail}")
    return head + cut + tail[word + 1 :] if is_within_word and 0 <= word < len(tail) // 2 else short


def _window(label: str, starts: dict[str, int], width: int, dots: str) -> str:
    start = max(0, starts.get(label, 0) - 2)
    return label if cell_len(label) <= width else dots + _first(label[start:], width - 2 * len(dots)) + dots


def _first_differences(labels: tuple[str, ...]) -> dict[str, int]:
    """Where each label parts from the one most like it: in sorted order that is a neighbour."""
    ordered = sorted(set(labels))
    starts = dict.fromkeys(ordered, 0)
    for one, other in pairwise(ordered):
        same = _common_length(one, other)
        starts[one], starts[other] = max(starts[one], same), same
    return starts


def _common_length(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _numbered(label: str, number: int, width: int) -> str:
    mark = f"#{number + 1}"
    return _first(label, width - len(mark)) + mark[:width]
