"""Text from elsewhere, made safe for a terminal and short enough for a column. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
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
    unknown: str  # stands for a character that must not reach the terminal
    is_ascii: bool


UNICODE = Glyphs("▲", "▼", "=", "…", "─", "●", "\N{REPLACEMENT CHARACTER}", is_ascii=False)
ASCII = Glyphs("+", "-", "=", "...", "-", "*", "?", is_ascii=True)


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
    for head in (4, 0, *range(8, width - len(dots), 4)):
        yield partial(shorten, width=width, dots=dots, head=head)
    if width > 2 * len(dots):
        yield partial(_window, starts=_first_differences(labels), width=width, dots=dots)


def _shorten_at_word(label: str, width: int, dots: str) -> str:
    short = shorten(label, width, dots, head=4)
    head, cut, tail = short.rpartition(dots)
    word = tail.find("_")
    return head + cut + tail[word + 1 :] if cut and 0 <= word < len(tail) // 2 and short != label else short


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
