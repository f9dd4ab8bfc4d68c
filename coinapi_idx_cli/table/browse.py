"""What somebody at the keyboard wants to see of all rows: from where on, which, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from coinapi_idx_cli.choices import Sort

ORDERS = tuple(Sort)
SPANS = ("1", "2", "3", "4")
HELP = (
    ("↑ ↓ j k", "mark the row above or below"),
    ("PgUp PgDn Home End", "a page up or down; the first and the last row"),
    ("Enter", "the marked index alone, and back; 1 2 3 4: a minute, five, an hour, the day"),
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
    detail: str | None = None  # the id of the index that has the screen for itself
    span: int = 1  # of the chart, by its number


NOT_BROWSED = Browsed()


class Browse:
    """Takes keys, and knows what they have led to."""

    def __init__(self, sort: Sort, detail: str | None = None) -> None:
        self.browsed = Browsed(sort=sort, detail=detail)
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
        elif key in SPANS:
            browsed.span = SPANS.index(key)
        elif key in ("enter", "escape"):
            self._enter_or_leave(key, ids)
        elif not self._switch(key):
            self._move(key, ids)

    def _enter_or_leave(self, key: str, ids: Sequence[str]) -> None:
        browsed = self.browsed
        if browsed.detail is not None:
            browsed.marked, browsed.detail = browsed.detail, None
        elif key == "escape":
            browsed.part, browsed.marked, browsed.top = "", None, 0
        elif ids:
            browsed.detail = browsed.marked if browsed.marked in ids else ids[browsed.top]

    def _switch(self, key: str) -> bool:
        """Whether the key turns something on, off or over."""
        browsed = self.browsed
        match key:
            case "?":
                browsed.shows_help = True
            case "/":
                browsed.prompt, browsed.detail = browsed.part, None
            case " ":
                browsed.is_held = not browsed.is_held
            case "s":
                browsed.sort = ORDERS[(ORDERS.index(browsed.sort) + 1) % len(ORDERS)]
            case "S":
                browsed.is_turned = not browsed.is_turned
            case _:
                return False
        return True

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
            if self.browsed.detail is not None:
                self.browsed.detail = self.browsed.marked
            self.fit(ids, self._page)

    def _place(self, ids: Sequence[str]) -> int | None:
        marked = self.browsed.detail or self.browsed.marked
        return ids.index(marked) if marked is not None and marked in ids else None
