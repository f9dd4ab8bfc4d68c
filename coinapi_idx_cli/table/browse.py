"""What somebody at the keyboard wants to see of all rows: from where on, which, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from coinapi_idx_cli.choices import Sort

ORDERS = tuple(Sort)
HELP = (
    ("↑ ↓ j k", "mark the row above or below"),
    ("PgUp PgDn Home End", "a page up or down; the first and the last row"),
    ("/", "only ids that contain what you type; Enter keeps it, Esc shows all"),
    ("s S", "the next order; the same order turned about"),
    ("Space", "hold the screen still, and go on"),
    ("?", "these keys"),
    ("q", "quit"),
)


class Browsed(Struct):
    """What is to be painted."""

    top: int = 0  # the number of the first row on the screen
    marked: str | None = None  # the id of a row
    prompt: str | None = None  # what is typed behind `/`
    part: str = ""  # only ids that contain it, whatever its case
    sort: Sort = Sort.ASKED
    is_turned: bool = False
    is_held: bool = False
    shows_help: bool = False


NOT_BROWSED = Browsed()


class Browse:
    """Takes keys, and knows what they have led to."""

    def __init__(self, sort: Sort) -> None:
        self.browsed = Browsed(sort=sort)
        self.is_over = False  # `q`
        self._page = 1

    def press(self, key: str, ids: Sequence[str]) -> None:
        """`ids`: those of all rows that are shown at present, in their order, on the screen or not."""
        browsed = self.browsed
        if browsed.prompt is not None:
            self._type(key, browsed.prompt)
        elif browsed.shows_help:
            browsed.shows_help = False
            self.is_over = key == "q"
        elif key == "q":
            self.is_over = True
        elif key == "?":
            browsed.shows_help = True
        elif key == "/":
            browsed.prompt = browsed.part
        elif key == "escape":
            browsed.part, browsed.marked, browsed.top = "", None, 0
        elif key == " ":
            browsed.is_held = not browsed.is_held
        elif key == "s":
            browsed.sort = ORDERS[(ORDERS.index(browsed.sort) + 1) % len(ORDERS)]
        elif key == "S":
            browsed.is_turned = not browsed.is_turned
        else:
            self._move(key, ids)

    def fit(self, ids: Sequence[str], page: int) -> None:
        """So many rows fit; the marked one is among those on the screen."""
        browsed, self._page = self.browsed, max(1, page)
        place = self._place(ids)
        if place is not None:
            browsed.top = min(max(browsed.top, place - self._page + 1), place)
        browsed.top = max(0, min(browsed.top, len(ids) - self._page))

    def _type(self, key: str, prompt: str) -> None:
        browsed = self.browsed
        if key == "enter":
            browsed.prompt = None
        elif key == "escape":
            browsed.prompt, browsed.part = None, ""
        elif key == "backspace":
            browsed.prompt = browsed.part = prompt[:-1]
        elif len(key) == 1:
            browsed.prompt = browsed.part = prompt + key
        browsed.top = 0

    def _move(self, key: str, ids: Sequence[str]) -> None:
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "page up": -self._page, "page down": self._page}
        place, last = self._place(ids), len(ids) - 1
        if key == "home":
            goal = 0
        elif key == "end":
            goal = last
        elif key not in steps:
            return
        else:
            goal = self.browsed.top if place is None else place + steps[key]
        if ids:
            self.browsed.marked = ids[max(0, min(goal, last))]
            self.fit(ids, self._page)

    def _place(self, ids: Sequence[str]) -> int | None:
        marked = self.browsed.marked
        return ids.index(marked) if marked is not None and marked in ids else None
